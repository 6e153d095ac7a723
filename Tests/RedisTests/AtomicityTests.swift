import Domain
import Redis
import Streams
import TestSupport
import Testing

/// A key that somebody wrote by hand must not make a function do half of its work.
@Suite(.timeLimit(.minutes(1)))
struct `functions do all or nothing` {
    @Test func `a counter of another type leaves its events pending and other counters alone`() async throws {
        try await withOnePartition { pool, streams in
            try await streams.fillPriced(0..<2)
            try await pool.send(RedisCommand("SET", "spend:{p00}:b", "text"))
            let reader = streams.reader(.priced, .budget)
            let delivered = try await reader.read(limit: 2, wait: .zero)
            let counters = RedisCounters(pool: pool)
            try await counters.open(["a"], in: .first)
            let batch = CountBatch(
                partition: .first,
                counters: [CounterUse(name: "a"), CounterUse(name: "b")],
                sets: [[0, 1]],
                events: delivered.map { CountedEvent(id: $0.id, set: 0, cost: Money(picoDollars: 5)) }
            )
            await #expect(throws: RedisError.self) { try await counters.count([batch]) }
            let values = try await counters.values(.first, names: ["a"])
            #expect(values[0]?.events == 0)
            try await pool.send(RedisCommand("DEL", "spend:{p00}:b"))
            #expect(try await counters.count([batch]).counted == 2)
            await reader.close()
        }
    }

    @Test func `a priced stream of another type leaves raw entries pending`() async throws {
        try await withOnePartition { pool, streams in
            _ = await streams.claim([claim(1)])
            let reader = streams.reader(.raw, .pricing)
            let entries = try await reader.read(limit: 1, wait: .zero)
                .map { ForwardedEntry(replacing: $0, payload: $0.payload) }
            try await pool.send(RedisCommand("RENAME", "usage:priced:{p00}", "aside:{p00}"))
            try await pool.send(RedisCommand("SET", "usage:priced:{p00}", "text"))
            await #expect(throws: RedisError.self) { try await streams.forward(entries) }
            guard case .refused = await streams.claim([claim(2)])[0] else {
                Issue.record("a claim was accepted into a broken partition")
                return
            }
            try await pool.send(RedisCommand("RENAME", "aside:{p00}", "usage:priced:{p00}"))
            #expect(try await streams.forward(entries) == 1)
            #expect(await streams.claim([claim(2)]) == [.accepted])
            await reader.close()
        }
    }

    private func withOnePartition(_ body: (RedisPool, RedisStreams) async throws -> Void) async throws {
        try await withPool { pool in
            let configuration = RedisStreamsConfiguration(partitioning: Partitioning(count: 1))
            let streams = RedisStreams(pool: pool, configuration: configuration, lives: UnknownLives(), logger: .quiet)
            try await streams.prepare()
            try await body(pool, streams)
        }
    }
}
