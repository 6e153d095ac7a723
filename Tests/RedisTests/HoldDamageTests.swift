import Domain
@testable import Redis
import Streams
import TestSupport
import Testing

/// What somebody damaged by hand, and what holds have in common with those that were before them.
@Suite(.timeLimit(.minutes(2)))
struct `damaged holds` {
    private let short = Duration.milliseconds(1)

    @Test func `do not keep others that expired with them`() async throws {
        try await withHolds { rig in
            try await rig.makeReady(["a"])
            var ids: [HoldID] = []
            for _ in 0..<5 { ids.append(try await rig.hold(["a": nil], amount: 10, timeToLive: short)) }
            try await rig.pool.send(RedisCommand("HDEL", StreamKeys.hold(ids[3].text, rig.partition), "l"))
            try await Task.sleep(for: .milliseconds(5))
            #expect(try await rig.holds.sweep([rig.partition]) == 5)
            // Nobody can say what the damaged one held where.
            #expect(try await rig.held(["a"]) == [10])
            #expect(try await rig.holds.counts([rig.partition]) == [0])
        }
    }

    @Test func `are not said to be released`() async throws {
        try await withHolds { rig in
            try await rig.makeReady(["a"])
            let id = try await rig.hold(["a": nil], amount: 10)
            try await rig.pool.send(RedisCommand("HDEL", StreamKeys.hold(id.text, rig.partition), "l"))
            #expect(try await rig.holds.release(id, of: "w") == .unknown)
        }
    }

    @Test func `do not keep events from being counted`() async throws {
        try await withHolds { rig in
            try await rig.makeReady(["a"])
            var ids: [HoldID] = []
            for _ in 0..<3 { ids.append(try await rig.hold(["a": nil], amount: 10)) }
            let deliveries = try await rig.record(ids.map(\.text))
            try await rig.pool.send(RedisCommand("SET", StreamKeys.hold(ids[1].text, rig.partition), "no hash"))
            #expect(try await rig.count(deliveries, cost: 7, counter: "a") == 3)
            #expect(try await rig.spent("a") == 21)
            #expect(try await rig.held(["a"]) == [10])
        }
    }

    @Test func `are attached to nothing`() async throws {
        try await withHolds { rig in
            let name = "w\u{1F}team\u{1F}red\u{1F}total"
            var ids: [HoldID] = []
            for _ in 0..<4 {
                let id = HoldID.make(in: rig.partition)
                _ = try await rig.ask([:], amount: 10, scopes: [Scope(type: .team, id: "red")], id: id)
                ids.append(id)
            }
            try await rig.pool.send(RedisCommand("HDEL", StreamKeys.hold(ids[2].text, rig.partition), "t"))
            _ = try await rig.counters.beginRebuild(rig.partition, [CounterUse(name: name)], generation: 1)
            try await rig.counters.attachHolds(rig.partition, to: [CounterUse(name: name)])
            #expect(try await rig.held([name]) == [30])
            for id in ids { _ = try await rig.holds.release(id, of: "w") }
            #expect(try await rig.held([name]) == [0])
        }
    }

    @Test func `of a counter that was deleted and made again are subtracted only when they were added`() async throws {
        try await withHolds { rig in
            let name = "w\u{1F}team\u{1F}red\u{1F}total"
            let scopes = [Scope(type: .team, id: "red")]
            try await rig.makeReady([name])
            var ids: [HoldID] = []
            for _ in 0..<8 {
                let id = HoldID.make(in: rig.partition)
                _ = try await rig.ask([name: nil], amount: 10, scopes: scopes, id: id)
                ids.append(id)
            }
            try await rig.counters.remove(rig.partition, names: [name])
            try await rig.makeReady([name])
            #expect(try await rig.held([name]) == [80])
            for id in ids { _ = try await rig.holds.release(id, of: "w") }
            #expect(try await rig.held([name]) == [0])
        }
    }

    @Test func `that expired leave the newer hold of the same request findable`() async throws {
        try await withHolds { rig in
            try await rig.makeReady(["a"])
            let key = HoldRequest.Idempotency(name: "k", digest: "x")
            _ = try await rig.ask(["a": nil], amount: 10, timeToLive: short, idempotency: key)
            try await Task.sleep(for: .milliseconds(5))
            let newer = HoldID.make(in: rig.partition)
            #expect(try await rig.ask(["a": nil], amount: 10, idempotency: key, id: newer).word == "allow")
            #expect(try await rig.holds.sweep([rig.partition]) == 1)
            guard case .known(_, let known) = try await rig.ask(["a": nil], amount: 10, idempotency: key) else {
                throw Unexpected()
            }
            #expect(known.id == newer.text)
            #expect(try await rig.held(["a"]) == [10])
        }
    }

    @Test(arguments: ["nan", "inf", "0x10", "1.5", "1e5", "-9007199254740993"])
    func `and counters with numbers that cannot be told exactly allow nothing`(text: String) async throws {
        try await withHolds { rig in
            try await rig.makeReady(["a", "b"])
            for field in ["micro", "hm"] {
                try await rig.pool.send(RedisCommand("HSET", StreamKeys.counter("a", rig.partition), field, text))
                await #expect(throws: RedisError.self) { _ = try await rig.ask(["a": 5, "b": nil], amount: 10) }
                #expect(try await rig.ask(["b": 5], amount: 1).word == "allow")
                try await rig.pool.send(RedisCommand("HSET", StreamKeys.counter("a", rig.partition), field, "0"))
            }
            #expect(try await rig.held(["a", "b"]) == [0, 2])
        }
    }

    @Test func `and more than can be told exactly is not held`() async throws {
        try await withHolds { rig in
            try await rig.makeReady(["a"])
            let most = Int128(9_007_199_254_739_000) * 1_000_000
            let first = try await rig.hold(["a": nil], amount: most)
            let second = try await rig.hold(["a": nil], amount: 2_000_000_000)
            #expect(try await rig.held(["a"]) == [most])
            for id in [first, second] { _ = try await rig.holds.release(id, of: "w") }
            #expect(try await rig.held(["a"]) == [0])
        }
    }

    @Test func `and a broken counter keeps no other from counting`() async throws {
        try await withHolds { rig in
            try await rig.makeReady(["a", "b"])
            try await rig.pool.send(RedisCommand("HSET", StreamKeys.counter("a", rig.partition), "pico", "many"))
            let deliveries = try await rig.record([nil, nil, nil])
            let batch = CountBatch(
                partition: rig.partition,
                counters: [CounterUse(name: "a"), CounterUse(name: "b")],
                sets: [[0, 1]],
                events: deliveries.map {
                    CountedEvent(id: $0.id, set: 0, cost: Money(picoDollars: 7), holdID: nil)
                }
            )
            #expect(try await rig.counters.count([batch]).counted == 3)
            #expect(try await rig.spent("b") == 21)
        }
    }
}
