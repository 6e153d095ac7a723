package import Access
package import Domain

/// What changed in the directory after some version.
package struct DirectoryChanges: Sendable {
    /// The version that these changes lead to.
    package var version: Int64
    package var workspaces: [Workspace]
    package var keys: [APIKey]

    package init(version: Int64, workspaces: [Workspace], keys: [APIKey]) {
        self.version = version
        self.workspaces = workspaces
        self.keys = keys
    }
}

/// What the first start of an installation made.
package struct Bootstrap: Sendable, Hashable {
    package var madeWorkspace: Bool
    package var madeKey: Bool

    package init(madeWorkspace: Bool, madeKey: Bool) {
        self.madeWorkspace = madeWorkspace
        self.madeKey = madeKey
    }
}

/// Who changes something in the directory, and from which version on.
package struct DirectoryEdit: Sendable, Hashable {
    /// What the audit log calls it, as in `workspace.archive`.
    package var action: String
    package var author: Author
    package var at: Timestamp
    /// The version that the edit was made from; nil when any will do.
    package var expected: Int64?

    package init(_ action: String, by author: Author, at time: Timestamp, expecting expected: Int64? = nil) {
        self.action = action
        self.author = author
        at = time
        self.expected = expected
    }

    /// Refuses an edit that was made from another version.
    func check(_ version: Int64) throws(DirectoryError) {
        guard let expected, expected != version else { return }
        throw DirectoryError(.outdated, "it has version \(version) now, not \(expected)")
    }
}

/// Keeps workspaces, teams, projects, users and API keys.
///
/// Each change of a workspace or a key raises the directory's version in the same transaction, so that replicas ask for
/// one number to know whether their copy is current. All methods throw ``DirectoryError``.
package protocol DirectoryStore: Sendable {
    /// The present version.
    func version() async throws -> Int64

    /// What changed after a version; all when it is nil.
    func changes(after version: Int64?) async throws -> DirectoryChanges

    /// All workspaces by id.
    func workspaces() async throws -> [Workspace]

    /// The workspace with an id, archived or not.
    func workspace(_ id: String) async throws -> Workspace?

    /// Adds a workspace, as it is returned. Fails as a conflict when the id is taken.
    @discardableResult
    func create(_ workspace: Workspace, by author: Author) async throws -> Workspace

    /// Changes a workspace; what changes nothing makes no version.
    ///
    /// - Parameters:
    ///   - id: The workspace.
    ///   - edit: Who changes it, and what the audit log calls it.
    ///   - change: Changes the workspace as it is now; may run several times. What it throws is thrown on.
    /// - Returns: The workspace as it is afterwards.
    /// - Throws: ``DirectoryError``: not found, invalid, or outdated when it has not the version that the edit expects.
    @discardableResult
    func change(workspace id: String, _ edit: DirectoryEdit, _ change: (inout Workspace) throws -> Void) async throws
        -> Workspace

    /// All keys, the newest first, also revoked ones.
    func keys() async throws -> [APIKey]

    /// The key with an id, revoked or not.
    func key(_ id: String) async throws -> APIKey?

    /// Adds a key, as it is returned. Fails as not found when its workspace does not exist.
    @discardableResult
    func create(_ key: APIKey, by author: Author) async throws -> APIKey

    /// Changes a key: its name, its secret and when it ends. Otherwise as ``change(workspace:_:_:)``.
    @discardableResult
    func change(key id: String, _ edit: DirectoryEdit, _ change: (inout APIKey) throws -> Void) async throws -> APIKey

    /// Writes down when keys were used. Does not raise the version.
    func touch(_ uses: [KeyUse]) async throws

    /// Makes mirrors for what is not known yet; known things stay as they are.
    func ensure(_ mirrors: Mirrors, at time: Timestamp) async throws

    /// Creates and changes teams, projects and users. Fields that are nil stay as they are, archived ones archived.
    ///
    /// Fails as not found when the workspace does not exist.
    func upsert(_ upsert: Upsert, by author: Author, at time: Timestamp) async throws -> UpsertResult

    /// Makes the first workspace and the first admin key, when there is none that is active.
    func bootstrap(workspace: Workspace, adminKey: APIKey) async throws -> Bootstrap
}

extension DirectoryStore {
    /// Adds a workspace for Oliver itself.
    @discardableResult
    package func create(_ workspace: Workspace) async throws -> Workspace {
        try await create(workspace, by: "oliver")
    }

    /// Adds a key for Oliver itself.
    @discardableResult
    package func create(_ key: APIKey) async throws -> APIKey {
        try await create(key, by: "oliver")
    }

    /// Creates and changes teams, projects and users for Oliver itself.
    package func upsert(_ upsert: Upsert, at time: Timestamp) async throws -> UpsertResult {
        try await self.upsert(upsert, by: "oliver", at: time)
    }

    /// Revokes a key for ever; a key that was revoked before keeps its time.
    package func revokeKey(
        id: String,
        by author: Author = "oliver",
        at time: Timestamp,
        expecting version: Int64? = nil
    ) async throws -> APIKey {
        try await change(key: id, DirectoryEdit("api_key.revoke", by: author, at: time, expecting: version)) { key in
            key.revokedAt = key.revokedAt ?? time
        }
    }
}
