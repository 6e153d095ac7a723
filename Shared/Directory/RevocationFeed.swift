import Synchronization

/// A second way to hear of revoked keys, which works while PostgreSQL does not answer: a set in Redis.
package protocol RevocationFeed: Sendable {
    /// The ids of all keys that were revoked.
    func revokedKeyIDs() async throws -> Set<String>

    /// Adds a key that has just been revoked.
    func add(keyID: String) async throws
}

/// A feed in memory, for tests and for processes without Redis.
package final class InMemoryRevocationFeed: RevocationFeed {
    private let ids = Mutex<Set<String>>([])

    package init() {}

    package func revokedKeyIDs() async throws -> Set<String> {
        ids.withLock { $0 }
    }

    package func add(keyID: String) async throws {
        ids.withLock { _ = $0.insert(keyID) }
    }
}
