import Domain
@testable import Redis
import Streams
import TestSupport
import Testing

/// Requests of a moment are decided together, each as if it were alone.
@Suite(.timeLimit(.minutes(2)))
struct `batches of preflights` {
    private func request(
        _ limits: [(String, Int128?)],
        amount: Int128,
        id: HoldID?,
        in partition: Partition,
        version: Int64 = 7,
        idempotency: HoldRequest.Idempotency? = nil
    ) -> HoldRequest {
        HoldRequest(
            partition: partition,
            workspace: "w",
            budgetsVersion: version,
            counters: limits.map { name, limit in
                HoldCounter(use: CounterUse(name: name), limit: limit.map { MoneySum(picoDollars: $0) })
            },
            amount: MoneySum(picoDollars: amount),
            hold: id.map { .init(id: $0, timeToLive: .seconds(60), note: "n\(amount)") },
            idempotency: idempotency
        )
    }

    private func randomRequest(in partition: Partition, using random: inout SeededGenerator) -> HoldRequest {
        let ready = ["a", "b"].filter { _ in Bool.random(using: &random) }
        var limits = ready.map { name -> (String, Int128?) in
            (name, Int.random(in: 0..<4, using: &random) == 0 ? nil : Int128.random(in: 0...90_000_000, using: &random))
        }
        // It is not ready: where it blocks, nothing is decided.
        if Int.random(in: 0..<6, using: &random) == 0 {
            limits.append(("late", Bool.random(using: &random) ? nil : 1_000))
        }
        let key = Int.random(in: 0..<8, using: &random)
        return request(
            limits,
            amount: Int128.random(in: 0...9_000_000, using: &random),
            id: Int.random(in: 0..<8, using: &random) == 0 ? nil : HoldID.make(in: partition),
            in: partition,
            version: Int.random(in: 0..<10, using: &random) == 0 ? 6 : 7,
            idempotency: key < 3 ? .init(name: "k\(key)", digest: Bool.random(using: &random) ? "x" : "y") : nil
        )
    }

    /// All of an answer but its times.
    private func gist(_ answer: HoldAnswer) -> String {
        switch answer {
        case .allowed(let levels, let expiry): "allow \(levels) \(expiry != nil)"
        case .known(let levels, let hold): "known \(levels) \(hold.id) \(hold.amount) \(hold.note)"
        case .denied(let levels, let ends): "deny \(levels) \(ends.count)"
        case .notReady(let levels): "not_ready \(levels)"
        case .stale, .conflict: answer.word
        }
    }

    @Test(arguments: 0..<4) func `are decided as their requests would be one after the other`(round: Int) async throws {
        try await withHolds { together in
            try await withHolds { alone in
                for rig in [together, alone] {
                    try await rig.makeReady(["a", "b"], spent: 1_234_567)
                    try await rig.pool.send(RedisCommand("SET", "defs:{p01}", "7"))
                }
                var random = Seed.generator(for: "batches \(round)")
                var words: [String: Int] = [:]
                for _ in 0..<12 {
                    let count = Int.random(in: 1...40, using: &random)
                    let requests = (0..<count).map { _ in randomRequest(in: together.partition, using: &random) }
                    let answers = try await together.holds.decide(requests).map { try $0.get() }
                    for (request, answer) in zip(requests, answers) {
                        let other = try await alone.holds.decide([request])[0].get()
                        #expect(gist(answer) == gist(other), "seed \(Seed.current)")
                        words[answer.word, default: 0] += 1
                    }
                    #expect(try await together.held(["a", "b", "late"]) == alone.held(["a", "b", "late"]))
                }
                #expect(words.count == 6, "not every answer was seen: \(words), seed \(Seed.current)")
                let records = try await together.holds.list(together.partition, from: 0, limit: 1_000)
                let others = try await alone.holds.list(alone.partition, from: 0, limit: 1_000)
                #expect(Set(records.map(\.id)) == Set(others.map(\.id)))
                for record in records { _ = try await together.holds.release(try #require(HoldID(record.id)), of: "w") }
                #expect(try await together.held(["a", "b", "late"]) == [0, 0, 0])
            }
        }
    }

    @Test func `fill a limit to the last and no further`() async throws {
        try await withHolds { rig in
            try await rig.makeReady(["a", "b"])
            let requests = (0..<64).map { _ in
                request([("a", 100), ("b", nil)], amount: 3, id: HoldID.make(in: rig.partition), in: rig.partition)
            }
            let words = try await rig.holds.decide(requests).map { try $0.get().word }
            #expect(words == Array(repeating: "allow", count: 33) + Array(repeating: "deny", count: 31))
            #expect(try await rig.held(["a", "b"]) == [99, 99])
        }
    }

    @Test func `fail only where a counter cannot be read`() async throws {
        try await withHolds { rig in
            try await rig.makeReady(["a"])
            try await rig.pool.send(RedisCommand("SET", StreamKeys.counter("text", rig.partition), "no hash"))
            try await rig.pool.send(RedisCommand("HSET", StreamKeys.counter("words", rig.partition), "micro", "many"))
            let requests = [["a"], ["a", "text"], ["words"], ["a"], []].map { names in
                request(names.map { ($0, 10) }, amount: 1, id: HoldID.make(in: rig.partition), in: rig.partition)
            }
            let answers = try await rig.holds.decide(requests)
            #expect(answers.map { (try? $0.get())?.word } == ["allow", nil, nil, "allow", "allow"])
            #expect(try await rig.held(["a"]) == [2])
        }
    }

    @Test func `take an idempotency key that holds something else for an unused one`() async throws {
        try await withHolds { rig in
            try await rig.makeReady(["a"])
            let key = StreamKeys.idempotency("k", rig.partition)
            for command in [RedisCommand("SET", key, "nonsense"), RedisCommand("SADD", key, "nonsense")] {
                try await rig.pool.send(RedisCommand("DEL", key))
                try await rig.pool.send(command)
                let requests = [nil, HoldRequest.Idempotency(name: "k", digest: "x")].map { idempotency in
                    request(
                        [("a", 100)],
                        amount: 1,
                        id: HoldID.make(in: rig.partition),
                        in: rig.partition,
                        idempotency: idempotency
                    )
                }
                #expect(try await rig.holds.decide(requests).map { try $0.get().word } == ["allow", "allow"])
            }
        }
    }

    @Test func `of several partitions are answered in their order`() async throws {
        try await withHolds { rig in
            try await rig.makeReady(["a"])
            let requests = (0..<6).map { number in
                let partition = Partition(number: number % 2)
                let limit: Int128? = partition == rig.partition ? 2 : nil
                return request([("a", limit)], amount: 1, id: HoldID.make(in: partition), in: partition)
            }
            let answers = try await rig.holds.decide(requests).map { try $0.get() }
            #expect(answers.map(\.word) == ["allow", "allow", "allow", "allow", "allow", "deny"])
            #expect(try await rig.held(["a"]) == [2])
        }
    }
}
