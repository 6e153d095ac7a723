import Glibc
@testable import LocalServers
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct `The sessions of PostgreSQL` {
    @Test(.enabled(if: Files.read("/proc/self/autogroup") != nil, "the kernel does not group by sessions"))
    func `step back behind those that people wait for`() async throws {
        try await withPrivatePostgres { server, _ in
            let pidFile = server.recipe.pidFile
            let postmaster = try #require(Orphan.identifier(in: pidFile))
            // The checkpointer, the writers and the launcher of autovacuum are always there.
            let leaders = try await leaders(of: postmaster)
            #expect(leaders.allSatisfy { sessionNiceness(of: $0) == "0" })
            try await whileWatching(server.watch) { leaders.allSatisfy { sessionNiceness(of: $0) == "10" } }
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
