package import Access
package import Directory
internal import Postgres
package import Redis
internal import ServiceRuntime

extension Backends {
    /// The directory's copy in memory, loaded, with a connection of its own: a revocation must not wait behind other
    /// work.
    package func directory(rateLimit: RateLimit? = nil) async throws -> DirectoryCache {
        let cache = DirectoryCache(
            store: PostgresDirectoryStore(pool: directoryPool),
            revocations: RedisRevocationFeed(redis: redis),
            verifier: KeyVerifier(rateLimit: rateLimit),
            sessions: SessionVerifier(source: PostgresAccountStore(pool: postgres), wallClock: clock),
            logger: logger
        )
        // Before the first event: it must not be counted by another calendar than its workspace's.
        try await Startup.waiting(for: "the directory", logger: logger, isRetriable: Self.isRetriable) {
            try await cache.load()
        }
        return cache
    }
}

/// The ids of revoked keys as a set in Redis, which replicas read while PostgreSQL does not answer.
package struct RedisRevocationFeed: RevocationFeed {
    private static let key = "revoked:{p00}"
    private let redis: RedisPool

    package init(redis: RedisPool) {
        self.redis = redis
    }

    package func revokedKeyIDs() async throws -> Set<String> {
        let reply = try await redis.send(RedisCommand("SMEMBERS", Self.key))
        return Set(reply.elements.compactMap(\.text))
    }

    package func add(keyID: String) async throws {
        _ = try await redis.send(RedisCommand("SADD", Self.key, keyID))
    }
}
