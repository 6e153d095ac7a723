package import Logging

/// The private Redis and PostgreSQL of one home folder: the embedded default of `oliver up`.
///
/// `start()` before anything that needs them, `run()` beside the rest, `stop()` after everything else has stopped.
package struct LocalServers: Sendable {
    /// Where to reach the running servers, passwords included.
    package struct Addresses: Equatable, Sendable {
        /// Like `redis://:secret@127.0.0.1:port/0`.
        package let redisURL: String
        /// Like `postgres://oliver:secret@127.0.0.1:port/oliver`.
        package let postgresURL: String
    }

    /// The Redis server.
    package let redis: LocalRedis
    /// The PostgreSQL server.
    package let postgres: LocalPostgres
    /// Kept, because the folder is locked only as long as somebody holds it.
    private let home: HomeFolder

    /// Prepares the servers of a home folder; starts nothing.
    ///
    /// - Throws: `missingBinary` or `missingAccount`.
    package init(home: HomeFolder, durability: LocalRedis.Durability = .always, logger: Logger) throws {
        var redis = LocalRedis.Configuration(
            folder: "\(home.path)/redis",
            secret: try home.secret(named: "redis")
        )
        redis.durability = durability
        let postgres = LocalPostgres.Configuration(
            folder: "\(home.path)/postgres",
            secret: try home.secret(named: "postgres")
        )
        self.home = home
        self.redis = try LocalRedis(redis, logger: logger)
        self.postgres = try LocalPostgres(postgres, logger: logger)
    }

    /// Starts both servers at the same time and returns their addresses once both answer.
    ///
    /// When one fails, none runs.
    package func start() async throws -> Addresses {
        do {
            async let redisURL = redis.start()
            async let postgresURL = postgres.start()
            return Addresses(redisURL: try await redisURL, postgresURL: try await postgresURL)
        } catch {
            await stop()
            throw error
        }
    }

    /// Returns when the task is cancelled; the servers still run then.
    ///
    /// - Throws: `unexpectedExit` when a server ends by itself.
    package func run() async throws {
        try await withThrowingTaskGroup { group in
            group.addTask { try await redis.watch() }
            group.addTask { try await postgres.watch() }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    /// Stops both servers.
    ///
    /// Takes at most about nine seconds, and far less when they are idle.
    package func stop() async {
        async let redis: Void = redis.stop()
        async let postgres: Void = postgres.stop()
        _ = await (redis, postgres)
    }

    /// Sees to the upkeep of the servers of a home folder that somebody else runs, until the task is cancelled.
    ///
    /// For measurements, which start each service and server by itself.
    ///
    /// - Throws: `startFailed` when one of them does not run.
    package static func upkeep(home: String) async throws {
        let redis = try RedisRecipe(LocalRedis.Configuration(folder: "\(home)/redis", secret: ""))
        let postgres = try PostgresRecipe(LocalPostgres.Configuration(folder: "\(home)/postgres", secret: ""))
        let recipes: [any ServerRecipe] = [redis, postgres]
        let servers = try recipes.map { recipe in
            guard let server = Orphan.identifier(in: recipe.pidFile), Orphan.owns(server, recipe.folder) else {
                throw LocalServersError(.startFailed, "\(recipe.name) does not run in \(recipe.folder).")
            }
            return server
        }
        await withDiscardingTaskGroup { group in
            for (recipe, server) in zip(recipes, servers) {
                group.addTask { await recipe.upkeep.run(for: server) }
            }
        }
    }
}
