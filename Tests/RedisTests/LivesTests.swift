import Domain
import LocalServers
import Redis
import Streams
import Synchronization
import TestSupport
import Testing

/// A ledger's memory of lives, set by the test.
private final class KnownLives: StreamLives {
    let known = Mutex(KnownLife())

    func comparing(_ partition: Partition, _ body: @Sendable (KnownLife) async throws -> Int64) async throws {
        let epoch = try await body(known.withLock { $0 })
        known.withLock { $0.epoch = epoch }
    }
}

@Suite(.timeLimit(.minutes(1)))
struct `lives of a partition` {
    private let lives = KnownLives()

    @Test func `nothing is forwarded before the partition was compared with the ledger, while claims go on`()
        async throws
    {
        try await withPool { pool in
            let others = streams(pool, lives: nil)
            try await others.prepare()
            #expect(await others.claim([claim(1)]) == [.accepted])
            let reader = others.reader(.raw, .pricing)
            let entries = try await reader.read(limit: 1, wait: .zero)
                .map { ForwardedEntry(replacing: $0, payload: $0.payload) }
            let error = await #expect(throws: RedisError.self) { try await others.forward(entries) }
            #expect(error?.code == .notPrepared && error?.isRetriable == true)
            #expect(try await RedisCounters(pool: pool).epochs([.first]) == [nil])
            try await streams(pool, lives: lives).prepare()
            #expect(try await others.forward(entries) == 1)
            await reader.close()
        }
    }

    @Test func `comparing again, and loading the functions again, changes nothing`() async throws {
        try await withPool { pool in
            let counters = RedisCounters(pool: pool)
            try await streams(pool, lives: lives).prepare()
            let epoch = try await counters.epochs([.first])
            #expect(epoch[0] != nil && epoch[0] == lives.known.withLock { $0.epoch })
            let another = RedisPool(pool.configuration, logger: .quiet)
            try await streams(another, lives: lives).prepare()
            #expect(try await counters.epochs([.first]) == epoch)
            await another.close()
        }
    }

    @Test func `a restart has the partition compared again, and what is as new as the ledger stays as it was`()
        async throws
    {
        try await withPrivateRedis(durability: .always) { redis, url in
            let pool = RedisPool(try RedisConfiguration(url: url), logger: .quiet)
            let streams = streams(pool, lives: lives)
            let counters = RedisCounters(pool: pool)
            try await streams.prepare()
            try await streams.fillPriced(0..<3)
            try await counters.open(["c"], in: .first)
            let epoch = try await counters.epochs([.first])
            let last = try await lastID(pool)
            lives.known.withLock { $0.furthest = last }
            await redis.kill9()
            try await redis.start()
            try await eventually { try await counters.epochs([.first]) == [nil] }
            #expect(try await counters.values(.first, names: ["c"])[0]?.isReady == false)
            await #expect(throws: RedisError.self) {
                try await counters.beginRebuild(.first, [CounterUse(name: "c")], generation: 9)
            }
            try await streams.establish()
            #expect(try await counters.epochs([.first]) == epoch)
            #expect(try await counters.values(.first, names: ["c"])[0]?.isReady == true)
            await pool.close()
        }
    }

    @Test func `what is older than the ledger begins a new life, in which no counter is ready`() async throws {
        try await withPrivateRedis(durability: .always) { redis, url in
            let pool = RedisPool(try RedisConfiguration(url: url), logger: .quiet)
            let streams = streams(pool, lives: lives)
            let counters = RedisCounters(pool: pool)
            try await streams.prepare()
            try await streams.fillPriced(0..<3)
            try await counters.open(["c"], in: .first)
            let old = try await counters.epochs([.first])[0]
            let last = try await lastID(pool)
            lives.known.withLock { known in
                known.furthest = last.next
                known.outboxNumber = 12
            }
            await redis.kill9()
            try await redis.start()
            try await eventually { try await counters.epochs([.first]) == [nil] }
            // What finishes now began before.
            await #expect(throws: RedisError.self) {
                let delta = CounterDelta(counter: CounterUse(name: "c"), sum: .zero, events: 0, unpriced: 0)
                _ = try await counters.finishRebuild(.first, generation: 1, epoch: old ?? 0, adding: [delta])
            }
            try await streams.establish()
            let new = try await counters.epochs([.first])[0]
            #expect(new != nil && new != old)
            #expect(try await counters.values(.first, names: ["c"])[0]?.isReady == false)
            #expect(try await counters.outboxMarks([.first]) == [12])
            let start = try await counters.beginRebuild(.first, [CounterUse(name: "c")], generation: 9)
            #expect(start.epoch == new)
            #expect(start.cuts.map(\.epoch) == [old] && start.cuts.map(\.id) == [last])
            await pool.close()
        }
    }

    @Test func `a replica that took over has the partition compared again`() async throws {
        try await withPrivateRedis { _, masterURL in
            try await withRedis { url in
                let master = try RedisConfiguration(url: masterURL)
                let masterPool = RedisPool(master, logger: .quiet)
                try await streams(masterPool, lives: lives).prepare()
                let pool = RedisPool(try RedisConfiguration(url: url), logger: .quiet)
                guard case .tcp(let host, let port) = master.endpoint else { return }
                try await pool.send(RedisCommand("CONFIG", "SET", "masterauth", master.password ?? ""))
                try await pool.send(RedisCommand("REPLICAOF", host, String(port)))
                try await eventually {
                    try await pool.send(RedisCommand("GET", "epoch:{p00}")) != .null
                }
                try await pool.send(RedisCommand("REPLICAOF", "NO", "ONE"))
                #expect(try await RedisCounters(pool: pool).epochs([.first]) == [nil])
                #expect(try await RedisCounters(pool: masterPool).epochs([.first]) != [nil])
                await pool.close()
                await masterPool.close()
            }
        }
    }

    @Test func `the counters of single values are noted, at most so many that have not expired`() async throws {
        try await withPool { pool in
            let counters = RedisCounters(pool: pool)
            let now = Timestamp(seconds: 1_795_000_000)
            func admit(_ names: [String], expiring: Int64?, at now: Timestamp) async throws -> [Bool] {
                let uses = names.map { name in
                    CounterUse(name: name, expiresAt: expiring.map { now.adding(.seconds($0)) })
                }
                return try await counters.admit(uses, of: "acme", in: .first, limit: 2, now: now)
            }
            let first = try await admit(["a"], expiring: nil, at: now)
            #expect(first == [true])
            #expect(try await admit(["b", "c", "a"], expiring: 60, at: now) == [true, false, true])
            #expect(try await counters.registered(of: "acme", in: .first).sorted() == ["a", "b"])
            #expect(try await admit(["c"], expiring: 60, at: now.adding(.seconds(61))) == [true])
            #expect(try await counters.registered(of: "acme", in: .first).sorted() == ["a", "c"])
        }
    }

    private func streams(_ pool: RedisPool, lives: (any StreamLives)?) -> RedisStreams {
        RedisStreams(
            pool: pool,
            configuration: RedisStreamsConfiguration(partitioning: Partitioning(count: 1)),
            lives: lives,
            logger: .quiet
        )
    }

    private func lastID(_ pool: RedisPool) async throws -> EntryID {
        let info = try await pool.send(RedisCommand("XINFO", "STREAM", "usage:priced:{p00}")).fields
        return try #require(info["last-generated-id"]?.text.flatMap { EntryID($0) })
    }
}
