package import Access
package import Domain
import ServiceRuntime
import Synchronization

/// A directory in memory, for tests.
///
/// Passes the same contract suite as PostgreSQL's.
package final class InMemoryDirectoryStore: DirectoryStore {
    fileprivate struct Versioned<Value: Sendable>: Sendable {
        var value: Value
        var version: Int64
    }

    fileprivate struct Named: Hashable {
        let workspace: String
        let id: String
    }

    fileprivate struct State {
        var version: Int64 = 0
        var workspaces: [String: Versioned<Workspace>] = [:]
        var keys: [String: Versioned<APIKey>] = [:]
        var teams: [Named: Upsert.Team] = [:]
        var projects: [Named: Upsert.Project] = [:]
        var users: [Named: Upsert.User] = [:]
        var audited: [AuditEntry] = []
    }

    private let state = Mutex(State())

    package init() {}

    /// What the audit log would have, in order.
    package var audited: [AuditEntry] {
        state.withLock { $0.audited }
    }

    package func version() async throws -> Int64 {
        state.withLock { $0.version }
    }

    package func changes(after version: Int64?) async throws -> DirectoryChanges {
        let seen = version ?? -1
        return state.withLock { state in
            DirectoryChanges(
                version: state.version,
                workspaces: state.workspaces.values.filter { $0.version > seen }.map(\.value),
                keys: state.keys.values.filter { $0.version > seen }.map(\.value)
            )
        }
    }

    package func workspaces() async throws -> [Workspace] {
        state.withLock { $0.workspaces.values.map(\.value).sorted { $0.id < $1.id } }
    }

    package func workspace(_ id: String) async throws -> Workspace? {
        state.withLock { $0.workspaces[id]?.value }
    }

    @discardableResult
    package func create(_ workspace: Workspace, by author: Author) async throws -> Workspace {
        try workspace.check()
        return try state.withLock { state in
            guard state.workspaces[workspace.id] == nil else { throw DirectoryError.taken(workspace.id) }
            let edit = DirectoryEdit("workspace.create", by: author, at: workspace.createdAt)
            return state.put(workspace, edit)
        }
    }

    @discardableResult
    package func change(
        workspace id: String,
        _ edit: DirectoryEdit,
        _ change: (inout Workspace) throws -> Void
    ) async throws -> Workspace {
        try state.withLock { state in
            guard let old = state.workspaces[id]?.value else { throw DirectoryError.noWorkspace(id) }
            guard let new = try old.changed(edit, to: state.version + 1, change) else { return old }
            return state.put(new, edit, before: old)
        }
    }

    package func keys() async throws -> [APIKey] {
        state.withLock { state in
            state.keys.values.map(\.value).sorted { ($1.createdAt, $1.id) < ($0.createdAt, $0.id) }
        }
    }

    package func key(_ id: String) async throws -> APIKey? {
        state.withLock { $0.keys[id]?.value }
    }

    @discardableResult
    package func create(_ key: APIKey, by author: Author) async throws -> APIKey {
        try state.withLock { state in
            if let workspace = key.workspace, state.workspaces[workspace] == nil {
                throw DirectoryError.noWorkspace(workspace)
            }
            guard state.keys[key.id] == nil, !state.keys.values.contains(where: { $0.value.hash == key.hash }) else {
                throw DirectoryError.taken(key.id)
            }
            return state.put(key, DirectoryEdit("api_key.create", by: author, at: key.createdAt))
        }
    }

    @discardableResult
    package func change(
        key id: String,
        _ edit: DirectoryEdit,
        _ change: (inout APIKey) throws -> Void
    ) async throws -> APIKey {
        try state.withLock { state in
            guard let old = state.keys[id]?.value else { throw DirectoryError.noKey(id) }
            guard let new = try old.changed(edit, to: state.version + 1, change) else { return old }
            return state.put(new, edit, before: old)
        }
    }

    package func touch(_ uses: [KeyUse]) async throws {
        state.withLock { state in
            for use in uses {
                guard let known = state.keys[use.keyID]?.value.lastUsedAt, known >= use.at else {
                    state.keys[use.keyID]?.value.lastUsedAt = use.at
                    continue
                }
            }
        }
    }

    package func ensure(_ mirrors: Mirrors, at time: Timestamp) async throws {
        state.withLock { state in
            for team in mirrors.teams {
                let name = Named(workspace: team.workspace, id: team.id)
                state.teams[name] = state.teams[name] ?? Upsert.Team(id: team.id)
            }
            for project in mirrors.projects {
                let name = Named(workspace: project.workspace, id: project.id)
                state.projects[name] = state.projects[name] ?? Upsert.Project(id: project.id, team: project.team)
            }
            for user in mirrors.users {
                let name = Named(workspace: user.workspace, id: user.id)
                state.users[name] = state.users[name] ?? Upsert.User(id: user.id, team: user.team)
            }
        }
    }

    package func upsert(_ upsert: Upsert, by author: Author, at time: Timestamp) async throws -> UpsertResult {
        try state.withLock { state in
            guard state.workspaces[upsert.workspace] != nil else { throw DirectoryError.noWorkspace(upsert.workspace) }
            func name(_ id: String) -> Named {
                Named(workspace: upsert.workspace, id: id)
            }
            var result = UpsertResult()
            for team in upsert.teams {
                var merged = team
                merged.name = team.name ?? state.teams[name(team.id)]?.name
                result.teams.append(put(merged, at: name(team.id), in: &state.teams))
            }
            for project in upsert.projects {
                let old = state.projects[name(project.id)]
                var merged = project
                merged.team = project.team ?? old?.team
                merged.name = project.name ?? old?.name
                result.projects.append(put(merged, at: name(project.id), in: &state.projects))
            }
            for user in upsert.users {
                let old = state.users[name(user.id)]
                var merged = user
                merged.email = user.email ?? old?.email
                merged.name = user.name ?? old?.name
                merged.team = user.team ?? old?.team
                result.users.append(put(merged, at: name(user.id), in: &state.users))
            }
            if let entry = upsert.entry(result, by: author) { state.audited.append(entry) }
            return result
        }
    }

    private func put<Value: Equatable>(_ value: Value, at name: Named, in table: inout [Named: Value]) -> UpsertOutcome
    {
        let old = table.updateValue(value, forKey: name)
        return old == nil ? .created : old == value ? .unchanged : .updated
    }

    package func bootstrap(workspace: Workspace, adminKey: APIKey) async throws -> Bootstrap {
        state.withLock { state in
            var made = Bootstrap(madeWorkspace: false, madeKey: false)
            if state.workspaces.isEmpty {
                _ = state.put(workspace, DirectoryEdit("workspace.create", by: "oliver", at: workspace.createdAt))
                made.madeWorkspace = true
            }
            let hasAdmin = state.keys.values.contains { versioned in
                versioned.value.scopes.contains(.admin) && versioned.value.isActive(at: adminKey.createdAt)
            }
            if !hasAdmin {
                _ = state.put(adminKey, DirectoryEdit("api_key.create", by: "oliver", at: adminKey.createdAt))
                made.madeKey = true
            }
            return made
        }
    }
}

extension InMemoryDirectoryStore.State {
    /// Keeps a workspace with the next version, and its line of the audit log.
    fileprivate mutating func put(_ new: Workspace, _ edit: DirectoryEdit, before old: Workspace? = nil) -> Workspace {
        version += 1
        var new = new
        new.version = version
        workspaces[new.id] = .init(value: new, version: version)
        audited.append(new.entry(edit, before: old))
        return new
    }

    /// Keeps a key with the next version, and its line of the audit log.
    fileprivate mutating func put(_ new: APIKey, _ edit: DirectoryEdit, before old: APIKey? = nil) -> APIKey {
        version += 1
        var new = new
        new.version = version
        keys[new.id] = .init(value: new, version: version)
        audited.append(new.entry(edit, before: old))
        return new
    }
}

extension DirectoryError {
    static func taken(_ id: String) -> DirectoryError {
        DirectoryError(.conflict, "\"\(id)\" exists already")
    }

    static func noWorkspace(_ id: String) -> DirectoryError {
        DirectoryError(.notFound, "there is no workspace \"\(id)\"")
    }

    static func noKey(_ id: String) -> DirectoryError {
        DirectoryError(.notFound, "there is no API key \"\(id)\"")
    }
}
