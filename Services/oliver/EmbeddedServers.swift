internal import LocalServers
internal import Logging
internal import ServiceLifecycle

/// Keeps the private Redis and PostgreSQL of a home folder alive while the services run.
///
/// A server that ends by itself, or is killed, is started again on the same port and data: the services reconnect. One
/// that cannot stay up is a reason to end, so that whoever watches the process learns of it.
struct EmbeddedServers: Service {
    let servers: LocalServers
    let logger: Logger

    /// Restarts of one server within `window` after which it is given up.
    private static let restartLimit = 5
    private static let window = Duration.seconds(60)

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            try await withThrowingTaskGroup { group in
                group.addTask {
                    try await self.keep("redis", watch: self.servers.redis.watch) {
                        _ = try await self.servers.redis.start()
                    }
                }
                group.addTask {
                    try await self.keep("postgresql", watch: self.servers.postgres.watch) {
                        _ = try await self.servers.postgres.start()
                    }
                }
                defer { group.cancelAll() }
                try await group.next()
            }
        }
    }

    private func keep(
        _ name: String,
        watch: @Sendable () async throws -> Void,
        start: @Sendable () async throws -> Void
    ) async throws {
        var restarts: [ContinuousClock.Instant] = []
        while !Task.isCancelled {
            do {
                try await watch()
                return
            } catch let error as LocalServersError {
                restarts = restarts.filter { $0.duration(to: .now) < Self.window } + [.now]
                guard restarts.count <= Self.restartLimit else { throw error }
                logger.error("a server ended, starting it again", metadata: ["server": "\(name)", "error": "\(error)"])
                try await start()
            }
        }
    }
}
