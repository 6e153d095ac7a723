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

    /// Adds a workspace. Fails as a conflict when the id is taken.
    func create(_ workspace: Workspace) async throws

    /// Changes a workspace. Fails as not found when there is none.
    func update(_ workspace: Workspace) async throws

    /// All keys, the newest first, also revoked ones.
    func keys() async throws -> [APIKey]

    /// Adds a key. Fails as not found when its workspace does not exist.
    func create(_ key: APIKey) async throws

    /// Revokes a key for ever.
    ///
    /// - Returns: The key; a key that was revoked before keeps its time.
    func revokeKey(id: String, at time: Timestamp) async throws -> APIKey

    /// Writes down when keys were used. Does not raise the version.
    func touch(_ uses: [KeyUse]) async throws

    /// Makes mirrors for what is not known yet; known things stay as they are.
    func ensure(_ mirrors: Mirrors, at time: Timestamp) async throws

    /// Creates and changes teams, projects and users. Fields that are nil stay as they are.
    ///
    /// Fails as not found when the workspace does not exist.
    func upsert(_ upsert: Upsert, at time: Timestamp) async throws -> UpsertResult

    /// Makes the first workspace and the first admin key, when there is none that is active.
    func bootstrap(workspace: Workspace, adminKey: APIKey) async throws -> Bootstrap
}
