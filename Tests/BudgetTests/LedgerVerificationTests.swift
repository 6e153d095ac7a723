import Domain
import Ledger
import Redis
import Streams
import Synchronization
import TestSupport
import Testing

@testable import Budgets

@Suite(.timeLimit(.minutes(1))) struct `A verification of the ledger` {
    /// A rig whose counters were not made when its one event was counted, and are not yet.
    private func withUnmadeCounters(_ body: (CounterRig) async throws -> Void) async throws {
        try await withRig(InMemoryLedgerStore(partitioning: Partitioning(count: 1))) { rig in
            try await rig.post("e", cost: 5)
            try await rig.drain()
            try await body(rig)
        }
    }

    /// Verifies with a patience of 20 s, of which nothing passes but by `sleep`.
    private func verify(
        _ rig: CounterRig,
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) async throws -> VerificationReport {
        let verification = LedgerVerification(
            ledger: rig.ledger,
            counters: rig.counters,
            partitioning: rig.streams.partitioning,
            patience: .seconds(20),
            time: LoopTime(now: { .zero }, sleep: sleep, random: { 1 })
        )
        return try await verification.run(rig.catalogue.current, now: CounterRig.time)
    }

    @Test func `waits for a counter that is being rebuilt`() async throws {
        try await withUnmadeCounters { rig in
            let (rebuilder, names) = (rig.rebuilder, rig.names)
            let report = try await verify(rig) { _ in _ = try await rebuilder.rebuild(names, in: .first) }
            #expect(report.isConsistent, "\(report.table)")
            let counters = report.results.flatMap(\.counters).filter { $0.comparison.name.workspace == "acme" }
            #expect(!counters.isEmpty && counters.allSatisfy { $0.isReady && $0.comparison.counter.events == 1 })
        }
    }

    @Test func `says of a counter that nobody rebuilds that it was not, after a while`() async throws {
        try await withUnmadeCounters { rig in
            let passed = Mutex(Duration.zero)
            let report = try await verify(rig) { pause in passed.withLock { $0 += pause } }
            #expect(!report.isConsistent)
            #expect(report.table.contains("0 events, 0.000000000000 USD; ledger: 1 events"))
            #expect(report.table.contains("; not rebuilt: "))
            #expect(report.json.contains(#""ready":false"#))
            #expect(passed.withLock { $0 } == .seconds(20))
        }
    }

    @Test func `does not wait for a counter that says that it is right`() async throws {
        try await withUnmadeCounters { rig in
            _ = try await rig.rebuilder.rebuild(rig.names, in: .first)
            let total = try #require(rig.names.first { $0.workspace == "acme" && $0.kind == .total })
            try await rig.pool.send(RedisCommand("HINCRBY", "spend:{p00}:\(total.text)", "events", "1"))
            let report = try await verify(rig) { _ in Issue.record("a rebuild was waited for") }
            #expect(!report.isConsistent)
            #expect(report.table.contains("2 events, 0.000000000005 USD; ledger: 1 events"))
            #expect(!report.table.contains("; not rebuilt: "))
        }
    }

    @Test func `waits until a service has compared a partition with the ledger`() async throws {
        try await withUnmadeCounters { rig in
            try await rig.pool.send(RedisCommand("FLUSHALL"))
            let (streams, rebuilder, names) = (rig.streams, rig.rebuilder, rig.names)
            let report = try await verify(rig) { _ in
                try await streams.prepare()
                _ = try await rebuilder.rebuild(names, in: .first)
            }
            #expect(report.isConsistent, "\(report.table)")
        }
    }

    @Test func `does not wait for a counter of an earlier period, which nobody rebuilds by himself`() async throws {
        try await withUnmadeCounters { rig in
            _ = try await rig.rebuilder.rebuild(rig.names, in: .first)
            let earlier = try #require(
                rig.names.first { $0.workspace == "acme" && $0.end.map { $0 <= CounterRig.time } == true }
            )
            let key = "spend:{p00}:\(earlier.text)"
            try await rig.pool.send(RedisCommand("HINCRBY", key, "events", "1"))
            try await rig.pool.send(RedisCommand("HDEL", key, "ready"))
            let report = try await verify(rig) { _ in Issue.record("a rebuild was waited for") }
            #expect(!report.isConsistent)
            #expect(report.table.contains("1 events, 0.000000000000 USD; ledger: 0 events"))
            #expect(report.table.contains("; not rebuilt: `oliver budgets reconcile`"))
        }
    }
}
