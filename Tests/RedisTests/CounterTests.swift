import Domain
import Redis
import Streams
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct `counters on redis` {
    private let partition = Partition(number: 1)

    @Test func `sums of random amounts equal the exact ones, far past 2^53 and below zero`() async throws {
        try await withCounters { streams, counters in
            try await counters.open(["all", "a", "b"], in: partition)
            var random = SystemRandomNumberGenerator()
            var expected: [String: Expected] = [:]
            for round in 0..<6 {
                try await streams.fillPriced((round * 200)..<(round * 200 + 200), in: 1)
                let delivered = try await read(200, from: streams)
                // Three sets over four counters: one counter is in every set, one in none.
                let names = ["all", "a", "b", "none"]
                let sets = [[0, 1], [0, 2], [0]]
                let events = delivered.map { delivery in
                    CountedEvent(
                        id: delivery.id,
                        set: Int.random(in: 0..<3, using: &random),
                        cost: amount(round, &random)
                    )
                }
                for event in events {
                    for position in sets[event.set] { expected[names[position], default: Expected()].add(event.cost) }
                }
                let batch = CountBatch(
                    partition: partition,
                    counters: names.map { CounterUse(name: $0) },
                    sets: sets,
                    events: events
                )
                #expect(try await counters.count([batch]).counted == 200)
                #expect(try await counters.count([batch]).counted == 0)
            }
            let values = try await counters.values(partition, names: ["all", "a", "b", "none"])
            for (name, value) in zip(["all", "a", "b"], values) {
                let wanted = try #require(expected[name])
                #expect(value?.sum.picoDollars == wanted.sum)
                #expect(value?.events == wanted.events)
                #expect(value?.unpriced == wanted.unpriced)
            }
            #expect(values[3] == nil)
        }
    }

    @Test func `a counter is exact up to nine billion dollars`() async throws {
        try await withCounters { streams, counters in
            let limit = MoneySum(picoDollars: 9_000_000_000 * 1_000_000_000_000 + 999_999)
            let use = CounterUse(name: "big")
            try await counters.open(["big"], in: partition)
            let delta = CounterDelta(counter: use, sum: limit, events: 1, unpriced: 0)
            #expect(try await counters.correct(partition, number: 1, deltas: [delta]))
            try await streams.fillPriced(0..<1, in: 1)
            let batch = CountBatch(
                partition: partition,
                counters: [use],
                sets: [[0]],
                events: [CountedEvent(id: try await read(1, from: streams)[0].id, set: 0, cost: Money(picoDollars: 1))]
            )
            #expect(try await counters.count([batch]).counted == 1)
            let value = try await counters.values(partition, names: ["big"])[0]
            #expect(value?.sum.picoDollars == limit.picoDollars + 1)
        }
    }

    @Test func `only what is still pending is counted`() async throws {
        try await withCounters { streams, counters in
            try await counters.open(["w"], in: partition)
            try await streams.fillPriced(0..<10, in: 1)
            let delivered = try await read(10, from: streams)
            func batch(_ range: Range<Int>) -> CountBatch {
                CountBatch(
                    partition: partition,
                    counters: [CounterUse(name: "w")],
                    sets: [[0]],
                    events: delivered[range].map {
                        CountedEvent(id: $0.id, set: 0, cost: Money(picoDollars: 1_500_000))
                    }
                )
            }
            async let left = counters.count([batch(0..<7)])
            async let right = counters.count([batch(3..<10)])
            let counted = try await left.counted + right.counted
            #expect(counted == 10)
            let value = try await counters.values(partition, names: ["w"])[0]
            #expect(value?.sum.picoDollars == 15_000_000)
            #expect(value?.events == 10)
        }
    }

    @Test func `corrections apply once and in order`() async throws {
        try await withCounters { _, counters in
            try await counters.open(["c"], in: partition)
            func delta(_ pico: Int128) -> [CounterDelta] {
                [CounterDelta(counter: CounterUse(name: "c"), sum: MoneySum(picoDollars: pico), events: 1, unpriced: 0)]
            }
            let isApplied = try await counters.correct(partition, number: 3, deltas: delta(10))
            #expect(isApplied)
            #expect(try await counters.correct(partition, number: 3, deltas: delta(10)) == false)
            #expect(try await counters.correct(partition, number: 2, deltas: delta(10)) == false)
            #expect(try await counters.correct(partition, number: 4, deltas: delta(-2_000_011)))
            #expect(try await counters.outboxMarks([partition]) == [4])
            let value = try await counters.values(partition, names: ["c"])[0]
            #expect(value?.sum.picoDollars == -2_000_001)
            #expect(value?.events == 2)
        }
    }

    @Test func `the rest stays between nothing and a micro-dollar, so that it never outgrows Lua's numbers`()
        async throws
    {
        try await withPool { pool in
            let counters = RedisCounters(pool: pool)
            let use = CounterUse(name: "c")
            try await streams(pool).prepare()
            try await counters.open(["c"], in: partition)
            for (number, pico) in [Int128(-1), -999_999, 1_999_999, -5_000_003, 7].enumerated() {
                let delta = CounterDelta(counter: use, sum: MoneySum(picoDollars: pico), events: 1, unpriced: 0)
                _ = try await counters.correct(partition, number: Int64(number + 1), deltas: [delta])
                let rest = try await pool.send(RedisCommand("HGET", "spend:{p01}:c", "pico")).integer
                #expect(rest.map { (0..<1_000_000).contains($0) } == true)
            }
            let value = try await counters.values(partition, names: ["c"])[0]
            #expect(value?.sum.picoDollars == -3_999_997)
        }
    }

    @Test func `what is counted tells where the counters stand, and makes none`() async throws {
        try await withCounters { streams, counters in
            try await counters.open(["open"], in: partition)
            try await streams.fillPriced(0..<2, in: 1)
            let batch = CountBatch(
                partition: partition,
                counters: ["open", "new", "untouched"].map { CounterUse(name: $0) },
                sets: [[0, 1], [2]],
                events: try await read(2, from: streams).map {
                    CountedEvent(id: $0.id, set: 0, cost: Money(picoDollars: 9_007_199_254_740_993))
                }
            )
            let result = try await counters.count([batch])
            let open = CounterLevel(
                partition: partition,
                counter: CounterUse(name: "open"),
                sum: MoneySum(picoDollars: 18_014_398_509_481_986),
                isReady: true
            )
            let new = CounterLevel(partition: partition, counter: CounterUse(name: "new"), sum: .zero, isReady: false)
            #expect(result == CountResult(counted: 2, levels: [open, new]))
            #expect(try await counters.values(partition, names: ["new", "untouched"]) == [nil, nil])
        }
    }

    @Test func `an expired counter is gone and does not come back`() async throws {
        try await withCounters { _, counters in
            let expired = CounterUse(name: "old", expiresAt: Timestamp(seconds: 1_600_000_000))
            let delta = CounterDelta(counter: expired, sum: MoneySum(picoDollars: 7), events: 1, unpriced: 0)
            let isApplied = try await counters.correct(partition, number: 1, deltas: [delta])
            #expect(isApplied)
            let values = try await counters.values(partition, names: ["old"])
            #expect(values == [nil])
        }
    }

    // MARK: - Support

    /// What a counter must say, summed up exactly.
    private struct Expected {
        var sum: Int128 = 0
        var events: Int64 = 0
        var unpriced: Int64 = 0

        mutating func add(_ cost: Money?) {
            events += 1
            if let cost { sum += Int128(cost.picoDollars) } else { unpriced += 1 }
        }
    }

    /// Small ones, huge ones (the limit of an event), negative ones and none.
    private func amount(_ round: Int, _ random: inout SystemRandomNumberGenerator) -> Money? {
        let limit = Money.eventLimit.picoDollars
        switch round % 3 {
        case 0:
            return Int.random(in: 0..<8, using: &random) == 0
                ? nil : Money(picoDollars: Int64.random(in: 0...2_000_000, using: &random))
        case 1: return Money(picoDollars: Int64.random(in: -limit...limit, using: &random))
        default: return Money(picoDollars: Int64.random(in: (limit - 1_000)...limit, using: &random))
        }
    }

    private func read(_ count: Int, from streams: RedisStreams) async throws -> [Delivery] {
        let reader = streams.reader(.priced, .budget)
        let batch = try await reader.read(limit: count, wait: .zero)
        await reader.close()
        try #require(batch.count == count)
        return batch
    }

    private func withCounters(_ body: (RedisStreams, RedisCounters) async throws -> Void) async throws {
        try await withPool { pool in
            let streams = streams(pool)
            try await streams.prepare()
            try await body(streams, RedisCounters(pool: pool))
        }
    }

    private func streams(_ pool: RedisPool) -> RedisStreams {
        RedisStreams(
            pool: pool,
            configuration: RedisStreamsConfiguration(partitioning: Partitioning(count: 2)),
            lives: UnknownLives(),
            logger: .quiet
        )
    }
}
