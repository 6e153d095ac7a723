import Domain
import Logging
import Redis
import Streams
import Synchronization
import TestSupport

/// The implementations that the contract holds for.
enum Implementation: String, CaseIterable, Sendable {
    case memory
    case redis
}

/// Streams under test, and how to make time pass for what ages in them.
struct UnderTest: Sendable {
    var streams: any UsageStreams
    /// Lets entries grow older by so many milliseconds.
    var age: @Sendable (Int) async throws -> Void
    /// Adds an entry that no Oliver wrote.
    var addMalformedEntry: @Sendable (StreamKind, Partition) async throws -> Void
}

/// Lends prepared streams of the given implementation.
func withStreams(
    _ implementation: Implementation,
    partitions: Int = 4,
    backlogLimit: Int = 1_000,
    idLifetime: Duration = .seconds(60),
    _ body: (UnderTest) async throws -> Void
) async throws {
    let partitioning = Partitioning(count: partitions)
    switch implementation {
    case .memory:
        let clock = Clock()
        let streams = InMemoryStreams(
            partitioning: partitioning,
            backlogLimit: backlogLimit,
            idLifetime: idLifetime,
            now: { clock.now.withLock { $0 } }
        )
        try await streams.prepare()
        try await body(
            UnderTest(
                streams: streams,
                age: { milliseconds in clock.now.withLock { $0 += UInt64(milliseconds) } },
                addMalformedEntry: { streams.addMalformedEntry(to: $0, in: $1) }
            )
        )
    case .redis:
        try await withPool { pool in
            let configuration = RedisStreamsConfiguration(
                partitioning: partitioning,
                backlogLimit: backlogLimit,
                idLifetime: idLifetime
            )
            let streams = RedisStreams(pool: pool, configuration: configuration, lives: UnknownLives(), logger: .quiet)
            try await streams.prepare()
            try await body(
                UnderTest(
                    streams: streams,
                    // Redis' clock cannot be set: what must age is a few milliseconds here.
                    age: { try await Task.sleep(for: .milliseconds($0)) },
                    addMalformedEntry: { kind, partition in
                        try await pool.send(
                            RedisCommand("XADD", "\(kind.rawValue):{\(partition)}", "*", "colour", "blue")
                        )
                    }
                )
            )
        }
    }
}

/// Milliseconds since 1970 that a test moves.
final class Clock: Sendable {
    let now = Mutex<UInt64>(1_795_000_000_000)
}

/// Lends a pool of connections to an empty Redis.
func withPool(_ body: (RedisPool) async throws -> Void) async throws {
    try await withRedis { url in
        let pool = RedisPool(try RedisConfiguration(url: url), logger: .quiet)
        do {
            try await body(pool)
        } catch {
            await pool.close()
            throw error
        }
        await pool.close()
    }
}

/// A claim of a numbered event.
func claim(_ number: Int, in partition: Int = 0, digest: UInt8 = 1, payload: [UInt8]? = nil) -> Claim {
    Claim(
        partition: Partition(number: partition),
        idHash: (0..<16).map { UInt8(truncatingIfNeeded: number >> ($0 % 4 * 8)) },
        digest: Array(repeating: digest, count: 16),
        payload: payload ?? Array("event \(number)".utf8)
    )
}

extension UsageStreams {
    /// A reader with a name.
    func reader(_ stream: StreamKind, _ group: ConsumerGroup, _ consumer: String = "one") -> any StreamReader {
        reader(of: stream, for: group, as: consumer)
    }

    /// Claims numbered events and moves them into `priced`.
    func fillPriced(_ numbers: Range<Int>, in partition: Int = 0) async throws {
        _ = await claim(numbers.map { RedisTests.claim($0, in: partition) })
        let reader = reader(.raw, .pricing, "filler")
        var rest = numbers.count
        while rest > 0 {
            let batch = try await reader.read(limit: 500, wait: .seconds(5))
            rest -= batch.count
            _ = try await forward(batch.map { ForwardedEntry(replacing: $0, payload: $0.payload) })
        }
        await reader.close()
    }
}

extension Sequence<Delivery> {
    /// The payloads as text.
    var texts: [String] { map { String(decoding: $0.payload, as: UTF8.self) } }
}

extension RedisCounters {
    /// Makes counters that hold nothing.
    func open(_ names: [String], in partition: Partition) async throws {
        let uses = names.map { CounterUse(name: $0) }
        let start = try await beginRebuild(partition, uses, generation: 1)
        let nothing = uses.map { CounterDelta(counter: $0, sum: .zero, events: 0, unpriced: 0) }
        _ = try await finishRebuild(partition, generation: 1, epoch: start.epoch, adding: nothing)
    }
}
