import Domain
import Redis
import Streams
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2)))
struct `holds on redis` {
    @Test func `all counters hold the amount, or none`() async throws {
        try await withHolds { rig in
            try await rig.makeReady(["a", "b", "c"])
            let room = try await rig.ask(["a": 10, "b": 10, "c": nil], amount: 7)
            #expect(room.word == "allow")
            let full = try await rig.ask(["a": 20, "b": 10, "c": nil], amount: 4)
            #expect(full.word == "deny")
            #expect(try await rig.held(["a", "b", "c"]) == [7, 7, 7])
            // To the last pico-dollar.
            #expect(try await rig.ask(["b": 10], amount: 3).word == "allow")
            #expect(try await rig.ask(["b": 10], amount: 1).word == "deny")
            #expect(try await rig.held(["a", "b", "c"]) == [7, 10, 7])
        }
    }

    @Test func `a counter that blocks and is not ready decides nothing, one that only notifies does not matter`()
        async throws
    {
        try await withHolds { rig in
            try await rig.makeReady(["a"])
            #expect(try await rig.ask(["a": 10, "late": 10], amount: 1).word == "not_ready")
            #expect(try await rig.held(["a", "late"]) == [0, 0])
            #expect(try await rig.ask(["a": 10, "late": nil], amount: 1).word == "allow")
            #expect(try await rig.held(["a", "late"]) == [1, 1])
        }
    }

    @Test func `what fits is told exactly up to nine billion dollars`() async throws {
        try await withHolds { rig in
            let limit: Int128 = 9_000_000_000 * 1_000_000_000_000 + 5
            try await rig.makeReady(["big"], spent: limit - 10_000_000_000)
            #expect(try await rig.ask(["big": limit], amount: 10_000_000_001).word == "deny")
            #expect(try await rig.ask(["big": limit], amount: 9_999_999_999).word == "allow")
            #expect(try await rig.ask(["big": limit], amount: 2).word == "deny")
            #expect(try await rig.ask(["big": limit], amount: 1).word == "allow")
            #expect(try await rig.ask(["big": limit], amount: 0).word == "allow")
        }
    }

    @Test func `an event that commits a hold settles it when it is counted`() async throws {
        try await withHolds { rig in
            try await rig.makeReady(["a"])
            let hold = try await rig.hold(["a": 100], amount: 60)
            let count = try await rig.record([hold.text, hold.text, nil])
            #expect(count.map(\.hold) == [.committed(hold.text), .unusable, .none])
            #expect(try await rig.held(["a"]) == [60])
            #expect(try await rig.holds.release(hold, of: "w") == .committed)
            #expect(try await rig.holds.extend(hold, of: "w", by: .seconds(5)) == .committed)
            #expect(try await rig.count(count, cost: 25, counter: "a") == 3)
            #expect(try await rig.held(["a"]) == [0])
            #expect(try await rig.spent("a") == 75)
            #expect(try await rig.holds.release(hold, of: "w") == .ended)
            #expect(try await rig.holds.list(rig.partition, from: 0, limit: 10).isEmpty)
        }
    }

    @Test func `an unpriced event releases its hold`() async throws {
        try await withHolds { rig in
            try await rig.makeReady(["a"])
            let hold = try await rig.hold(["a": 100], amount: 60)
            let deliveries = try await rig.record([hold.text])
            _ = try await rig.count(deliveries, cost: nil, counter: "a")
            #expect(try await rig.held(["a"]) == [0])
            #expect(try await rig.spent("a") == 0)
        }
    }

    @Test func `a hold of another workspace, an unknown and an expired one leave the event without`() async throws {
        try await withHolds { rig in
            try await rig.makeReady(["a"])
            let foreign = try await rig.hold(["a": 100], amount: 1, workspace: "other")
            let expired = try await rig.hold(["a": 100], amount: 2, timeToLive: .milliseconds(1))
            try await Task.sleep(for: .milliseconds(5))
            let unknown = HoldID.make(in: rig.partition).text
            let deliveries = try await rig.record([foreign.text, expired.text, unknown, "rubbish\u{7}"])
            #expect(deliveries.map(\.hold) == Array(repeating: HoldMark.unusable, count: 4))
            _ = try await rig.count(deliveries, cost: 1, counter: "a")
            #expect(try await rig.spent("a") == 4)
            #expect(try await rig.held(["a"]) == [3])
            #expect(try await rig.holds.sweep([rig.partition]) == 1)
            #expect(try await rig.held(["a"]) == [1])
            #expect(try await rig.holds.release(foreign, of: "w") == .unknown)
            #expect(try await rig.holds.release(foreign, of: nil) == .done(expiresAt: nil))
            #expect(try await rig.held(["a"]) == [0])
        }
    }

    @Test func `a duplicate or conflicting event commits nothing`() async throws {
        try await withHolds { rig in
            try await rig.makeReady(["a"])
            _ = await rig.streams.claim([claim(1, in: 1)])
            let hold = try await rig.hold(["a": 100], amount: 1)
            for digest in [UInt8(1), 2] {
                var again = claim(1, in: 1, digest: digest)
                again.hold = HoldUse(id: hold.text, workspace: "w")
                _ = await rig.streams.claim([again])
            }
            #expect(try await rig.holds.release(hold, of: "w") == .done(expiresAt: nil))
        }
    }

    @Test func `a discarded event releases its hold, unless only the ledger gave up on it`() async throws {
        try await withHolds { rig in
            try await rig.makeReady(["a"])
            for (group, rest) in [(ConsumerGroup.budget, 0), (.ledger, 9)] {
                let hold = try await rig.hold(["a": 100], amount: 9)
                let deliveries = try await rig.record([hold.text], for: group)
                try await rig.streams.bury([Burial(delivery: deliveries[0], reason: "no")], from: group)
                let letter = try #require(try await rig.streams.deadLetters(after: nil, limit: 1).letters.first)
                #expect(try await rig.streams.discard(letter.id))
                #expect(try await rig.streams.discard(letter.id) == false)
                #expect(try await rig.held(["a"]) == [Int128(rest)])
            }
        }
    }

    @Test func `a replayed event still settles its hold`() async throws {
        try await withHolds { rig in
            try await rig.makeReady(["a"])
            let hold = try await rig.hold(["a": 100], amount: 9)
            let deliveries = try await rig.record([hold.text])
            try await rig.streams.bury([Burial(delivery: deliveries[0], reason: "no")], from: .budget)
            let letter = try #require(try await rig.streams.deadLetters(after: nil, limit: 1).letters.first)
            _ = try await rig.streams.replay(letter.id)
            let again = try await rig.read(1, for: .budget)
            #expect(again.map(\.hold) == [.committed(hold.text)])
            _ = try await rig.count(again, cost: 4, counter: "a")
            #expect(try await rig.held(["a"]) == [0])
        }
    }

    @Test func `the same request gets its first hold while that lives, another body is a conflict`() async throws {
        try await withHolds { rig in
            try await rig.makeReady(["a"])
            let id = HoldID.make(in: rig.partition)
            let first = try await rig.ask(["a": 100], amount: 5, idempotency: .init(name: "k", digest: "x"), id: id)
            #expect(first.word == "allow")
            let again = try await rig.ask(["a": 3], amount: 5, idempotency: .init(name: "k", digest: "x"))
            guard case .known(let levels, let known) = again else { throw Unexpected(answer: again) }
            #expect(known.id == id.text && known.amount.picoDollars == 5 && known.note == "note")
            #expect(levels[0].held.picoDollars == 5)
            let other = try await rig.ask(["a": 100], amount: 5, idempotency: .init(name: "k", digest: "y"))
            #expect(other.word == "conflict")
            let hold = try #require(HoldID(known.id))
            _ = try await rig.holds.release(hold, of: "w")
            #expect(try await rig.ask(["a": 3], amount: 5, idempotency: .init(name: "k", digest: "y")).word == "deny")
            #expect(try await rig.ask(["a": 5], amount: 5, idempotency: .init(name: "k", digest: "y")).word == "allow")
        }
    }

    @Test func `budgets older than redis knows are stale`() async throws {
        try await withHolds { rig in
            try await rig.makeReady(["a"])
            #expect(try await rig.ask(["a": 10], amount: 1, version: 0).word == "allow")
            try await rig.pool.send(RedisCommand("SET", "defs:{p01}", "7"))
            #expect(try await rig.ask(["a": 10], amount: 1, version: 6).word == "stale")
            #expect(try await rig.ask(["a": 10], amount: 1, version: 7).word == "allow")
            #expect(try await rig.held(["a"]) == [2])
        }
    }

    @Test func `an extended hold lives longer, and never shorter than before`() async throws {
        try await withHolds { rig in
            try await rig.makeReady(["a"])
            let hold = try await rig.hold(["a": 10], amount: 1, timeToLive: .seconds(60))
            guard case .done(let expiry?) = try await rig.holds.extend(hold, of: "w", by: .seconds(600)) else {
                throw Unexpected(answer: nil)
            }
            #expect(try await rig.holds.extend(hold, of: "w", by: .seconds(1)) == .done(expiresAt: expiry))
            let listed = try await rig.holds.list(rig.partition, from: 0, limit: 10)
            #expect(listed.map(\.expiresAt) == [expiry])
            #expect(listed.first?.counters == ["a"])
            #expect(try await rig.holds.extend(HoldID.make(in: rig.partition), of: "w", by: .seconds(1)) == .unknown)
        }
    }

    @Test func `a denial tells when the first hold in the way ends`() async throws {
        try await withHolds { rig in
            try await rig.makeReady(["a", "b"])
            let hold = try await rig.hold(["a": 10], amount: 8)
            _ = try await rig.hold(["b": 10], amount: 8, timeToLive: .seconds(1))
            guard case .denied(_, let ends) = try await rig.ask(["a": 10, "b": 100], amount: 5) else {
                throw Unexpected(answer: nil)
            }
            let listed = try await rig.holds.list(rig.partition, from: 0, limit: 10)
            #expect(ends == [listed.first { $0.id == hold.text }?.expiresAt, nil])
        }
    }

    @Test func `a counter that is gone does not come back when its hold ends, and a new one owes nothing`()
        async throws
    {
        try await withHolds { rig in
            try await rig.makeReady(["a", "b"])
            let first = try await rig.hold(["a": 10, "b": 10], amount: 3)
            let second = try await rig.hold(["a": 10, "b": 10], amount: 4)
            try await rig.counters.remove(rig.partition, names: ["a"])
            _ = try await rig.holds.release(first, of: "w")
            #expect(try await rig.pool.send(RedisCommand("EXISTS", "spend:{p01}:a")).integer == 0)
            try await rig.makeReady(["a"])
            let third = try await rig.hold(["a": 10], amount: 5)
            _ = try await rig.holds.release(second, of: "w")
            #expect(try await rig.held(["a", "b"]) == [5, 0])
            _ = try await rig.holds.release(third, of: "w")
            #expect(try await rig.held(["a", "b"]) == [0, 0])
        }
    }

    @Test func `a rebuild keeps what is held`() async throws {
        try await withHolds { rig in
            try await rig.makeReady(["a"])
            let hold = try await rig.hold(["a": 10], amount: 3)
            try await rig.makeReady(["a"], spent: 2)
            #expect(try await rig.held(["a"]) == [3])
            #expect(try await rig.ask(["a": 10], amount: 6).word == "deny")
            _ = try await rig.holds.release(hold, of: "w")
            #expect(try await rig.held(["a"]) == [0])
        }
    }

    @Test func `a new counter holds what living holds of its scope and period would have put there, once`()
        async throws
    {
        try await withHolds { rig in
            let name = { (type: String, period: String) in "w\u{1F}\(type)\u{1F}red\u{1F}\(period)" }
            let scopes = [Scope(type: .workspace, id: "w"), Scope(type: .team, id: "red")]
            let id = HoldID.make(in: rig.partition)
            let held = try await rig.ask([:], amount: 7, scopes: scopes, id: id)
            #expect(held.word == "allow")
            _ = try await rig.ask([:], amount: 100, scopes: [Scope(type: .team, id: "redder")])
            _ = try await rig.ask([:], amount: 100, workspace: "v", scopes: scopes)
            let names = [
                name("team", "total"), name("team", "month:0:9999999999"), name("team", "month:0:1"),
                name("user", "total"),
            ]
            for _ in 0..<3 {
                try await rig.makeReady(names)
                #expect(try await rig.held(names) == [7, 7, 0, 0])
            }
            // Deleted and made again, as by an archived budget that somebody makes anew.
            try await rig.counters.remove(rig.partition, names: [names[0]])
            try await rig.makeReady(names)
            #expect(try await rig.held(names) == [7, 7, 0, 0])
            _ = try await rig.holds.release(id, of: nil)
            #expect(try await rig.held(names) == [0, 0, 0, 0])
        }
    }

    @Test func `counters made while many holds come and go hold what lives`() async throws {
        try await withHolds { rig in
            let scopes = [Scope(type: .team, id: "red")]
            let name = "w\u{1F}team\u{1F}red\u{1F}total"
            let use = CounterUse(name: name)
            let long = Duration.seconds(3_600)
            let old = (0..<700).map { _ in HoldID.make(in: rig.partition) }
            for id in old { _ = try await rig.ask([:], amount: 1, scopes: scopes, timeToLive: long, id: id) }
            _ = try await rig.counters.beginRebuild(rig.partition, [use], generation: 1)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await rig.counters.attachHolds(rig.partition, to: [use]) }
                group.addTask {
                    for id in old.prefix(200) { _ = try await rig.holds.release(id, of: nil) }
                }
                group.addTask {
                    for _ in 0..<200 {
                        _ = try await rig.ask([name: nil], amount: 1_000_000, scopes: scopes, timeToLive: long)
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await rig.held([name]) == [500 + 200 * 1_000_000])
            for id in old.dropFirst(200) { _ = try await rig.holds.release(id, of: nil) }
            #expect(try await rig.held([name]) == [200 * 1_000_000])
        }
    }
}
