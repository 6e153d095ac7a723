import Glibc
@testable import LocalServers
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2)))
struct `A private Redis` {
    @Test func `answers with its password only and never evicts`() async throws {
        try await withRedis { url in
            #expect(try await redis(url, "SET", "a", "1") == "OK")
            #expect(try await redis(url, "CONFIG", "GET", "maxmemory-policy") == "maxmemory-policy\nnoeviction")
            #expect(try await redis(url, "CONFIG", "GET", "appendonly") == "appendonly\nyes")
            let port = try #require(url.split(separator: ":").last?.split(separator: "/").first)
            let stranger = try await output(of: "/usr/bin/redis-cli", ["-p", String(port), "GET", "a"])
            #expect(stranger.contains("NOAUTH"))
        }
    }

    /// What a rewrite of the file costs everybody else: decision 0023.
    @Test func `keeps a hold of many budgets in one piece, and compresses nothing`() async throws {
        let key = "spend:{p13}:a-workspace\u{1F}tag\u{1F}feature=chat\u{1F}month:1796083200:1798761600"
        let keys = repeatElement(key, count: 12).joined(separator: "\n")
        try await withRedis { url in
            let fields = try await redis(url, "HSET", "hold", "s", "open", "c", keys)
            #expect(fields == "2")
            #expect(try await redis(url, "OBJECT", "ENCODING", "hold") == "listpack")
            #expect(try await redis(url, "CONFIG", "GET", "rdbcompression") == "rdbcompression\nno")
        }
    }

    @Test func `keeps its data and its port over a restart`() async throws {
        try await withPrivateRedis(durability: .always) { server, url in
            #expect(try await redis(url, "SET", "a", "kept") == "OK")
            try await server.restart()
            #expect(try await server.start() == url)
            #expect(try await redis(url, "GET", "a") == "kept")
        }
    }

    @Test func `keeps what it answered when it is killed`() async throws {
        try await withPrivateRedis(durability: .always) { server, url in
            #expect(try await redis(url, "SET", "a", "kept") == "OK")
            await server.kill9()
            #expect(try await redis(url, "GET", "a").contains("refused"))
            try await server.start()
            #expect(try await redis(url, "GET", "a") == "kept")
        }
    }

    @Test func `tells its watcher when it ends by itself, and only then`() async throws {
        try await withPrivateRedis { server, url in
            async let quiet: Void = server.watch()
            await server.stop()
            try await quiet
            try await server.start()
            async let answer = redis(url, "SHUTDOWN", "NOSAVE")
            let error = await #expect(throws: LocalServersError.self) { try await server.watch() }
            #expect(error?.code == .unexpectedExit)
            _ = try await answer
        }
    }

    @Test func `says the last words of a server that cannot start`() async throws {
        try await withScratchFolder { folder in
            try Files.makeFolder("\(folder)/redis/data/appendonlydir", mode: 0o755)
            try Files.write("nonsense", to: "\(folder)/redis/data/appendonlydir/appendonly.aof.manifest", mode: 0o644)
            let server = try LocalRedis(.init(folder: "\(folder)/redis", secret: "s"), logger: .quiet)
            let error = await #expect(throws: LocalServersError.self) { try await server.start() }
            #expect(error?.code == .startFailed)
            #expect(error?.message.contains("manifest") == true)
        }
    }
}
