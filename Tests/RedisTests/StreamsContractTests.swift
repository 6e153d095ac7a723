import Streams
import Testing

/// What every implementation of streams does, in memory and on a real server.
@Suite(.timeLimit(.minutes(1)))
struct `streams contract` {
    @Test(arguments: Implementation.allCases)
    func `an id is accepted once, then a duplicate or a conflict`(_ implementation: Implementation) async throws {
        try await withStreams(implementation) { test in
            let first = await test.streams.claim([claim(1), claim(2), claim(1), claim(2, digest: 9)])
            #expect(first == [.accepted, .accepted, .duplicate, .conflict])
            let second = await test.streams.claim([claim(2), claim(3), claim(1, digest: 7)])
            #expect(second == [.duplicate, .accepted, .conflict])
            let reader = test.streams.reader(.raw, .pricing)
            let read = try await reader.read(limit: 10, wait: .zero)
            #expect(read.texts == ["event 1", "event 2", "event 3"])
            await reader.close()
        }
    }

    @Test(arguments: Implementation.allCases)
    func `the same id in another partition is another event`(_ implementation: Implementation) async throws {
        try await withStreams(implementation) { test in
            let outcomes = await test.streams.claim([claim(1, in: 0), claim(1, in: 1)])
            #expect(outcomes == [.accepted, .accepted])
        }
    }

    @Test(arguments: Implementation.allCases)
    func `an id is forgotten after its lifetime`(_ implementation: Implementation) async throws {
        try await withStreams(implementation, idLifetime: .milliseconds(50)) { test in
            #expect(await test.streams.claim([claim(1)]) == [.accepted])
            try await test.age(80)
            #expect(await test.streams.claim([claim(1)]) == [.accepted])
        }
    }

    @Test(arguments: Implementation.allCases)
    func `a full partition refuses whole calls and harms no other`(_ implementation: Implementation) async throws {
        try await withStreams(implementation, backlogLimit: 3) { test in
            _ = await test.streams.claim((0..<3).map { claim($0) })
            let outcomes = await test.streams.claim([claim(7), claim(7, in: 1), claim(0)])
            #expect(outcomes[1] == .accepted)
            for outcome in [outcomes[0], outcomes[2]] {
                guard case .refused(let refusal) = outcome else {
                    Issue.record("expected a refusal, got \(outcome)")
                    continue
                }
                #expect(refusal.code == .backlog)
            }
            #expect(try await test.streams.pressure().rawEntries == 3)
            // What was refused was not claimed.
            let reader = test.streams.reader(.raw, .pricing)
            let batch = try await reader.read(limit: 10, wait: .zero)
            try await test.streams.acknowledge(batch, for: .pricing)
            try await test.streams.trim(.raw)
            #expect(await test.streams.claim([claim(7)]) == [.accepted])
            await reader.close()
        }
    }

    @Test(arguments: Implementation.allCases)
    func `any bytes arrive as they were sent`(_ implementation: Implementation) async throws {
        try await withStreams(implementation) { test in
            let payload = (0..<70_000).map { UInt8(truncatingIfNeeded: $0 &* 31) } + [0, 13, 10, 0]
            _ = await test.streams.claim([claim(1, payload: payload), claim(2, payload: [])])
            let reader = test.streams.reader(.raw, .pricing)
            let batch = try await reader.read(limit: 10, wait: .zero)
            #expect(batch.map(\.payload) == [payload, []])
            #expect(batch.allSatisfy { !$0.isMalformed && $0.epoch == 0 && $0.attempts == 1 })
            await reader.close()
        }
    }

    @Test(arguments: Implementation.allCases)
    func `two consumers share entries and never forward one twice`(_ implementation: Implementation) async throws {
        try await withStreams(implementation) { test in
            _ = await test.streams.claim((0..<40).map { claim($0, in: $0 % 4) })
            let one = test.streams.reader(.raw, .pricing, "one")
            let two = test.streams.reader(.raw, .pricing, "two")
            var first: [Delivery] = []
            var second: [Delivery] = []
            while first.count + second.count < 40 {
                first += try await one.read(limit: 4, wait: .zero)
                second += try await two.read(limit: 4, wait: .zero)
            }
            #expect(Set(first.texts).isDisjoint(with: second.texts))
            // Both believe that all entries are theirs, as after a reclaim.
            let all = (first + second).map { ForwardedEntry(replacing: $0, payload: $0.payload) }
            async let left = test.streams.forward(all)
            async let right = test.streams.forward(all)
            #expect(try await left + right == 40)
            #expect(try await test.streams.forward(all) == 0)
            let ledger = test.streams.reader(.priced, .ledger)
            let priced = try await ledger.read(limit: 100, wait: .zero)
            #expect(Set(priced.texts).count == 40)
            #expect(priced.count == 40)
            #expect(priced.allSatisfy { $0.epoch > 0 })
            for reader in [one, two, ledger] { await reader.close() }
        }
    }

    @Test(arguments: Implementation.allCases)
    func `every group gets every entry`(_ implementation: Implementation) async throws {
        try await withStreams(implementation) { test in
            try await test.streams.fillPriced(0..<5)
            for group in StreamKind.priced.groups {
                let reader = test.streams.reader(.priced, group)
                #expect(try await reader.read(limit: 10, wait: .zero).count == 5)
                #expect(try await reader.read(limit: 10, wait: .zero).isEmpty)
                await reader.close()
            }
        }
    }

    @Test(arguments: Implementation.allCases)
    func `a waiting read returns when an entry comes`(_ implementation: Implementation) async throws {
        try await withStreams(implementation) { test in
            let reader = test.streams.reader(.raw, .pricing)
            async let read = reader.read(limit: 10, wait: .seconds(20))
            _ = await test.streams.claim([claim(1, in: 3)])
            let arrived = try await read
            #expect(arrived.texts == ["event 1"])
            let nothing = try await reader.read(limit: 10, wait: .milliseconds(20))
            #expect(nothing.isEmpty)
            await reader.close()
        }
    }

    @Test(arguments: Implementation.allCases)
    func `a waiting read cancels at once`(_ implementation: Implementation) async throws {
        try await withStreams(implementation) { test in
            let reader = test.streams.reader(.raw, .pricing)
            let clock = ContinuousClock()
            var fastest = Duration.seconds(30)
            // A machine busy with other tests is slow now and then; the wait of 30 seconds must never show.
            for attempt in 0..<100 where attempt < 6 || fastest >= .milliseconds(50) {
                let task = Task { try await reader.read(limit: 10, wait: .seconds(30)) }
                try await Task.sleep(for: .milliseconds(attempt % 2 * 30))
                let start = clock.now
                task.cancel()
                await #expect(throws: CancellationError.self) { try await task.value }
                fastest = min(fastest, clock.now - start)
                #expect(clock.now - start < .seconds(5))
            }
            #expect(fastest < .milliseconds(50))
            // The reader works on.
            _ = await test.streams.claim([claim(1)])
            #expect(try await reader.read(limit: 10, wait: .seconds(5)).texts == ["event 1"])
            await reader.close()
        }
    }

    @Test(arguments: Implementation.allCases)
    func `notices travel too`(_ implementation: Implementation) async throws {
        try await withStreams(implementation) { test in
            try await test.streams.publish([
                Notice(partition: .first, payload: [1]), Notice(partition: Partition(number: 2), payload: [2]),
            ])
            let reader = test.streams.reader(.notices, .alerts)
            let payloads = try await reader.read(limit: 10, wait: .zero).map(\.payload)
            #expect(Set(payloads) == [[1], [2]])
            await reader.close()
        }
    }
}
