package import Access
package import Domain
package import Postgres

/// The directory in PostgreSQL.
package struct PostgresDirectoryStore: DirectoryStore {
    let pool: PostgresPool

    /// Makes a store over a pool whose database has ``Directory/migrations``.
    package init(pool: PostgresPool) {
        self.pool = pool
    }

    package func version() async throws -> Int64 {
        try await DirectoryError.translating {
            let rows = try await pool.query("SELECT version FROM directory_version")
            guard let row = rows.first else { throw DirectoryError(.unavailable, "the directory has no version") }
            return try row.value("version")
        }
    }

    package func changes(after version: Int64?) async throws -> DirectoryChanges {
        try await DirectoryError.translating {
            let present = try await self.version()
            let seen: [PostgresValue] = [.int(version ?? -1)]
            return DirectoryChanges(
                version: present,
                workspaces: try await pool.query(changedWorkspaces, seen).map { try Workspace(row: $0) },
                keys: try await pool.query(changedKeys, seen).map { try APIKey(row: $0) }
            )
        }
    }

    package func workspaces() async throws -> [Workspace] {
        try await DirectoryError.translating {
            try await pool.query(allWorkspaces).map { try Workspace(row: $0) }
        }
    }

    package func workspace(_ id: String) async throws -> Workspace? {
        try await DirectoryError.translating {
            try await pool.query(workspaceByID, [.text(id)]).first.map { try Workspace(row: $0) }
        }
    }

    @discardableResult
    package func create(_ workspace: Workspace, by author: Author) async throws -> Workspace {
        try workspace.check()
        return try await DirectoryError.translating(conflict: .taken(workspace.id)) {
            try await pool.withTransaction { connection in
                var workspace = workspace
                workspace.version = try await nextVersion(on: connection)
                _ = try await connection.query(insertWorkspace, workspace.values)
                let entry = workspace.entry(DirectoryEdit("workspace.create", by: author, at: workspace.createdAt))
                try await Directory.audit([entry], at: workspace.createdAt, in: connection)
                return workspace
            }
        }
    }

    @discardableResult
    package func change(
        workspace id: String,
        _ edit: DirectoryEdit,
        _ change: (inout Workspace) throws -> Void
    ) async throws -> Workspace {
        try await DirectoryError.translating {
            try await pool.withTransaction { connection in
                // The version's row lock makes edits take turns, so that what is read here is what is changed.
                let version = try await lockedVersion(on: connection) + 1
                guard let row = try await connection.query(workspaceByID, [.text(id)]).first else {
                    throw DirectoryError.noWorkspace(id)
                }
                let old = try Workspace(row: row)
                guard let new = try old.changed(edit, to: version, change) else { return old }
                _ = try await connection.query(updateWorkspace, new.values.dropLast())
                try await write(version, on: connection)
                try await Directory.audit([new.entry(edit, before: old)], at: edit.at, in: connection)
                return new
            }
        }
    }

    package func keys() async throws -> [APIKey] {
        try await DirectoryError.translating {
            try await pool.query(allKeys).map { try APIKey(row: $0) }
        }
    }

    package func key(_ id: String) async throws -> APIKey? {
        try await DirectoryError.translating {
            try await pool.query(keyByID, [.text(id)]).first.map { try APIKey(row: $0) }
        }
    }

    @discardableResult
    package func create(_ key: APIKey, by author: Author) async throws -> APIKey {
        try await DirectoryError.translating(
            conflict: .taken(key.id),
            missing: key.workspace.map { .noWorkspace($0) }
        ) {
            try await pool.withTransaction { connection in
                var key = key
                key.version = try await nextVersion(on: connection)
                _ = try await connection.query(insertKey, key.values)
                let entry = key.entry(DirectoryEdit("api_key.create", by: author, at: key.createdAt))
                try await Directory.audit([entry], at: key.createdAt, in: connection)
                return key
            }
        }
    }

    @discardableResult
    package func change(
        key id: String,
        _ edit: DirectoryEdit,
        _ change: (inout APIKey) throws -> Void
    ) async throws -> APIKey {
        try await DirectoryError.translating(conflict: .taken(id)) {
            try await pool.withTransaction { connection in
                let version = try await lockedVersion(on: connection) + 1
                guard let row = try await connection.query(keyByID, [.text(id)]).first else {
                    throw DirectoryError.noKey(id)
                }
                let old = try APIKey(row: row)
                guard let new = try old.changed(edit, to: version, change) else { return old }
                _ = try await connection.query(
                    updateKey,
                    [
                        .text(id), .bytes(new.hash.bytes), .text(new.prefix), .text(new.name),
                        .timestamp(new.expiresAt), .timestamp(new.revokedAt), .bytes(new.previousHash?.bytes),
                        .timestamp(new.graceUntil), .timestamp(new.rotatedAt), .int(version),
                    ]
                )
                try await write(version, on: connection)
                try await Directory.audit([new.entry(edit, before: old)], at: edit.at, in: connection)
                return new
            }
        }
    }

    package func touch(_ uses: [KeyUse]) async throws {
        guard !uses.isEmpty else { return }
        // Sorted, so that replicas that write at once lock rows in one order.
        let sorted = uses.sorted { $0.keyID < $1.keyID }
        try await DirectoryError.translating {
            _ = try await pool.query(
                touchKeys,
                [.textArray(sorted.map(\.keyID)), .timestampArray(sorted.map(\.at))]
            )
        }
    }

    package func bootstrap(workspace: Workspace, adminKey: APIKey) async throws -> Bootstrap {
        try await DirectoryError.translating {
            try await pool.withTransaction { connection in
                // The version's row lock makes two first starts take turns.
                var (workspace, key) = (workspace, adminKey)
                workspace.version = try await nextVersion(on: connection)
                key.version = workspace.version
                let madeWorkspace = try await connection.query(insertFirstWorkspace, workspace.values)
                let madeKey = try await connection.query(insertFirstAdminKey, key.values)
                let made = Bootstrap(
                    madeWorkspace: madeWorkspace.affectedRowCount == 1,
                    madeKey: madeKey.affectedRowCount == 1
                )
                let at = adminKey.createdAt
                var entries: [AuditEntry] = []
                if made.madeWorkspace {
                    entries.append(workspace.entry(DirectoryEdit("workspace.create", by: "oliver", at: at)))
                }
                if made.madeKey { entries.append(key.entry(DirectoryEdit("api_key.create", by: "oliver", at: at))) }
                try await Directory.audit(entries, at: at, in: connection)
                return made
            }
        }
    }

    /// Raises the version and holds its row until the transaction ends: versions commit in order.
    private func nextVersion(on connection: PostgresConnection) async throws -> Int64 {
        let rows = try await connection.query("UPDATE directory_version SET version = version + 1 RETURNING version")
        guard let row = rows.first else { throw DirectoryError(.unavailable, "the directory has no version") }
        return try row.value("version")
    }

    private func lockedVersion(on connection: PostgresConnection) async throws -> Int64 {
        let rows = try await connection.query("SELECT version FROM directory_version FOR UPDATE")
        guard let row = rows.first else { throw DirectoryError(.unavailable, "the directory has no version") }
        return try row.value("version")
    }

    private func write(_ version: Int64, on connection: PostgresConnection) async throws {
        _ = try await connection.query("UPDATE directory_version SET version = $1", [.int(version)])
    }
}
