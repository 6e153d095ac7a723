import NIOCore
import NIOPosix
@testable import Redis
import Streams
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct `redis connections` {
    @Test func `a pipeline answers in order and an error fails only its command`() async throws {
        try await withPool { pool in
            var commands = (0..<1_000).map { RedisCommand("INCRBY", "n", String($0)) }
            commands[500] = RedisCommand("INCRBY", "n", "many")
            let replies = try await pool.pipeline(commands)
            var sum: Int64 = 0
            for (index, reply) in replies.enumerated() {
                if index == 500 {
                    guard case .error(let error) = reply else { Issue.record("no error"); continue }
                    #expect(error.code == .reply)
                } else {
                    sum += Int64(index)
                    #expect(reply == .integer(sum))
                }
            }
        }
    }

    @Test func `a pool lends no more connections than its size`() async throws {
        try await withRedis { url in
            var configuration = try RedisConfiguration(url: url)
            configuration.poolSize = 2
            let pool = RedisPool(configuration, logger: .quiet)
            try await withThrowingDiscardingTaskGroup { group in
                for _ in 0..<50 {
                    group.addTask { try await pool.send(RedisCommand("INCR", "n")) }
                }
            }
            #expect(try await pool.send(RedisCommand("GET", "n")).integer == 50)
            let clients = try await pool.send(RedisCommand("CLIENT", "LIST")).text ?? ""
            // One more is the server's keeper.
            #expect(clients.split(separator: "\n").count <= 3)
            await pool.close()
            let error = await #expect(throws: RedisError.self) { try await pool.send(RedisCommand("PING")) }
            #expect(error?.code == .closed)
        }
    }

    @Test func `connections of an event loop answer its own tasks and those of others`() async throws {
        try await withRedis { url in
            var configuration = try RedisConfiguration(url: url)
            configuration.poolSize = 2
            let loop = MultiThreadedEventLoopGroup.singleton.next()
            let pool = RedisPool(configuration, loop: loop, logger: .quiet)
            try await withThrowingDiscardingTaskGroup { group in
                for number in 0..<100 {
                    group.addTask(executorPreference: number.isMultiple(of: 2) ? LoopExecutor(loop) : nil) {
                        try await pool.withConnection { connection in
                            try await connection.send(RedisCommand("INCR", "n"))
                            try await connection.send(RedisCommand("INCR", "n"))
                        }
                    }
                }
            }
            #expect(try await pool.send(RedisCommand("GET", "n")).integer == 200)
            #expect(pool.counts.idle == 2)
            await pool.close()
        }
    }

    @Test func `commands of several callers share a connection, and each gets its own replies`() async throws {
        try await withConnection { connection in
            try await withThrowingDiscardingTaskGroup { group in
                for caller in 0..<50 {
                    group.addTask {
                        for round in 0..<20 {
                            let texts = (0..<5).map { "\(caller) \(round) \($0)" }
                            let replies = try await connection.pipeline(texts.map { RedisCommand("ECHO", $0) })
                            #expect(replies.map(\.text) == texts)
                        }
                    }
                }
            }
        }
    }

    @Test func `a reply of many megabytes arrives whole`() async throws {
        try await withConnection { connection in
            let text = [UInt8](repeating: 0, count: 20 << 20)
            var command = RedisCommand("SET", "large")
            command.append(text)
            try await connection.send(command)
            let replies = try await connection.pipeline([RedisCommand("GET", "large"), RedisCommand("PING")])
            #expect(replies[0].bytes == text)
            #expect(replies[1].text == "PONG")
        }
    }

    @Test func `interrupting fails who waits, at once, and nobody can use the connection afterwards`() async throws {
        try await withConnection { connection in
            let waiting = ["BLPOP", "BRPOP"].map { name in
                Task { try await connection.send(RedisCommand(name, "nothing", "0")) }
            }
            connection.interrupt()
            for _ in 0..<2 {
                let error = await #expect(throws: RedisError.self) { try await connection.send(RedisCommand("PING")) }
                #expect(error?.code == .connectionLost)
            }
            for reply in waiting { await #expect(throws: RedisError.self) { try await reply.value } }
            #expect(!connection.isReady)
        }
    }

    @Test func `a command with less patience than the one before it gets an error in its own time`() async throws {
        try await withConnection { connection in
            let long = try await connection.exchange([RedisCommand("PING")], timeout: .seconds(60)) { $0.copy }
            #expect(long.count == 1)
            let start = ContinuousClock.now
            let error = await #expect(throws: RedisError.self) {
                try await connection.exchange(
                    [RedisCommand("BLPOP", "nothing", "0")],
                    timeout: .milliseconds(50),
                    decode: { $0.copy }
                )
            }
            #expect(error?.code == .timeout)
            #expect(ContinuousClock.now - start < .seconds(20))
            #expect(!connection.isReady)
        }
    }

    @Test func `who waits for a connection can give up`() async throws {
        try await withRedis { url in
            var configuration = try RedisConfiguration(url: url)
            configuration.poolSize = 1
            configuration.waiterLimit = 1
            let pool = RedisPool(configuration, logger: .quiet)
            try await pool.withConnection { connection in
                let waiting = Task { try await pool.send(RedisCommand("PING")) }
                try await eventually { pool.counts.waiting == 1 }
                // A second one is too many.
                let error = await #expect(throws: RedisError.self) { try await pool.send(RedisCommand("PING")) }
                #expect(error?.code == .poolExhausted)
                waiting.cancel()
                await #expect(throws: CancellationError.self) { try await waiting.value }
                try await connection.send(RedisCommand("PING"))
            }
            #expect(try await pool.send(RedisCommand("PING")).text == "PONG")
            await pool.close()
        }
    }

    @Test func `an idle connection that the server closed is replaced without a failure`() async throws {
        try await withPool { pool in
            let known = try await pool.withConnection { $0 }
            let other = try await pool.dedicatedConnection()
            try await other.send(RedisCommand("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"))
            await other.close()
            try await eventually { !known.isReady }
            for _ in 0..<5 { #expect(try await pool.send(RedisCommand("PING")).text == "PONG") }
        }
    }

    @Test func `a wrong password is an authentication error and is not shown`() async throws {
        try await withRedis { url in
            var configuration = try RedisConfiguration(url: url)
            configuration.password = "wrong-secret"
            let pool = RedisPool(configuration, logger: .quiet)
            let error = await #expect(throws: RedisError.self) { try await pool.send(RedisCommand("PING")) }
            #expect(error?.code == .authentication && error?.isRetriable == false)
            #expect(
                !"\(configuration) \(String(reflecting: configuration)) \(String(describing: error))".contains("wrong")
            )
        }
    }

    @Test func `callers fail at once while the server is known to be away`() async throws {
        let clock = ManualClock()
        var configuration = RedisConfiguration(endpoint: .unix(path: "/nonexistent/redis.sock"))
        configuration.backoff = Backoff(initial: .seconds(10), maximum: .seconds(10))
        let pool = RedisPool(configuration, time: LoopTime(clock), logger: .quiet)
        for advance in [0, 1, 1, 20] {
            clock.advance(by: .seconds(advance))
            let error = await #expect(throws: RedisError.self) { try await pool.send(RedisCommand("PING")) }
            #expect(error?.code == .connectionLost && error?.isRetriable == true)
        }
    }
}

/// A connection to a private server, of no pool.
private func withConnection(_ body: (RedisConnection) async throws -> Void) async throws {
    try await withPool { pool in
        let connection = try await pool.dedicatedConnection()
        try await body(connection)
        await connection.close()
    }
}

/// Runs a task's jobs on an event loop.
private final class LoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) {
        self.loop = loop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

@Suite struct `redis urls` {
    @Test(
        arguments: [
            ("redis://localhost", "localhost", 6379, nil, nil, 0),
            ("redis://:s%40crt@10.0.0.1:7000/3", "10.0.0.1", 7000, nil, "s@crt", 3),
            ("redis://me:pa:ss@[::1]:7000", "::1", 7000, "me", "pa:ss", 0),
            ("redis://[fe80::1]/", "fe80::1", 6379, nil, nil, 0),
        ] as [(String, String, Int, String?, String?, Int)]
    )
    func `are read`(_ url: String, host: String, port: Int, user: String?, password: String?, database: Int) throws {
        let configuration = try RedisConfiguration(url: url)
        #expect(configuration.endpoint == .tcp(host: host, port: port))
        #expect(configuration.user == user)
        #expect(configuration.password == password)
        #expect(configuration.database == database)
    }

    @Test func `may name a socket`() throws {
        let configuration = try RedisConfiguration(url: "unix:///run/redis.sock?db=2")
        #expect(configuration.endpoint == .unix(path: "/run/redis.sock"))
        #expect(configuration.database == 2)
    }

    @Test(arguments: [
        "", "localhost:6379", "http://localhost", "redis://", "redis://host:0", "redis://host:99999", "redis://host:x",
        "redis://host/x", "redis://host/-1", "redis://secret@host", "redis://:%zz@host", "unix://relative",
        "unix:///a?x=1", "rediss://:secret@host",
        "unix:///" + String(repeating: "a", count: 103),
    ])
    func `that cannot work are refused without repeating secrets`(_ url: String) {
        let error = #expect(throws: RedisError.self) { try RedisConfiguration(url: url) }
        #expect(error?.code == .configuration)
        #expect(error?.message.contains("secret") == false)
    }
}
