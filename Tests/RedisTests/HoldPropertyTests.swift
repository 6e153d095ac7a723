import Domain
@testable import Redis
import Streams
import TestSupport
import Testing

/// Whatever happens to holds, counters hold exactly what is left of them.
@Suite(.timeLimit(.minutes(2)))
struct `held amounts` {
    private static let names = ["a", "b", "c"]

    @Test(arguments: 0..<4) func `equal the sum of the holds that live, whoever ends them`(round: Int) async throws {
        try await withHolds { rig in
            try await rig.makeReady(Self.names)
            let other = RedisPool(rig.pool.configuration, logger: .quiet)
            let replicas = [rig.holds, RedisHolds(pool: other)]
            var model = Model(names: Self.names, partition: rig.partition, seed: "held \(round)")
            for _ in 0..<50 {
                let steps = model.nextSteps()
                let done = try await withThrowingTaskGroup(of: Step?.self) { group in
                    for (number, step) in steps.enumerated() {
                        group.addTask { try await step.run(on: replicas[number % 2], rig) ? step : nil }
                    }
                    return try await group.reduce(into: [Step]()) { if let step = $1 { $0.append(step) } }
                }
                model.apply(done)
                if model.isTimeToCount() { try await model.count(on: rig) }
            }
            try await model.count(on: rig)
            // The life of the short ones is over now.
            try await Task.sleep(for: .milliseconds(20))
            let first = try await replicas[0].sweep([rig.partition])
            let second = try await replicas[1].sweep([rig.partition])
            #expect(second == 0 && first <= model.shortLived)
            model.expire()
            #expect(try await rig.held(Self.names) == Self.names.map { model.held[$0] ?? 0 }, "seed \(Seed.current)")
            #expect(try await rig.spent("a") == model.spent, "seed \(Seed.current)")
            let listed = try await rig.holds.list(rig.partition, from: 0, limit: 10_000)
            #expect(Set(listed.map(\.id)) == Set(model.live.keys), "seed \(Seed.current)")
            for record in listed { _ = try await rig.holds.release(try #require(HoldID(record.id)), of: "w") }
            #expect(try await rig.held(Self.names) == [0, 0, 0], "seed \(Seed.current)")
            await other.close()
        }
    }

    @Test func `are given back once, by whoever comes first`() async throws {
        try await withHolds { rig in
            try await rig.makeReady(["a"])
            for _ in 0..<20 {
                let hold = try await rig.hold(["a": nil], amount: 7_000_001)
                let ends = try await withThrowingTaskGroup(of: Bool.self) { group in
                    for _ in 0..<8 {
                        group.addTask { try await rig.holds.release(hold, of: "w") == .done(expiresAt: nil) }
                        group.addTask {
                            _ = try await rig.holds.sweep([rig.partition])
                            return false
                        }
                    }
                    return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
                }
                #expect(ends == 1)
                #expect(try await rig.held(["a"]) == [0])
            }
        }
    }

    @Test func `that expire together are given back, whatever became of a counter beside them`() async throws {
        try await withHolds { rig in
            try await rig.makeReady(["a", "b", "words", "text"])
            let stays = try await rig.hold(["a": nil, "b": nil], amount: 5)
            let short = Duration.milliseconds(1)
            for _ in 0..<150 { _ = try await rig.hold(["a": nil, "b": nil], amount: 7_999_999, timeToLive: short) }
            for name in ["words", "text"] {
                _ = try await rig.hold(["a": nil, "b": nil], amount: 999_999, timeToLive: short)
                _ = try await rig.ask(["a": nil, "b": nil, "\(name)": nil], amount: 3, timeToLive: short)
            }
            let keys = ["words", "text"].map { StreamKeys.counter($0, rig.partition) }
            try await rig.pool.send(RedisCommand("HSET", keys[0], "hp", "many"))
            try await rig.pool.send(RedisCommand("SET", keys[1], "no hash"))
            try await Task.sleep(for: .milliseconds(5))
            #expect(try await rig.holds.sweep([rig.partition]) == 154)
            #expect(try await rig.held(["a", "b"]) == [5, 5])
            #expect(try await rig.holds.counts([rig.partition]) == [1])
            _ = try await rig.holds.release(stays, of: "w")
            #expect(try await rig.held(["a", "b"]) == [0, 0])
        }
    }

    @Test func `that are settled by one batch of events are given back once`() async throws {
        try await withHolds { rig in
            try await rig.makeReady(["a", "b"])
            var ids: [String] = []
            for _ in 0..<40 { ids.append(try await rig.hold(["a": nil, "b": nil], amount: 1_999_999).text) }
            let deliveries = try await rig.record(ids)
            // A hold ends with one event only, however often it comes.
            let counted = try await rig.count(deliveries + deliveries.prefix(5), cost: 7, counter: "a")
            #expect(counted == 40)
            #expect(try await rig.held(["a", "b"]) == [0, 0])
            #expect(try await rig.spent("a") == 280)
            #expect(try await rig.holds.counts([rig.partition]) == [0])
        }
    }

    /// What is done to one hold; no two at once are about the same one.
    fileprivate struct Step: Sendable {
        enum Kind: Sendable { case make, release, extend, commit, sweep }
        var kind: Kind
        var id: HoldID
        var hold: Model.Hold

        /// Returns whether it was done.
        func run(on holds: RedisHolds, _ rig: HoldRig) async throws -> Bool {
            switch kind {
            case .make:
                let request = HoldRequest(
                    partition: rig.partition,
                    workspace: "w",
                    budgetsVersion: 1,
                    counters: hold.counters.map { HoldCounter(use: CounterUse(name: $0), limit: nil) },
                    amount: MoneySum(picoDollars: hold.amount),
                    hold: .init(id: id, timeToLive: hold.isShort ? .milliseconds(15) : .seconds(600))
                )
                return try await holds.decide([request])[0].get().word == "allow"
            case .release: return try await holds.release(id, of: "w") == .done(expiresAt: nil)
            case .extend:
                // Never shorter than before, and a short one stays short.
                _ = try await holds.extend(id, of: "w", by: .milliseconds(1))
                return true
            case .commit:
                var claim = claim(.random(in: 0..<(1 << 31)), in: rig.partition.number)
                claim.hold = HoldUse(id: id.text, workspace: "w")
                return await rig.streams.claim([claim]) == [.accepted]
            case .sweep:
                _ = try await holds.sweep([rig.partition])
                return true
            }
        }
    }

    /// What counters must hold, added up in 128 bits.
    fileprivate struct Model {
        struct Hold: Sendable {
            var amount: Int128
            var counters: [String]
            var isShort: Bool
            var isCommitted = false
        }

        private(set) var live: [String: Hold] = [:]
        private(set) var shortLived = 0
        private(set) var spent: Int128 = 0
        private let names: [String]
        private let partition: Partition
        private var random: SeededGenerator

        init(names: [String], partition: Partition, seed: String) {
            self.names = names
            self.partition = partition
            random = Seed.generator(for: seed)
        }

        var held: [String: Int128] {
            live.values.reduce(into: [:]) { sums, hold in
                for name in hold.counters { sums[name, default: 0] += hold.amount }
            }
        }

        mutating func nextSteps() -> [Step] {
            var steps = (0..<6).map { _ in
                let hold = Hold(
                    amount: amount(),
                    counters: names.filter { _ in Bool.random(using: &random) },
                    isShort: Int.random(in: 0..<4, using: &random) == 0
                )
                return Step(kind: .make, id: HoldID.make(in: partition), hold: hold)
            }
            let some = live.filter { !$0.value.isCommitted }.sorted { $0.key < $1.key }.shuffled(using: &random)
            for (id, hold) in some.prefix(5) {
                // The end of a short one is a matter of time: only those that live long are committed.
                let kinds: [Step.Kind] = hold.isShort ? [.release, .extend] : [.release, .extend, .commit, .commit]
                guard let id = HoldID(id), let kind = kinds.randomElement(using: &random) else { continue }
                steps.append(Step(kind: kind, id: id, hold: hold))
            }
            let idle = Hold(amount: 0, counters: [], isShort: false)
            return (steps + [Step(kind: .sweep, id: HoldID.make(in: partition), hold: idle)]).shuffled(using: &random)
        }

        mutating func apply(_ steps: [Step]) {
            for step in steps {
                switch step.kind {
                case .make:
                    live[step.id.text] = step.hold
                    if step.hold.isShort { shortLived += 1 }
                case .release: live[step.id.text] = nil
                case .commit: live[step.id.text]?.isCommitted = true
                case .extend, .sweep: break
                }
            }
        }

        mutating func isTimeToCount() -> Bool { Int.random(in: 0..<3, using: &random) == 0 }

        /// Counts all events that were recorded, at more, less or just what was held, or without a price.
        mutating func count(on rig: HoldRig) async throws {
            let committed = live.filter(\.value.isCommitted)
            guard !committed.isEmpty else { return }
            let raw = rig.streams.reader(.raw, .pricing)
            let accepted = try await raw.read(limit: 1_000, wait: .zero)
            await raw.close()
            _ = try await rig.streams.forward(accepted.map { ForwardedEntry(replacing: $0, payload: $0.payload) })
            let deliveries = try await rig.read(committed.count, for: .budget)
            for delivery in deliveries {
                let id = try #require(delivery.hold.committedID)
                let ended = live.removeValue(forKey: id)
                let amount = try #require(ended).amount
                let cost = [nil, 0, amount, amount / 2, amount + 1].randomElement(using: &random) ?? nil
                #expect(try await rig.count([delivery], cost: cost.map { Int64($0) }, counter: "a") == 1)
                spent += cost ?? 0
            }
        }

        mutating func expire() {
            live = live.filter { !$0.value.isShort }
        }

        private mutating func amount() -> Int128 {
            switch Int.random(in: 0..<4, using: &random) {
            case 0: Int128(Int.random(in: 0..<3, using: &random))
            case 1: Int128.random(in: 0...2_000_000, using: &random)
            case 2: Int128.random(in: 0...3_000_000_000_000, using: &random)
            default: 1_000_000 * Int128.random(in: 0...5, using: &random)
            }
        }
    }
}
