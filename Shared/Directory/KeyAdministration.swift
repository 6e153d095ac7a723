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
        createdBy: String,
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
            createdBy: createdBy,
            expiresAt: expiresAt
        )
        try await store.create(made.key)
        return made
    }

    /// Revokes a key: first in the store, then in the feed.
    ///
    /// A feed that fails does not fail the revocation: replicas that reach the store hear of it there.
    package func revoke(id: String) async throws -> APIKey {
        let key = try await store.revokeKey(id: id, at: clock.now)
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
