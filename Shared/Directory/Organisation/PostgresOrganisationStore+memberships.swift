package import Domain
import Postgres

extension PostgresOrganisationStore {
    package func memberships(
        _ query: MembershipQuery,
        after cursor: (team: String, user: String)?,
        limit: Int
    ) async throws -> [NamedMembership] {
        try await DirectoryError.translating {
            try await pool.query(
                listMemberships,
                [
                    .text(query.workspace), .text(query.team), .text(query.user), .text(cursor?.team),
                    .text(cursor?.user), .int(limit),
                ]
            ).map { try NamedMembership(row: $0) }
        }
    }

    package func put(_ new: Membership, by author: Author) async throws -> (NamedMembership, isNew: Bool) {
        try await DirectoryError.translating {
            try await pool.withTransaction(attempts: 3) { connection in
                for (kind, id) in [(UnitKind.team, new.team), (.user, new.user)] {
                    let found = try await connection.query(kind.locking, [.text(new.workspace), .text(id)])
                    guard !found.isEmpty else { throw DirectoryError.noUnit(kind, id) }
                }
                let old = try await one(new, on: connection)
                var kept = new
                if let old {
                    kept.createdAt = old.membership.createdAt
                    if old.membership == kept { return (old, false) }
                }
                _ = try await connection.query(
                    upsertMembership,
                    [
                        .text(kept.workspace), .text(kept.team), .text(kept.user), .text(kept.role.rawValue),
                        .timestamp(kept.createdAt),
                    ]
                )
                let entry = kept.entry("membership.put", by: author, before: old?.membership, after: kept)
                try await Directory.audit([entry], at: new.createdAt, in: connection)
                guard let named = try await one(kept, on: connection) else {
                    throw DirectoryError(.unavailable, "the membership that was written is not there")
                }
                return (named, old == nil)
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

/// The membership with this one's workspace, team and user, as it is stored.
private func one(_ membership: Membership, on connection: PostgresConnection) async throws -> NamedMembership? {
    try await connection.query(
        listMemberships,
        [
            .text(membership.workspace), .text(membership.team), .text(membership.user), .text(nil), .text(nil),
            .int(1),
        ]
    ).first.map { try NamedMembership(row: $0) }
}

extension NamedMembership {
    init(row: PostgresRow) throws {
        self.init(
            try Membership(row: row),
            workspaceName: try row.value("workspace_name"),
            teamName: try row.optional("team_name"),
            userName: try row.optional("user_name"),
            userEmail: try row.optional("user_email")
        )
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
    SELECT m.workspace, m.team, m.user_id, m.role, m.created_at, w.name AS workspace_name, t.name AS team_name,
        u.name AS user_name, u.email AS user_email
    FROM memberships m
        JOIN workspaces w ON w.id = m.workspace
        LEFT JOIN teams t ON t.workspace = m.workspace AND t.id = m.team
        LEFT JOIN users u ON u.workspace = m.workspace AND u.id = m.user_id
    WHERE m.workspace = $1 AND ($2::text IS NULL OR m.team = $2::text) AND ($3::text IS NULL OR m.user_id = $3::text)
        AND ($4::text IS NULL OR (m.team, m.user_id) > ($4::text, $5::text))
    ORDER BY m.team, m.user_id LIMIT $6
    """

private let upsertMembership: SQL = """
    INSERT INTO memberships (workspace, team, user_id, role, created_at) VALUES ($1, $2, $3, $4, $5::timestamptz)
    ON CONFLICT (workspace, team, user_id) DO UPDATE SET role = excluded.role
    """

private let deleteMembership: SQL = """
    DELETE FROM memberships WHERE workspace = $1 AND team = $2 AND user_id = $3
    RETURNING workspace, team, user_id, role, created_at
    """
