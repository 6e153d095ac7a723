import Streams
import Testing

extension `streams contract` {
    @Test(arguments: Implementation.allCases)
    func `a buried entry is acknowledged and can be read`(_ implementation: Implementation) async throws {
        try await withStreams(implementation) { test in
            try await test.streams.fillPriced(0..<3, in: 2)
            let reader = test.streams.reader(.priced, .ledger)
            let batch = try await reader.read(limit: 10, wait: .zero)
            let burial = Burial(delivery: batch[1], reason: "unreadable: é")
            #expect(try await test.streams.bury([burial], from: .ledger) == 1)
            #expect(try await test.streams.bury([burial], from: .ledger) == 0)
            let page = try await test.streams.deadLetters(after: nil, limit: 10)
            let letter = try #require(page.letters.first)
            #expect(page.letters.count == 1 && page.next == nil)
            #expect(letter.stage == .ledger && letter.stream == .priced && letter.reason == "unreadable: é")
            #expect(letter.entry == batch[1].id && letter.epoch == batch[1].epoch && letter.attempts == 1)
            #expect(letter.payload == batch[1].payload && letter.buriedAt >= letter.entry.milliseconds)
            #expect(letter.id.partition == Partition(number: 2))
            #expect(try await test.streams.deadLetter(letter.id) == letter)
            #expect(try await test.streams.acknowledge(batch, for: .ledger) == 2)
            await reader.close()
        }
    }

    @Test(arguments: Implementation.allCases)
    func `a replayed letter is addressed to the group that gave up`(_ implementation: Implementation) async throws {
        try await withStreams(implementation) { test in
            try await test.streams.fillPriced(0..<1)
            let ledger = test.streams.reader(.priced, .ledger)
            let batch = try await ledger.read(limit: 10, wait: .zero)
            try await test.streams.bury(batch.map { Burial(delivery: $0, reason: "no") }, from: .ledger)
            let letter = try #require(try await test.streams.deadLetters(after: nil, limit: 1).letters.first)
            let id = try await test.streams.replay(letter.id)
            #expect(try await test.streams.replay(letter.id) == nil)
            #expect(try await test.streams.deadLetters(after: nil, limit: 1).letters.isEmpty)
            let again = try await ledger.read(limit: 10, wait: .zero)
            #expect(again.map(\.id) == [id])
            #expect(again.first?.addressedTo == .ledger)
            #expect(again.first?.payload == batch[0].payload)
            #expect(again.first?.epoch == batch[0].epoch)
            let budget = test.streams.reader(.priced, .budget)
            #expect(try await budget.read(limit: 10, wait: .zero).map(\.addressedTo) == [nil, .ledger])
            for reader in [ledger, budget] { await reader.close() }
        }
    }

    @Test(arguments: Implementation.allCases)
    func `dead letters are listed page by page and discarded one by one`(
        _ implementation: Implementation
    ) async throws {
        try await withStreams(implementation) { test in
            _ = await test.streams.claim((0..<7).map { claim($0, in: $0 % 3) })
            let reader = test.streams.reader(.raw, .pricing)
            let batch = try await reader.read(limit: 10, wait: .zero)
            try await test.streams.bury(batch.map { Burial(delivery: $0, reason: "no") }, from: .pricing)
            var seen: [DeadLetter] = []
            var cursor: DeadLetterID?
            repeat {
                let page = try await test.streams.deadLetters(after: cursor, limit: 2)
                #expect(page.letters.count <= 2)
                seen += page.letters
                cursor = page.next
            } while cursor != nil
            #expect(seen.map(\.id) == seen.map(\.id).sorted())
            #expect(Set(seen.map(\.payload)) == Set(batch.map(\.payload)))
            #expect(seen.count == 7)
            #expect(try await test.streams.discard(seen[3].id))
            #expect(try await test.streams.discard(seen[3].id) == false)
            #expect(try await test.streams.deadLetter(seen[3].id) == nil)
            #expect(try await test.streams.deadLetters(after: nil, limit: 100).letters.count == 6)
            await reader.close()
        }
    }

    @Test(arguments: Implementation.allCases)
    func `an entry that Oliver did not write is marked malformed`(_ implementation: Implementation) async throws {
        try await withStreams(implementation) { test in
            try await test.addMalformedEntry(.raw, .first)
            let reader = test.streams.reader(.raw, .pricing)
            let batch = try await reader.read(limit: 10, wait: .zero)
            #expect(batch.map(\.isMalformed) == [true])
            await reader.close()
        }
    }

    @Test(arguments: Implementation.allCases)
    func `preparing again keeps everything`(_ implementation: Implementation) async throws {
        try await withStreams(implementation) { test in
            try await test.streams.fillPriced(0..<2)
            try await test.streams.prepare()
            try await test.streams.fillPriced(2..<4)
            let reader = test.streams.reader(.priced, .ledger)
            let batch = try await reader.read(limit: 10, wait: .zero)
            #expect(batch.count == 4)
            #expect(Set(batch.map(\.epoch)).count == 1)
            await reader.close()
        }
    }
}
