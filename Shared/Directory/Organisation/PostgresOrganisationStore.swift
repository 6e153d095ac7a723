package import Domain
package import Postgres

/// Teams, projects, users and memberships in PostgreSQL.
package struct PostgresOrganisationStore: OrganisationStore {
    let pool: PostgresPool

    /// Makes a store over a pool whose database has ``Directory/migrations``.
    package init(pool: PostgresPool) {
        self.pool = pool
    }

    package func units(
        _ kind: UnitKind,
        _ query: UnitQuery,
        after cursor: UnitCursor?,
        limit: Int
    ) async throws -> [OrgUnit] {
        try await DirectoryError.translating {
            try await pool.query(
                kind.listing,
                [
                    query.workspaces.map { .textArray($0) } ?? .null,
                    .text(query.search.map { "\(escaped($0.lowercased()))%" }), .text(query.team),
                    .bool(query.isArchived), .text(cursor?.workspace), .text(cursor?.id), .int(limit),
                ]
            ).map { try OrgUnit(kind, row: $0) }
        }
    }

    package func unit(_ kind: UnitKind, _ id: String, in workspace: String) async throws -> OrgUnit? {
        try await DirectoryError.translating {
            try await pool.query(kind.selection, [.text(workspace), .text(id)]).first.map { try OrgUnit(kind, row: $0) }
        }
    }

    package func create(_ unit: OrgUnit, by author: Author) async throws -> OrgUnit {
        try await DirectoryError.translating {
            try await pool.withTransaction(attempts: 3) { connection in
                try await Self.requireWorkspace(unit.workspace, on: connection)
                let key: [PostgresValue] = [.text(unit.workspace), .text(unit.id)]
                let known = try await connection.query(unit.kind.locking, key).first.map {
                    try OrgUnit(unit.kind, row: $0)
                }
                if let known, !known.isMirrored { throw DirectoryError.taken(unit.id) }
                var new = unit
                if let known {
                    new.createdAt = known.createdAt
                    new.team = new.team ?? known.team
                    new.version = known.version + 1
                    _ = try await connection.query(unit.kind.update, new.values)
                } else {
                    let made = try await connection.query(unit.kind.insertion, new.values + [.timestamp(new.createdAt)])
                    // An event was faster by a moment.
                    guard made.affectedRowCount == 1 else { throw DirectoryError.taken(unit.id) }
                }
                let edit = DirectoryEdit("\(unit.kind.rawValue).create", by: author, at: unit.createdAt)
                try await Directory.audit([new.entry(edit, before: known)], at: edit.at, in: connection)
                return new
            }
        }
    }

    package func change(
        _ kind: UnitKind,
        _ id: String,
        in workspace: String,
        _ edit: DirectoryEdit,
        _ change: (inout OrgUnit) throws -> Void
    ) async throws -> OrgUnit {
        try await DirectoryError.translating {
            try await pool.withTransaction { connection in
                let rows = try await connection.query(kind.locking, [.text(workspace), .text(id)])
                guard let row = rows.first else { throw DirectoryError.noUnit(kind, id) }
                let old = try OrgUnit(kind, row: row)
                try edit.check(old.version)
                var new = old
                try change(&new)
                new.forgetPerson(ofAddress: old.email)
                guard new != old else { return old }
                new.isMirrored = false
                new.version = old.version + 1
                _ = try await connection.query(kind.update, new.values)
                try await Directory.audit([new.entry(edit, before: old)], at: edit.at, in: connection)
                return new
            }
        }
    }

    static func requireWorkspace(_ id: String, on connection: PostgresConnection) async throws {
        let found = try await connection.query("SELECT 1 FROM workspaces WHERE id = $1 FOR KEY SHARE", [.text(id)])
        guard !found.isEmpty else { throw DirectoryError.noWorkspace(id) }
    }
}

/// A text as a pattern of LIKE that matches itself.
private func escaped(_ text: String) -> String {
    text.reduce(into: "") { pattern, character in
        if "\\%_".contains(character) { pattern.append("\\") }
        pattern.append(character)
    }
}
