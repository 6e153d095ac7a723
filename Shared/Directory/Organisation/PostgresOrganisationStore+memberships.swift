package import Domain
import Postgres

extension PostgresOrganisationStore {
    package func memberships(
        _ query: MembershipQuery,
        after cursor: (team: String, user: String)?,
        limit: Int
    ) async throws -> [Membership] {
        try await DirectoryError.translating {
            try await pool.query(
                listMemberships,
                [
                    .text(query.workspace), .text(query.team), .text(query.user), .text(cursor?.team),
                    .text(cursor?.user), .int(limit),
                ]
            ).map { try Membership(row: $0) }
        }
    }

    package func put(_ new: Membership, by author: Author) async throws -> (Membership, isNew: Bool) {
        try await DirectoryError.translating {
            try await pool.withTransaction(attempts: 3) { connection in
                for (kind, id) in [(UnitKind.team, new.team), (.user, new.user)] {
                    let found = try await connection.query(kind.locking, [.text(new.workspace), .text(id)])
                    guard !found.isEmpty else { throw DirectoryError.noUnit(kind, id) }
                }
                let key: [PostgresValue] = [.text(new.workspace), .text(new.team), .text(new.user)]
                var kept = new
                let old = try await connection.query(oneMembership, key).first.map { try Membership(row: $0) }
                if let old {
                    kept.createdAt = old.createdAt
                    if old == kept { return (old, false) }
                }
                _ = try await connection.query(
                    upsertMembership,
                    key + [.text(kept.role.rawValue), .timestamp(kept.createdAt)]
                )
                let entry = kept.entry("membership.put", by: author, before: old, after: kept)
                try await Directory.audit([entry], at: new.createdAt, in: connection)
                return (kept, old == nil)
            }
        }
    }

    package func removeMembership(
        of user: String,
        in team: String,
        of workspace: String,
        by author: Author,
        at time: Timestamp
    ) async throws -> Bool {
        try await DirectoryError.translating {
            try await pool.withTransaction { connection in
                let rows = try await connection.query(
                    deleteMembership,
                    [.text(workspace), .text(team), .text(user)]
                )
                guard let row = rows.first else { return false }
                let old = try Membership(row: row)
                let entry = old.entry("membership.remove", by: author, before: old, after: nil)
                try await Directory.audit([entry], at: time, in: connection)
                return true
            }
        }
    }
}

extension Membership {
    init(row: PostgresRow) throws {
        let role: String = try row.value("role")
        self.init(
            workspace: try row.value("workspace"),
            team: try row.value("team"),
            user: try row.value("user_id"),
            role: Role(rawValue: role) ?? .member,
            createdAt: try row.value("created_at")
        )
    }
}

private let listMemberships: SQL = """
    SELECT workspace, team, user_id, role, created_at FROM memberships
    WHERE workspace = $1 AND ($2::text IS NULL OR team = $2::text) AND ($3::text IS NULL OR user_id = $3::text)
        AND ($4::text IS NULL OR (team, user_id) > ($4::text, $5::text))
    ORDER BY team, user_id LIMIT $6
    """

private let oneMembership: SQL = """
    SELECT workspace, team, user_id, role, created_at FROM memberships
    WHERE workspace = $1 AND team = $2 AND user_id = $3
    """

private let upsertMembership: SQL = """
    INSERT INTO memberships (workspace, team, user_id, role, created_at) VALUES ($1, $2, $3, $4, $5::timestamptz)
    ON CONFLICT (workspace, team, user_id) DO UPDATE SET role = excluded.role
    """

private let deleteMembership: SQL = """
    DELETE FROM memberships WHERE workspace = $1 AND team = $2 AND user_id = $3
    RETURNING workspace, team, user_id, role, created_at
    """
