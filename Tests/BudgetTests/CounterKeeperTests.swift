import Calendars
import CoreMetrics
import Domain
import Ledger
import Redis
import Streams
import TestSupport
import Testing

@testable import Budgets

@Suite(.timeLimit(.minutes(1))) struct `A counter keeper` {
    private let ledger = InMemoryLedgerStore(partitioning: Partitioning(count: 1))

    /// Runs the keeper beside the body.
    private func keeping(_ rig: CounterRig, _ body: () async throws -> Void) async throws {
        let keeper = rig.keeper
        try await withThrowingTaskGroup { group in
            group.addTask { try await keeper.run() }
            try await body()
            group.cancelAll()
        }
    }

    private func areReady(_ rig: CounterRig, _ names: [CounterName]) async throws -> Bool {
        try await rig.counters.values(.first, names: names.map(\.text)).allSatisfy { $0?.isReady == true }
    }

    private func user(_ id: String) -> CounterName {
        CounterName(
            workspace: "acme",
            scope: Scope(type: .user, id: id),
            period: CalendarRules.standard.period(.total, containing: CounterRig.time)
        )
    }

    @Test
    func `makes the standing counters by itself, those of a period that is about to begin, and all again after a loss`()
        async throws
    {
        try await withRig(ledger, time: monthEnd.adding(.seconds(-60))) { rig in
            try await rig.post("e", cost: 5, at: monthEnd.adding(.seconds(-3_600)))
            try await rig.drain()
            try await keeping(rig) {
                let now = rig.catalogue.current.standing(at: monthEnd.adding(.seconds(-60)))
                let next = rig.catalogue.current.standing(at: monthEnd)
                #expect(Set(now) != Set(next))
                try await eventually { try await areReady(rig, now + next) }
                try await rig.pool.send(RedisCommand("FLUSHALL"))
                try await eventually { try await areReady(rig, now + next) }
                let total = try #require(now.first { $0.workspace == "acme" && $0.kind == .total })
                #expect(try await rig.counters.values(.first, names: [total.text])[0]?.sum.picoDollars == 5)
            }
        }
    }

    @Test func `makes the counters of a new workspace long before it looks at all of them again`() async throws {
        try await withRig(ledger) { rig in
            try await keeping(rig) {
                try await eventually { try await areReady(rig, rig.catalogue.current.standing(at: CounterRig.time)) }
                try await rig.add("initech")
                let all = rig.catalogue.current.standing(at: CounterRig.time)
                #expect(all.contains { $0.workspace == "initech" })
                try await eventually { try await areReady(rig, all) }
            }
        }
    }

    @Test
    func `rebuilds counters again when the ledger keeps what Redis has lost, though they were ready`() async throws {
        try await withRig(ledger) { rig in
            let earlier = CounterRig.time.adding(.seconds(-86_400 * 30))
            try await rig.post("now", cost: 5)
            try await rig.post("earlier", cost: 7, at: earlier)
            // The ledger's writer has them in hand while Redis loses them, and a new life begins.
            try await rig.deliver(10, to: .ledger)
            try await rig.pool.send(RedisCommand("FLUSHALL"))
            try await keeping(rig) {
                rig.keeper.request(rig.names, isOnFirstUse: false)
                try await eventually { try await areReady(rig, rig.names) }
                try await rig.keep()
                try await eventually {
                    let values = try await rig.counters.values(.first, names: rig.names.map(\.text))
                    return zip(rig.names, values).filter { name, _ in name.workspace == "acme" }
                        .map { _, value in value?.sum.picoDollars ?? -1 }.sorted() == [5, 7, 12]
                }
                try await rig.expectAgreement(readyOnly: false)
            }
        }
    }

    @Test func `makes a counter that counting met, with what was counted before`() async throws {
        try await withRig(ledger) { rig in
            try await keeping(rig) {
                let earlier = CounterRig.time.adding(.seconds(-86_400 * 25))
                try await rig.post("e", cost: 5, at: earlier)
                try await rig.drain()
                let names = rig.catalogue.current.standing(at: earlier).filter { $0.workspace == "acme" }
                try await eventually { try await areReady(rig, names) }
                try await rig.expectAgreement()
            }
        }
    }

    @Test func `opens counters for those who wait, and answers in time when it cannot`() async throws {
        try await withRig(ledger) { rig in
            let name = user("u")
            let isOpen = try await rig.keeper.open([name], isOnFirstUse: true, within: .milliseconds(30))
            #expect(!isOpen)
            try await keeping(rig) {
                let isOpen = try await rig.keeper.open([name], isOnFirstUse: true, within: .seconds(10))
                #expect(isOpen)
                #expect(try await areReady(rig, [name]))
                #expect(try await rig.keeper.open([name], isOnFirstUse: true, within: .seconds(10)))
            }
        }
    }

    @Test func `refuses more counters of single values than a workspace may have, and says so`() async throws {
        try await withRig(ledger) { rig in
            try await keeping(rig) {
                for id in ["a", "b", "c"] {
                    let isOpen = try await rig.keeper.open([user(id)], isOnFirstUse: true, within: .seconds(10))
                    #expect(isOpen)
                }
                let refused = await #expect(throws: CounterError.self) {
                    try await rig.keeper.open([user("d")], isOnFirstUse: true, within: .seconds(10))
                }
                #expect(refused == .tooMany(workspace: "acme", limit: 3))
                #expect(try await rig.counters.values(.first, names: [user("d").text]) == [nil])
                // A budget that names the value is not bounded.
                #expect(try await rig.keeper.open([user("d")], isOnFirstUse: false, within: .seconds(10)))
            }
        }
    }

    @Test func `finds a counter that differs from the ledger, and mends it`() async throws {
        try await withRig(ledger) { rig in
            let watch = DriftWatch(
                counters: rig.counters,
                rebuilder: rig.rebuilder,
                catalogue: rig.catalogue,
                keeper: rig.keeper,
                partitioning: rig.streams.partitioning,
                interval: .seconds(1),
                clock: FixedClock(now: CounterRig.time),
                metrics: CounterMetrics(
                    partitioning: rig.streams.partitioning,
                    factory: NOOPMetricsHandler.instance
                ),
                logger: .quiet
            )
            try await keeping(rig) {
                let standing = rig.catalogue.current.standing(at: CounterRig.time)
                try await eventually { try await areReady(rig, standing) }
                try await rig.post("e", cost: 5)
                try await rig.deliver(1, to: .budget)
                try await rig.deliver(1, to: .ledger)
                try await rig.keep()
                #expect(try await watch.compare(.first, turn: 0).isEmpty)
                let total = try #require(standing.first { $0.workspace == "globex" && $0.kind == .total })
                try await rig.pool.send(RedisCommand("HINCRBY", "spend:{p00}:\(total.text)", "pico", "1"))
                #expect(try await watch.compare(.first, turn: 1).map(\.name) == [total])
                try await eventually { try await watch.compare(.first, turn: 2).isEmpty }
                try await rig.drain()
                try await rig.expectAgreement()
            }
        }
    }

    /// The end of November in UTC.
    private let monthEnd = Timestamp(seconds: 1_796_083_200)
}

/// Tries until it is true; an error counts as not yet.
private func eventually(_ condition: () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(20)
    while ContinuousClock.now < deadline {
        if let isTrue = try? await condition(), isTrue { return }
        try await Task.sleep(for: .milliseconds(5))
    }
    Issue.record("it did not happen within 20 seconds")
}
