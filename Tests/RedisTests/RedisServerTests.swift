import Domain
import LocalServers
@testable import Redis
import Streams
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct `redis goes away and comes back` {
    @Test func `nothing accepted is lost when it is killed, and everybody goes on`() async throws {
        try await withPrivateRedis(durability: .always) { server, url in
            let pool = RedisPool(try configuration(url), logger: .quiet)
            let streams = try await prepared(pool)
            let reader = streams.reader(.raw, .pricing)
            var accepted: Set<String> = []
            for round in 0..<3 {
                let claims = (0..<100).map { claim(round * 100 + $0, in: $0 % 2) }
                for (claim, outcome) in zip(claims, await streams.claim(claims)) where outcome == .accepted {
                    accepted.insert(String(decoding: claim.payload, as: UTF8.self))
                }
                await server.kill9()
                guard case .refused(let refusal) = await streams.claim([claims[0]])[0] else {
                    Issue.record("a claim was decided without a server")
                    return
                }
                #expect(refusal.code == .unavailable)
                await #expect(throws: RedisError.self) { try await reader.read(limit: 10, wait: .zero) }
                try await server.restart()
                try await eventually { try await pool.send(RedisCommand("PING")).text == "PONG" }
                #expect(await streams.claim([claims[0]]) == [.duplicate])
            }
            #expect(accepted.count == 300)
            var read: [String] = []
            while read.count < 300 { read += try await reader.read(limit: 500, wait: .seconds(5)).texts }
            #expect(Set(read) == accepted)
            #expect(read.count == 300)
            await reader.close()
            await pool.close()
        }
    }

    @Test func `a reader that waits when the server dies fails with a retriable error`() async throws {
        try await withPrivateRedis { server, url in
            let pool = RedisPool(try configuration(url), logger: .quiet)
            let streams = try await prepared(pool)
            let reader = streams.reader(.raw, .pricing)
            async let read = reader.read(limit: 1, wait: .seconds(30))
            try await eventually {
                try await pool.send(RedisCommand("INFO", "clients")).text?.contains("blocked_clients:1") == true
            }
            await server.kill9()
            do {
                _ = try await read
                Issue.record("the read returned")
            } catch let error as RedisError {
                #expect(error.isRetriable && error.code == .connectionLost)
            }
            await reader.close()
            await pool.close()
        }
    }

    @Test func `a frozen server makes commands fail in time`() async throws {
        try await withPrivateRedis { server, url in
            var configuration = try configuration(url)
            configuration.commandTimeout = .milliseconds(200)
            let pool = RedisPool(configuration, logger: .quiet)
            try await pool.send(RedisCommand("PING"))
            await server.freeze()
            let start = ContinuousClock.now
            let error = await #expect(throws: RedisError.self) { try await pool.send(RedisCommand("PING")) }
            #expect(error?.code == .timeout && error?.isRetriable == true)
            #expect(ContinuousClock.now - start < .seconds(2))
            await server.thaw()
            try await eventually { try await pool.send(RedisCommand("PING")).text == "PONG" }
            await pool.close()
        }
    }

    @Test func `streams that Redis has lost are made anew with another epoch`() async throws {
        try await withPool { pool in
            let streams = try await prepared(pool)
            try await streams.fillPriced(0..<1)
            let reader = streams.reader(.priced, .ledger)
            let before = try await reader.read(limit: 1, wait: .zero)
            try await pool.send(RedisCommand("FLUSHALL"))
            try await pool.send(RedisCommand("FUNCTION", "FLUSH"))
            #expect(await streams.claim([claim(1)]) == [.accepted])
            let error = await #expect(throws: RedisError.self) { try await reader.read(limit: 1, wait: .zero) }
            #expect(error?.isRetriable == true)
            try await streams.fillPriced(2..<3)
            var after: [Delivery] = []
            while after.count < 2 { after += try await reader.read(limit: 10, wait: .seconds(5)) }
            #expect(after.texts == ["event 1", "event 2"])
            #expect(after[0].epoch != before[0].epoch)
            await reader.close()
        }
    }

    private func configuration(_ url: String) throws -> RedisConfiguration {
        var configuration = try RedisConfiguration(url: url)
        configuration.backoff = Backoff(initial: .milliseconds(2), maximum: .milliseconds(20))
        return configuration
    }

    private func prepared(_ pool: RedisPool) async throws -> RedisStreams {
        let configuration = RedisStreamsConfiguration(partitioning: Partitioning(count: 2))
        let streams = RedisStreams(pool: pool, configuration: configuration, lives: UnknownLives(), logger: .quiet)
        try await streams.prepare()
        return streams
    }
}

@Suite(.timeLimit(.minutes(1)))
struct `redis is checked at the start` {
    @Test func `another number of partitions is refused`() async throws {
        try await withPool { pool in
            func streams(_ count: Int) -> RedisStreams {
                let configuration = RedisStreamsConfiguration(partitioning: Partitioning(count: count))
                return RedisStreams(pool: pool, configuration: configuration, lives: UnknownLives(), logger: .quiet)
            }
            try await streams(4).prepare()
            try await streams(4).prepare()
            let error = await #expect(throws: StreamsError.self) { try await streams(8).prepare() }
            #expect(error?.code == .partitioningChanged && error?.isRetriable == false)
        }
    }

    @Test func `a server that evicts is refused`() async throws {
        try await withPool { pool in
            try await pool.send(RedisCommand("CONFIG", "SET", "maxmemory-policy", "allkeys-lru"))
            let streams = RedisStreams(pool: pool, lives: UnknownLives(), logger: .quiet)
            let error = await #expect(throws: RedisError.self) { try await streams.prepare() }
            #expect(error?.code == .configuration && error?.message.contains("noeviction") == true)
        }
    }

    @Test func `another library under our name is refused and left alone`() async throws {
        try await withPool { pool in
            let name = FunctionLibrary.name
            let foreign = "#!lua name=\(name)\nredis.register_function('\(name)_claim', function() return 1 end)"
            try await pool.send(RedisCommand("FUNCTION", "LOAD", foreign))
            let streams = RedisStreams(pool: pool, lives: UnknownLives(), logger: .quiet)
            let error = await #expect(throws: RedisError.self) { try await streams.prepare() }
            #expect(error?.code == .functionConflict && error?.isRetriable == false)
        }
    }

    @Test func `a full memory refuses claims and still lets the stages drain`() async throws {
        try await withPool { pool in
            let configuration = RedisStreamsConfiguration(partitioning: Partitioning(count: 1))
            let streams = RedisStreams(pool: pool, configuration: configuration, lives: UnknownLives(), logger: .quiet)
            try await streams.prepare()
            _ = await streams.claim((0..<5).map { claim($0) })
            try await pool.send(RedisCommand("CONFIG", "SET", "maxmemory", "1"))
            guard case .refused(let refusal) = await streams.claim([claim(9)])[0] else {
                Issue.record("a claim was accepted without memory")
                return
            }
            #expect(refusal.code == .outOfMemory)
            let reader = streams.reader(.raw, .pricing)
            let batch = try await reader.read(limit: 10, wait: .zero)
            #expect(try await streams.forward(batch.map { ForwardedEntry(replacing: $0, payload: $0.payload) }) == 5)
            #expect(try await streams.trim(.raw) == 5)
            let pressure = try await streams.pressure()
            #expect(pressure.memoryLimit == 1 && pressure.usedMemory > 1)
            #expect(pressure.rawEntries == 0 && pressure.pricedEntries == 5)
            await reader.close()
        }
    }
}

/// Tries until it is true; an error counts as not yet.
func eventually(_ condition: () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(20)
    while ContinuousClock.now < deadline {
        if let isTrue = try? await condition(), isTrue { return }
        try await Task.sleep(for: .milliseconds(5))
    }
    Issue.record("it did not happen within 20 seconds")
}
