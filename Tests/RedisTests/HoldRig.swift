import Domain
@testable import Redis
import Streams
import TestSupport
import Testing

/// An answer that a test did not expect.
struct Unexpected: Error {
    var answer: HoldAnswer?
}

/// Holds on a Redis of their own, partition 1 of 2.
struct HoldRig: Sendable {
    let pool: RedisPool
    let streams: RedisStreams
    let counters: RedisCounters
    let holds: RedisHolds
    let partition = Partition(number: 1)

    init(_ pool: RedisPool) async throws {
        self.pool = pool
        let configuration = RedisStreamsConfiguration(partitioning: Partitioning(count: 2))
        streams = RedisStreams(pool: pool, configuration: configuration, lives: UnknownLives(), logger: .quiet)
        counters = RedisCounters(pool: pool)
        holds = RedisHolds(pool: pool)
        try await streams.prepare()
    }

    /// Makes counters that hold everything that was spent.
    func makeReady(_ names: [String], spent: Int128 = 0) async throws {
        let uses = names.map { CounterUse(name: $0) }
        let start = try await counters.beginRebuild(partition, uses, generation: 1)
        try await counters.attachHolds(partition, to: uses)
        let deltas = uses.map {
            CounterDelta(counter: $0, sum: MoneySum(picoDollars: spent), events: 0, unpriced: 0)
        }
        _ = try await counters.finishRebuild(partition, generation: 1, epoch: start.epoch, adding: deltas)
    }

    /// Asks for a hold on counters with their limits.
    func ask(
        _ limits: KeyValuePairs<String, Int128?>,
        amount: Int128,
        workspace: String = "w",
        scopes: [Scope] = [],
        timeToLive: Duration = .seconds(60),
        version: Int64 = 1,
        idempotency: HoldRequest.Idempotency? = nil,
        id: HoldID? = nil
    ) async throws -> HoldAnswer {
        let request = HoldRequest(
            partition: partition,
            workspace: workspace,
            budgetsVersion: version,
            counters: limits.map { name, limit in
                HoldCounter(use: CounterUse(name: name), limit: limit.map { MoneySum(picoDollars: $0) })
            },
            scopes: scopes,
            amount: MoneySum(picoDollars: amount),
            hold: .init(id: id ?? HoldID.make(in: partition), timeToLive: timeToLive, note: "note"),
            idempotency: idempotency
        )
        return try await holds.decide([request])[0].get()
    }

    /// Makes a hold; fails when there is no room.
    func hold(
        _ limits: KeyValuePairs<String, Int128?>,
        amount: Int128,
        workspace: String = "w",
        timeToLive: Duration = .seconds(60)
    ) async throws -> HoldID {
        let id = HoldID.make(in: partition)
        let answer = try await ask(limits, amount: amount, workspace: workspace, timeToLive: timeToLive, id: id)
        guard case .allowed = answer else { throw Unexpected(answer: answer) }
        return id
    }

    /// What counters hold, in pico-dollars.
    func held(_ names: [String]) async throws -> [Int128] {
        var values: [Int128] = []
        for name in names {
            let reply = try await pool.send(RedisCommand("HMGET", StreamKeys.counter(name, partition), "hm", "hp"))
            let parts = reply.elements.map { Int128($0.integer ?? 0) }
            values.append(parts[0] * 1_000_000 + parts[1])
        }
        return values
    }

    func spent(_ name: String) async throws -> Int128 {
        try await counters.values(partition, names: [name])[0]?.sum.picoDollars ?? 0
    }

    /// Records new events that name these holds, and has them priced; returns the priced entries of a group.
    func record(_ names: [String?], for group: ConsumerGroup = .budget) async throws -> [Delivery] {
        let claims = names.map { name in
            var claim = claim(.random(in: 0..<(1 << 31)), in: partition.number)
            claim.hold = name.map { HoldUse(id: $0, workspace: "w") }
            return claim
        }
        let outcomes = await streams.claim(claims)
        try #require(outcomes.allSatisfy { $0 == .accepted })
        let reader = streams.reader(.raw, .pricing)
        let raw = try await reader.read(limit: names.count, wait: .zero)
        await reader.close()
        _ = try await streams.forward(raw.map { ForwardedEntry(replacing: $0, payload: $0.payload) })
        let priced = try await read(names.count, for: group)
        // What the claim said stays with the raw entry when the hold could not be used.
        return zip(raw, priced).map { raw, priced in
            var priced = priced
            if raw.hold == .unusable { priced.hold = .unusable }
            return priced
        }
    }

    func read(_ count: Int, for group: ConsumerGroup) async throws -> [Delivery] {
        let reader = streams.reader(.priced, group)
        let batch = try await reader.read(limit: count, wait: .zero)
        await reader.close()
        try #require(batch.count == count)
        return batch
    }

    /// Counts events of one cost; returns how many were counted.
    func count(_ deliveries: [Delivery], cost: Int64?, counter: String) async throws -> Int {
        let batch = CountBatch(
            partition: partition,
            counters: [CounterUse(name: counter)],
            sets: [[0]],
            events: deliveries.map {
                CountedEvent(
                    id: $0.id,
                    set: 0,
                    cost: cost.map { Money(picoDollars: $0) },
                    holdID: $0.hold.committedID
                )
            }
        )
        return try await counters.count([batch]).counted
    }
}

func withHolds(_ body: (HoldRig) async throws -> Void) async throws {
    try await withPool { pool in try await body(try await HoldRig(pool)) }
}

extension HoldAnswer {
    /// The kind of answer, as the function says it.
    var word: String {
        switch self {
        case .allowed: "allow"
        case .known: "known"
        case .denied: "deny"
        case .notReady: "not_ready"
        case .stale: "stale"
        case .conflict: "conflict"
        }
    }
}
