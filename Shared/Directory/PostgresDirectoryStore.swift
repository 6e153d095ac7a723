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

    package func create(_ workspace: Workspace) async throws {
        if let flaw = workspace.flaw { throw DirectoryError(.invalid, flaw) }
        try await DirectoryError.translating(conflict: .taken(workspace.id)) {
            try await pool.withTransaction { connection in
                let version = try await nextVersion(on: connection)
                _ = try await connection.query(insertWorkspace, workspace.values + [.int(version)])
            }
        }
    }

    package func update(_ workspace: Workspace) async throws {
        if let flaw = workspace.flaw { throw DirectoryError(.invalid, flaw) }
        try await DirectoryError.translating {
            try await pool.withTransaction { connection in
                let version = try await nextVersion(on: connection)
                let changed = try await connection.query(
                    updateWorkspace,
                    workspace.values.dropLast() + [.int(version)]
                )
                guard changed.affectedRowCount == 1 else { throw DirectoryError.noWorkspace(workspace.id) }
            }
        }
    }

    package func keys() async throws -> [APIKey] {
        try await DirectoryError.translating {
            try await pool.query(allKeys).map { try APIKey(row: $0) }
        }
    }

    package func create(_ key: APIKey) async throws {
        try await DirectoryError.translating(conflict: .taken(key.id), missing: key.workspace.map { .noWorkspace($0) })
        {
            try await pool.withTransaction { connection in
                let version = try await nextVersion(on: connection)
                _ = try await connection.query(insertKey, key.values + [.int(version)])
            }
        }
    }

    package func revokeKey(id: String, at time: Timestamp) async throws -> APIKey {
        try await DirectoryError.translating {
            try await pool.withTransaction { connection in
                let version = try await nextVersion(on: connection)
                _ = try await connection.query(markKeyRevoked, [.text(id), .timestamp(time), .int(version)])
                let rows = try await connection.query(keyByID, [.text(id)])
                guard let row = rows.first else { throw DirectoryError.noKey(id) }
                return try APIKey(row: row)
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
                let version = try await nextVersion(on: connection)
                let first = try await connection.query(insertFirstWorkspace, workspace.values + [.int(version)])
                let key = try await connection.query(insertFirstAdminKey, adminKey.values + [.int(version)])
                return Bootstrap(madeWorkspace: first.affectedRowCount == 1, madeKey: key.affectedRowCount == 1)
            }
        }
    }

    /// Raises the version and holds its row until the transaction ends: versions commit in order.
    private func nextVersion(on connection: PostgresConnection) async throws -> Int64 {
        let rows = try await connection.query("UPDATE directory_version SET version = version + 1 RETURNING version")
        guard let row = rows.first else { throw DirectoryError(.unavailable, "the directory has no version") }
        return try row.value("version")
    }
}
