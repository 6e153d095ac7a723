import Streams
import Testing

extension `streams contract` {
    @Test(arguments: Implementation.allCases)
    func `a restarted consumer recovers what it held`(_ implementation: Implementation) async throws {
        try await withStreams(implementation) { test in
            _ = await test.streams.claim((0..<6).map { claim($0, in: $0 % 3) })
            let before = test.streams.reader(.raw, .pricing, "one")
            let held = try await before.read(limit: 10, wait: .zero)
            try await test.streams.acknowledge(Array(held.prefix(2)), for: .pricing)
            let other = test.streams.reader(.raw, .pricing, "two")
            #expect(try await other.recover(limit: 10, suspectAfter: 3).isEmpty)

            let after = test.streams.reader(.raw, .pricing, "one")
            var recovered: [Delivery] = []
            while case let page = try await after.recover(limit: 2, suspectAfter: 3), !page.isEmpty {
                recovered += page
            }
            #expect(Set(recovered.texts) == Set(held.dropFirst(2).texts))
            #expect(recovered.allSatisfy { $0.attempts == 2 })
            for reader in [before, after, other] { await reader.close() }
        }
    }

    @Test(arguments: Implementation.allCases)
    func `entries of a crashed consumer are reclaimed once they are old`(
        _ implementation: Implementation
    ) async throws {
        try await withStreams(implementation) { test in
            _ = await test.streams.claim((0..<6).map { claim($0, in: $0 % 3) })
            let crashed = test.streams.reader(.raw, .pricing, "crashed")
            _ = try await crashed.read(limit: 10, wait: .zero)
            let heir = test.streams.reader(.raw, .pricing, "heir")
            #expect(try await heir.reclaim(limit: 10, idle: .seconds(20), suspectAfter: 3).isEmpty)
            try await test.age(1_100)
            var reclaimed: [Delivery] = []
            while case let page = try await heir.reclaim(limit: 1, idle: .seconds(1), suspectAfter: 3),
                !page.isEmpty
            {
                reclaimed += page
            }
            #expect(Set(reclaimed.texts).count == 6)
            #expect(reclaimed.count == 6)
            #expect(reclaimed.allSatisfy { $0.attempts == 2 })
            for reader in [crashed, heir] { await reader.close() }
        }
    }

    @Test(arguments: Implementation.allCases)
    func `suspects come alone and blame no other entry`(_ implementation: Implementation) async throws {
        try await withStreams(implementation) { test in
            _ = await test.streams.claim((0..<4).map { claim($0) })
            let reader = test.streams.reader(.raw, .pricing)
            _ = try await reader.read(limit: 10, wait: .zero)
            // Two crashes of the whole batch.
            for attempts in 2...3 {
                let again = test.streams.reader(.raw, .pricing)
                let batch = try await again.recover(limit: 10, suspectAfter: 3)
                #expect(batch.map(\.attempts) == Array(repeating: attempts, count: 4))
                await again.close()
            }
            // From now on the first entry alone is blamed for a crash.
            for attempts in 4...6 {
                let again = test.streams.reader(.raw, .pricing)
                let batch = try await again.recover(limit: 10, suspectAfter: 3)
                #expect(batch.texts == ["event 0"])
                #expect(batch.map(\.attempts) == [attempts])
                await again.close()
            }
            let last = test.streams.reader(.raw, .pricing)
            _ = try await last.recover(limit: 10, suspectAfter: 3)
            let next = try await last.recover(limit: 10, suspectAfter: 3)
            #expect(next.texts == ["event 1"])
            #expect(next.map(\.attempts) == [4])
            for reader in [reader, last] { await reader.close() }
        }
    }

    @Test(arguments: Implementation.allCases)
    func `keeping entries forgets their attempts and their age`(_ implementation: Implementation) async throws {
        try await withStreams(implementation) { test in
            _ = await test.streams.claim((0..<3).map { claim($0) })
            let reader = test.streams.reader(.raw, .pricing)
            let batch = try await reader.read(limit: 10, wait: .zero)
            _ = try await reader.recover(limit: 10, suspectAfter: 9)
            try await test.age(1_100)
            try await test.streams.keep(batch, for: .pricing, as: "one")
            let other = test.streams.reader(.raw, .pricing, "two")
            #expect(try await other.reclaim(limit: 10, idle: .seconds(1), suspectAfter: 9).isEmpty)
            let again = test.streams.reader(.raw, .pricing)
            #expect(try await again.recover(limit: 10, suspectAfter: 9).map(\.attempts) == [2, 2, 2])
            for reader in [reader, other, again] { await reader.close() }
        }
    }

    @Test(arguments: Implementation.allCases)
    func `trimming never drops what a group has not acknowledged`(_ implementation: Implementation) async throws {
        try await withStreams(implementation) { test in
            try await test.streams.fillPriced(0..<10)
            try await test.streams.trim(.raw)
            #expect(try await test.streams.pressure().rawEntries == 0)
            let budget = test.streams.reader(.priced, .budget)
            let ledger = test.streams.reader(.priced, .ledger)
            let counted = try await budget.read(limit: 10, wait: .zero)
            try await test.streams.acknowledge(counted, for: .budget)
            #expect(try await test.streams.trim(.priced) == 0)
            let kept = try await ledger.read(limit: 6, wait: .zero)
            try await test.streams.acknowledge(kept.filter { $0.texts != "event 3" }, for: .ledger)
            #expect(try await test.streams.trim(.priced) == 3)
            try await test.streams.acknowledge(kept, for: .ledger)
            #expect(try await test.streams.trim(.priced) == 3)
            #expect(try await ledger.read(limit: 10, wait: .zero).texts == (6..<10).map { "event \($0)" })
            for reader in [budget, ledger] { await reader.close() }
        }
    }

    @Test(arguments: Implementation.allCases)
    func `lag tells what is behind, pending and how old`(_ implementation: Implementation) async throws {
        try await withStreams(implementation) { test in
            func lag() async throws -> StreamLag {
                try #require(
                    try await test.streams.lag().first { $0.group == .pricing && $0.partition == Partition(number: 1) }
                )
            }
            #expect(try await test.streams.lag().count == 4 * 4)
            #expect(try await lag().behind == 0)
            #expect(try await lag().behindMilliseconds == 0)
            _ = await test.streams.claim((0..<5).map { claim($0, in: 1) })
            try await test.age(60)
            let waiting = try await lag()
            #expect(waiting.behind == 5)
            #expect(waiting.behindMilliseconds >= 60)
            #expect(waiting.oldestPendingMilliseconds == 0)

            let reader = test.streams.reader(.raw, .pricing, "one")
            let batch = try await reader.read(limit: 3, wait: .zero)
            try await test.streams.acknowledge([batch[0]], for: .pricing)
            let read = try await lag()
            #expect(read.behind == 2)
            #expect(read.pending == 2)
            #expect(read.oldestPendingMilliseconds >= 60)
            #expect(read.consumers.map(\.name) == ["one"])
            #expect(read.consumers.map(\.pending) == [2])

            try await test.streams.acknowledge(batch, for: .pricing)
            try await test.streams.trim(.raw)
            #expect(try await lag().behind == 2)
            let rest = try await reader.read(limit: 3, wait: .zero)
            try await test.streams.acknowledge(rest, for: .pricing)
            try await test.streams.trim(.raw)
            let done = try await lag()
            #expect([done.behind, done.pending, done.behindMilliseconds] == [0, 0, 0])
            await reader.close()
        }
    }

    @Test(arguments: Implementation.allCases)
    func `a consumer is seen before there is anything to read`(_ implementation: Implementation) async throws {
        try await withStreams(implementation) { test in
            let reader = test.streams.reader(.raw, .pricing, "early")
            #expect(try await reader.read(limit: 1, wait: .zero).isEmpty)
            let lags = try await test.streams.lag().filter { $0.group == .pricing }
            #expect(lags.map { $0.consumers.map(\.name) } == Array(repeating: ["early"], count: 4))
            await reader.close()
        }
    }

    @Test(arguments: Implementation.allCases)
    func `idle consumers are deleted unless they hold entries`(_ implementation: Implementation) async throws {
        try await withStreams(implementation, partitions: 1) { test in
            _ = await test.streams.claim([claim(1)])
            let holder = test.streams.reader(.raw, .pricing, "holder")
            _ = try await holder.read(limit: 1, wait: .zero)
            _ = await test.streams.claim([claim(2)])
            let idler = test.streams.reader(.raw, .pricing, "idler")
            let batch = try await idler.read(limit: 1, wait: .zero)
            try await test.streams.acknowledge(batch, for: .pricing)
            try await test.age(60)
            #expect(try await test.streams.removeIdleConsumers(of: .raw, in: .pricing, idleFor: .seconds(9)) == 0)
            #expect(try await test.streams.removeIdleConsumers(of: .raw, in: .pricing, idleFor: .milliseconds(50)) == 1)
            let names = try await test.streams.lag().first { $0.stream == .raw }?.consumers.map(\.name)
            #expect(names == ["holder"])
            for reader in [holder, idler] { await reader.close() }
        }
    }
}

extension Delivery {
    fileprivate var texts: String { [self].texts[0] }
}
