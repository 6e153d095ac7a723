import Glibc
@testable import LocalServers
import TestSupport
import Testing

/// What a server starts must not slow down those that people wait for.
@Suite(.timeLimit(.minutes(1)))
struct `The processes that a server starts` {
    @Test(.enabled(if: Files.read("/proc/self/autogroup") != nil, "the kernel does not group by sessions"))
    func `step back with their sessions in PostgreSQL`() async throws {
        try await withPrivatePostgres { server, _ in
            let pidFile = server.recipe.pidFile
            let postmaster = try #require(Orphan.identifier(in: pidFile))
            // The checkpointer, the writers and the launcher of autovacuum are always there.
            let leaders = try await leaders(of: postmaster)
            #expect(leaders.allSatisfy { sessionNiceness(of: $0) == "0" })
            try await whileWatching(server.watch) { leaders.allSatisfy { sessionNiceness(of: $0) == "10" } }
        }
    }

    @Test func `step back in Redis, while it writes its file anew`() async throws {
        try await withPrivateRedis { server, url in
            let parent = try #require(await server.identifier)
            for key in ["a", "b", "c"] { _ = try await redis(url, "SET", key, "1") }
            // Ten seconds for each key: the child lives until the test is done with it.
            #expect(try await redis(url, "CONFIG", "SET", "rdb-key-save-delay", "10000000") == "OK")
            _ = try await redis(url, "BGREWRITEAOF")
            let child = try #require(Orphan.children(of: parent).first)
            #expect(niceness(of: child) == 0)
            try await whileWatching(server.watch) { niceness(of: child) == 10 }
            #expect(niceness(of: parent) == 0)
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
