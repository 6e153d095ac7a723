import Glibc
@testable import LocalServers
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct `What servers start beside themselves` {
    @Test(.enabled(if: Files.read("/proc/self/autogroup") != nil, "the kernel does not group by sessions"))
    func `steps back in sessions of PostgreSQL`() async throws {
        try await withPrivatePostgres { server, _ in
            let pidFile = server.recipe.pidFile
            let postmaster = try #require(Orphan.identifier(in: pidFile))
            // The checkpointer, the writers and the launcher of autovacuum are always there.
            let leaders = try await leaders(of: postmaster)
            #expect(leaders.allSatisfy { sessionNiceness(of: $0) == "0" })
            try await whileWatching(server.watch) { leaders.allSatisfy { sessionNiceness(of: $0) == "10" } }
        }
    }

    @Test func `steps back where Redis writes its file anew`() async throws {
        try await withPrivateRedis { server, url in
            // In microseconds: the process is there for long.
            _ = try await redis(url, "CONFIG", "SET", "rdb-key-save-delay", "60000000")
            #expect(try await redis(url, "SET", "a", "1") == "OK")
            _ = try await redis(url, "BGREWRITEAOF")
            let main = try #require(await server.identifier)
            let writer = try #require(Orphan.children(of: main).first)
            defer { kill(writer, SIGKILL) }
            #expect(niceness(of: writer) == 0)
            try await whileWatching(server.watch) { niceness(of: writer) == 10 }
            #expect(niceness(of: main) == 0)
        }
    }

    /// As the bench does for the servers that it runs.
    @Test func `steps back for whoever sees to a home folder`() async throws {
        try await withScratchFolder { folder in
            let path = "\(folder)/home"
            let servers = try LocalServers(home: HomeFolder(path: path), durability: .everySecond, logger: .quiet)
            let addresses = try await servers.start()
            _ = try await redis(addresses.redisURL, "CONFIG", "SET", "rdb-key-save-delay", "60000000")
            #expect(try await redis(addresses.redisURL, "SET", "a", "1") == "OK")
            _ = try await redis(addresses.redisURL, "BGREWRITEAOF")
            let writer = try #require(await servers.redis.identifier.flatMap { Orphan.children(of: $0).first })
            try await whileWatching({ try await LocalServers.upkeep(home: path) }) { niceness(of: writer) == 10 }
            kill(writer, SIGKILL)
            await servers.stop()
        }
    }
}

/// Runs `watch` until a condition holds.
private func whileWatching(
    _ watch: @escaping @Sendable () async throws -> Void,
    until condition: () -> Bool
) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await watch() }
        while !condition() { try await Task.sleep(for: .milliseconds(20)) }
        group.cancelAll()
    }
}

private func leaders(of process: pid_t) async throws -> [pid_t] {
    while true {
        let children = Orphan.children(of: process)
        if children.count >= 4, children.allSatisfy({ getsid($0) == $0 }) { return children }
        try await Task.sleep(for: .milliseconds(20))
    }
}

/// As the kernel tells it: `/autogroup-123 nice 10`.
private func sessionNiceness(of process: pid_t) -> String? {
    Files.read("/proc/\(process)/autogroup")?.split(whereSeparator: \.isWhitespace).last.map(String.init)
}

private func niceness(of process: pid_t) -> Int32 {
    getpriority(__priority_which_t(PRIO_PROCESS.rawValue), id_t(process))
}
