import Directory
import Domain
import Ledger
import Postgres
import Redis
import Streams
import TestSupport
import Testing

@testable import Budgets

@Suite(.timeLimit(.minutes(3))) struct `A rebuild of counters` {
    private func memory() -> InMemoryLedgerStore { InMemoryLedgerStore(partitioning: Partitioning(count: 1)) }

    @Test func `gives a counter what was counted before it was made, once`() async throws {
        try await withRig(memory()) { rig in
            for number in 0..<6 { try await rig.post("e\(number)", cost: Int64(10 + number)) }
            try await rig.deliver(4, to: .budget)
            try await rig.count(2)
            try await rig.deliver(10, to: .ledger)
            try await rig.keep()
            #expect(try await rig.rebuilder.rebuild(rig.names, in: .first).allSatisfy(\.isRebuilt))
            let total = try #require(rig.names.first { $0.workspace == "acme" && $0.kind == .total })
            let early = try await rig.counters.values(.first, names: [total.text])[0]
            #expect(early?.sum == MoneySum(picoDollars: 10 + 11))
            #expect(early?.isReady == true)
            try await rig.drain()
            try await rig.expectAgreement(readyOnly: false)
        }
    }

    @Test func `waits for the ledger, and says so when it does not come`() async throws {
        try await withRig(memory()) { rig in
            try await rig.post("e", cost: 5)
            try await rig.deliver(1, to: .budget)
            try await rig.count()
            await #expect(throws: CounterError.ledgerBehind(.first)) {
                try await rig.rebuilder.rebuild(rig.names, in: .first)
            }
            let patient = CounterRebuilder(ledger: rig.ledger, counters: rig.counters)
            let names = rig.names
            async let rebuilt = patient.rebuild(names, in: .first)
            try await rig.deliver(1, to: .ledger)
            try await rig.keep()
            #expect(try await rebuilt.allSatisfy(\.isRebuilt))
            try await rig.expectAgreement(readyOnly: false)
        }
    }

    @Test func `looks at what is held only once the ledger has come`() async throws {
        try await withRig(memory()) { rig in
            let total = try #require(rig.names.first { $0.workspace == "acme" && $0.kind == .total })
            try await rig.hold(7, of: "acme")
            try await rig.post("e", cost: 5)
            try await rig.deliver(1, to: .budget)
            try await rig.count()
            await #expect(throws: CounterError.ledgerBehind(.first)) {
                try await rig.rebuilder.rebuild([total], in: .first)
            }
            #expect(try await rig.counters.values(.first, names: [total.text])[0]?.held == .zero)
            try await rig.deliver(1, to: .ledger)
            try await rig.keep()
            _ = try await rig.rebuilder.rebuild([total], in: .first)
            let value = try await rig.counters.values(.first, names: [total.text])[0]
            #expect(value?.held == MoneySum(picoDollars: 7))
            #expect(value?.sum == MoneySum(picoDollars: 5))
            #expect(value?.isReady == true)
        }
    }

    @Test func `does not wait for what the ledger has, though an older Redis does not know it`() async throws {
        try await withRig(memory()) { rig in
            try await rig.post("e", cost: 5)
            try await rig.deliver(1, to: .budget)
            try await rig.count()
            try await rig.deliver(1, to: .ledger)
            let old = try await rig.snapshot()
            try await rig.keep()
            try await rig.restore(old)
            try await rig.streams.prepare()
            let patient = CounterRebuilder(ledger: rig.ledger, counters: rig.counters)
            #expect(try await patient.rebuild(rig.names, in: .first).allSatisfy(\.isRebuilt))
            try await rig.expectAgreement(readyOnly: false)
        }
    }

    @Test func `mends a counter that is wrong without stopping it`() async throws {
        try await withRig(memory()) { rig in
            _ = try await rig.rebuilder.rebuild(rig.names, in: .first)
            try await rig.post("e", cost: 5)
            try await rig.drain()
            let total = try #require(rig.names.first { $0.workspace == "acme" && $0.kind == .total })
            try await rig.pool.send(RedisCommand("HINCRBY", "spend:{p00}:\(total.text)", "micro", "7"))
            let found = try await rig.rebuilder.compare([total], in: .first)
            #expect(found.map(\.difference) == [MoneySum(picoDollars: -7_000_000)])
            #expect(found.first?.isConsistent == false)
            let mended = try await rig.rebuilder.rebuild([total], in: .first)
            #expect(mended.map(\.difference) == [MoneySum(picoDollars: -7_000_000)])
            try await rig.expectAgreement(readyOnly: false)
            #expect(try await rig.rebuilder.compare([total], in: .first).allSatisfy(\.isConsistent))
        }
    }

    @Test func `finds what differs under load, and only that`() async throws {
        try await withRig(memory()) { rig in
            _ = try await rig.rebuilder.rebuild(rig.names, in: .first)
            for number in 0..<9 { try await rig.post("e\(number)", cost: 7) }
            try await rig.deliver(6, to: .budget)
            try await rig.count(3)
            try await rig.deliver(7, to: .ledger)
            try await rig.keep()
            #expect(try await rig.rebuilder.compare(rig.names, in: .first).allSatisfy(\.isConsistent))
        }
    }

    @Test func `counts a replayed dead letter once, wherever it was when the rebuild began`() async throws {
        try await withRig(memory()) { rig in
            try await rig.post("e", cost: 5)
            try await rig.deliver(1, to: .budget)
            let burial = Burial(delivery: rig.counting[0], reason: "test")
            try await rig.streams.bury([burial], from: .budget)
            rig.counting = []
            try await rig.deliver(1, to: .ledger)
            try await rig.keep()
            // Dead, replayed and not delivered, delivered, dead again, replayed again, and counted.
            func rebuild() async throws {
                #expect(try await rig.rebuilder.rebuild(rig.names, in: .first).allSatisfy(\.isRebuilt))
            }
            func replay() async throws {
                let letter = try #require(try await rig.streams.deadLetters(after: nil, limit: 1).letters.first)
                _ = try await rig.streams.replay(letter.id)
            }
            try await rebuild()
            try await replay()
            // The ledger's group passes over it.
            try await rig.deliver(10, to: .ledger)
            try await rebuild()
            try await rig.deliver(1, to: .budget)
            try await rebuild()
            try await rig.streams.bury([Burial(delivery: rig.counting[0], reason: "again")], from: .budget)
            rig.counting = []
            try await rebuild()
            try await replay()
            try await rebuild()
            try await rig.drain()
            try await rig.expectAgreement(readyOnly: false)
            try await rebuild()
            try await rig.expectAgreement(readyOnly: false)
        }
    }

    @Test func `of five at once leaves one that counts, and none that adds twice`() async throws {
        try await withRig(memory()) { rig in
            for number in 0..<20 { try await rig.post("e\(number)", cost: Int64(number)) }
            try await rig.deliver(20, to: .ledger)
            try await rig.keep()
            let (rebuilder, names) = (rig.rebuilder, rig.names)
            var rebuilt = 0
            try await withThrowingTaskGroup { group in
                for _ in 0..<5 { group.addTask { try await rebuilder.rebuild(names, in: .first) } }
                for try await results in group { rebuilt += results.count(where: \.isRebuilt) }
            }
            #expect(rebuilt >= names.count)
            try await rig.drain()
            try await rig.expectAgreement(readyOnly: false)
        }
    }

    @Test(arguments: 0..<12) func `makes counters equal the ledger, whatever happened in whatever order`(
        round: Int
    ) async throws {
        try await withRig(memory()) { try await Schedule(rig: $0, name: "rebuild \(round)").run(steps: 150) }
    }

    @Test func `does the same over PostgreSQL`() async throws {
        try await withPostgres { url in
            let configuration = try PostgresConfiguration(url: url)
            try await PostgresMigrator(
                Directory.migrations + LedgerSchema.migrations,
                configuration: configuration,
                logger: .quiet
            ).apply()
            let pool = PostgresPool(configuration, logger: .quiet)
            defer { pool.close() }
            let ledger = PostgresLedgerStore(pool: pool, logger: .quiet, partitioning: Partitioning(count: 1))
            try await withRig(ledger) { try await Schedule(rig: $0, name: "rebuild over PostgreSQL").run(steps: 200) }
        }
    }
}

/// Random steps of all that can happen to counters.
private final class Schedule {
    private let rig: CounterRig
    private var random: SeededGenerator
    private var posted: [(id: String, workspace: String, cost: Int64?, time: Timestamp)] = []
    private var snapshot: [(key: [UInt8], value: [UInt8])]?
    private var log: [String] = []

    init(rig: CounterRig, name: String) {
        self.rig = rig
        random = Seed.generator(for: name)
    }

    func run(steps: Int) async throws {
        for _ in 0..<steps { try await step() }
        try await settle()
    }

    private func step() async throws {
        let roll = Int.random(in: 0..<100, using: &random)
        switch roll {
        case 0..<30: try await post()
        case 30..<42: try await rig.deliver(Int.random(in: 1...6, using: &random), to: .budget)
        case 42..<55: try await rig.count(Int.random(in: 1...6, using: &random))
        case 55..<65: try await rig.deliver(Int.random(in: 1...20, using: &random), to: .ledger)
        case 65..<75: try await rig.keep()
        case 75..<79: try await repeatOld()
        case 79..<83:
            let workspace = CounterRig.workspaces.randomElement(using: &random) ?? ""
            try await rig.adjust(workspace, by: Int64.random(in: -50...50, using: &random), at: time())
        case 83..<86: _ = try await rig.relay.relay(.first)
        case 86..<89: try await bury()
        case 89..<92: try await replay()
        case 92..<97: try await rebuild()
        default: try await misfortune(roll)
        }
        if roll < 92 || roll > 96 { log.append("\(roll)") }
    }

    private func time() -> Timestamp {
        CounterRig.time.adding(.seconds(-86_400 * Int.random(in: 0..<40, using: &random)))
    }

    private func post() async throws {
        let event = (
            id: "e\(posted.count)", workspace: CounterRig.workspaces.randomElement(using: &random) ?? "",
            cost: Int.random(in: 0..<6, using: &random) == 0 ? nil : Int64.random(in: 0...2_000_000, using: &random),
            time: time()
        )
        posted.append(event)
        try await rig.post(event.id, workspace: event.workspace, cost: event.cost, at: event.time)
    }

    /// Sends an event again that Redis has forgotten, with another price.
    private func repeatOld() async throws {
        guard let event = posted.randomElement(using: &random) else { return }
        try await rig.forgetIDs()
        try await rig.post(event.id, workspace: event.workspace, cost: 123_456, at: event.time)
    }

    private func bury() async throws {
        guard let delivery = rig.counting.randomElement(using: &random) else { return }
        try await rig.streams.bury([Burial(delivery: delivery, reason: "test")], from: .budget)
        rig.counting.removeAll { $0.id == delivery.id }
    }

    private func replay() async throws {
        let letters = try await rig.streams.deadLetters(after: nil, limit: 10).letters
        if let letter = letters.randomElement(using: &random) { _ = try await rig.streams.replay(letter.id) }
    }

    private func rebuild() async throws {
        log.append("rebuild")
        if Int.random(in: 0..<3, using: &random) > 0 {
            try await rig.deliver(1_000, to: .ledger)
            try await rig.keep()
        }
        let (rebuilder, names) = (rig.rebuilder, rig.names)
        let count = Int.random(in: 1...3, using: &random)
        await withTaskGroup { group in
            for _ in 0..<count {
                // A ledger that is behind is one of the things that happen.
                group.addTask { _ = try? await rebuilder.rebuild(names, in: .first) }
            }
        }
    }

    /// Loses Redis, or takes it back to an older state; what the ledger was given is kept before.
    private func misfortune(_ roll: Int) async throws {
        if roll == 97 || (roll == 99 && snapshot == nil) {
            snapshot = try await rig.snapshot()
            return
        }
        try await rig.keep()
        try await rig.restore(roll == 98 && Bool.random(using: &random) ? [] : snapshot ?? [])
        if Int.random(in: 0..<3, using: &random) == 0 { snapshot = nil }
        try await rig.streams.prepare()
    }

    private func settle() async throws {
        while let letter = try await rig.streams.deadLetters(after: nil, limit: 1).letters.first {
            _ = try await rig.streams.replay(letter.id)
        }
        try await rig.drain()
        try await rig.expectAgreement("before the last rebuild; \(log) \(Seed.current)")
        _ = try await rig.rebuilder.rebuild(rig.names, in: .first)
        try await rig.expectAgreement("after the last rebuild; \(log) \(Seed.current)", readyOnly: false)
    }
}
