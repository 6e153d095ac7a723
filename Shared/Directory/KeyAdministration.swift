package import Access
package import Domain
package import ServiceRuntime

/// Makes and revokes API keys: what the command line and the console share.
package struct KeyAdministration: Sendable {
    private let store: any DirectoryStore
    private let revocations: (any RevocationFeed)?
    private let clock: any WallClock

    package init(
        store: any DirectoryStore,
        revocations: (any RevocationFeed)? = nil,
        clock: any WallClock = SystemWallClock()
    ) {
        self.store = store
        self.revocations = revocations
        self.clock = clock
    }

    /// Makes a key.
    ///
    /// The raw key is returned once and kept nowhere.
    ///
    /// - Throws: ``DirectoryError``: invalid fields, or an unknown workspace.
    package func create(
        name: String,
        scopes: Scopes = .standard,
        workspace: String? = nil,
        sourceApp: String,
        createdBy author: Author,
        expiresAt: Timestamp? = nil
    ) async throws -> (key: APIKey, raw: RawKey) {
        guard isName(name), isName(sourceApp) else {
            throw DirectoryError(.invalid, "name and source app must have 1 to 128 characters, no control characters")
        }
        guard !scopes.isEmpty else { throw DirectoryError(.invalid, "a key needs at least one scope") }
        let made = APIKey.make(
            name: name,
            scopes: scopes,
            workspace: workspace,
            sourceApp: sourceApp,
            createdAt: clock.now,
            createdBy: author.signature,
            expiresAt: expiresAt
        )
        return (try await store.create(made.key, by: author), made.raw)
    }

    /// Gives a key another name.
    package func rename(
        id: String,
        to name: String,
        by author: Author,
        expecting version: Int64? = nil
    ) async throws -> APIKey {
        try await store.change(
            key: id,
            DirectoryEdit("api_key.update", by: author, at: clock.now, expecting: version)
        ) { $0.name = name }
    }

    /// Gives a key another secret; its id and all else stay.
    ///
    /// The old secret is good until the grace ends, so that a program can be told the new one meanwhile. A rotation within
    /// a grace ends it: two secrets are good at most.
    ///
    /// - Parameters:
    ///   - id: The key.
    ///   - grace: How long the old secret is good, at most ``longestGrace``; zero ends it at once.
    ///   - author: Who does it.
    ///   - version: The version that is expected, if any.
    /// - Returns: The key, and its new secret, which is kept nowhere.
    /// - Throws: ``DirectoryError``: a conflict when the key has ended.
    package func rotate(
        id: String,
        grace: Duration,
        by author: Author,
        expecting version: Int64? = nil
    ) async throws -> (key: APIKey, raw: RawKey) {
        guard grace >= .zero, grace <= Self.longestGrace else {
            throw DirectoryError(.invalid, "the grace must be 0 seconds to 30 days")
        }
        let now = clock.now
        let raw = RawKey.generate()
        let edit = DirectoryEdit("api_key.rotate", by: author, at: now, expecting: version)
        let key = try await store.change(key: id, edit) { key in
            guard key.isActive(at: now) else {
                throw DirectoryError(.conflict, "a key that was revoked or has expired cannot be rotated")
            }
            key.rotate(to: raw, at: now, grace: grace)
        }
        return (key, raw)
    }

    /// The longest time that two secrets of a key may be good.
    package static let longestGrace = Duration.seconds(30 * 86_400)

    /// Revokes a key: first in the store, then in the feed.
    ///
    /// A feed that fails does not fail the revocation: replicas that reach the store hear of it there.
    package func revoke(id: String, by author: Author, expecting version: Int64? = nil) async throws -> APIKey {
        let key = try await store.revokeKey(id: id, by: author, at: clock.now, expecting: version)
        try? await revocations?.add(keyID: id)
        return key
    }

    /// Makes the workspace `default` and the first admin key, when they are missing.
    ///
    /// - Returns: The raw admin key when one was made; it cannot be had again.
    package func bootstrap() async throws -> RawKey? {
        let now = clock.now
        let admin = APIKey.make(
            name: "admin",
            scopes: [.admin],
            sourceApp: "oliver",
            createdAt: now,
            createdBy: "oliver"
        )
        let made = try await store.bootstrap(
            workspace: Workspace(id: "default", name: "Default", createdAt: now),
            adminKey: admin.key
        )
        return made.madeKey ? admin.raw : nil
    }
}
