package import Access
package import Domain
import ServiceRuntime
import Synchronization

/// A directory in memory, for tests.
///
/// Passes the same contract suite as PostgreSQL's.
package final class InMemoryDirectoryStore: DirectoryStore {
    private struct Versioned<Value: Sendable>: Sendable {
        var value: Value
        var version: Int64
    }

    private struct Named: Hashable {
        let workspace: String
        let id: String
    }

    private struct State {
        var version: Int64 = 0
        var workspaces: [String: Versioned<Workspace>] = [:]
        var keys: [String: Versioned<APIKey>] = [:]
        var teams: [Named: Upsert.Team] = [:]
        var projects: [Named: Upsert.Project] = [:]
        var users: [Named: Upsert.User] = [:]
    }

    private let state = Mutex(State())

    package init() {}

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

    package func create(_ workspace: Workspace) async throws {
        if let flaw = workspace.flaw { throw DirectoryError(.invalid, flaw) }
        try state.withLock { state in
            guard state.workspaces[workspace.id] == nil else { throw DirectoryError.taken(workspace.id) }
            state.version += 1
            state.workspaces[workspace.id] = Versioned(value: workspace, version: state.version)
        }
    }

    package func update(_ workspace: Workspace) async throws {
        if let flaw = workspace.flaw { throw DirectoryError(.invalid, flaw) }
        try state.withLock { state in
            guard let old = state.workspaces[workspace.id] else { throw DirectoryError.noWorkspace(workspace.id) }
            var changed = workspace
            changed.createdAt = old.value.createdAt
            state.version += 1
            state.workspaces[workspace.id] = Versioned(value: changed, version: state.version)
        }
    }

    package func keys() async throws -> [APIKey] {
        state.withLock { state in
            state.keys.values.map(\.value).sorted { ($1.createdAt, $1.id) < ($0.createdAt, $0.id) }
        }
    }

    package func create(_ key: APIKey) async throws {
        try state.withLock { state in
            if let workspace = key.workspace, state.workspaces[workspace] == nil {
                throw DirectoryError.noWorkspace(workspace)
            }
            guard state.keys[key.id] == nil, !state.keys.values.contains(where: { $0.value.hash == key.hash }) else {
                throw DirectoryError.taken(key.id)
            }
            state.version += 1
            state.keys[key.id] = Versioned(value: key, version: state.version)
        }
    }

    package func revokeKey(id: String, at time: Timestamp) async throws -> APIKey {
        try state.withLock { state in
            guard var key = state.keys[id]?.value else { throw DirectoryError.noKey(id) }
            guard key.revokedAt == nil else { return key }
            key.revokedAt = time
            state.version += 1
            state.keys[id] = Versioned(value: key, version: state.version)
            return key
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

    package func upsert(_ upsert: Upsert, at time: Timestamp) async throws -> UpsertResult {
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
            state.version += 1
            var made = Bootstrap(madeWorkspace: false, madeKey: false)
            if state.workspaces.isEmpty {
                state.workspaces[workspace.id] = Versioned(value: workspace, version: state.version)
                made.madeWorkspace = true
            }
            let hasAdmin = state.keys.values.contains { versioned in
                versioned.value.scopes.contains(.admin) && versioned.value.isActive(at: adminKey.createdAt)
            }
            if !hasAdmin {
                state.keys[adminKey.id] = Versioned(value: adminKey, version: state.version)
                made.madeKey = true
            }
            return made
        }
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
