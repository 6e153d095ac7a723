package import Domain
import Postgres

extension PostgresOrganisationStore {
    package func linkUsers(
        withVerifiedEmail email: String,
        toPerson person: String,
        by author: Author,
        at time: Timestamp
    ) async throws -> Int {
        try await DirectoryError.translating {
            try await pool.withTransaction(attempts: 3) { connection in
                let found = try await connection.query(UnitKind.lockingUnlinked, [.text(email)])
                let users = try found.map { try OrgUnit(.user, row: $0) }
                guard !users.isEmpty else { return 0 }
                let linked = users.map { $0.linked(to: person) }
                _ = try await connection.pipeline(linked.map { PostgresQuery(UnitKind.user.update, $0.values) })
                let edit = DirectoryEdit("user.link", by: author, at: time)
                let entries = zip(users, linked).map { $1.entry(edit, before: $0) }
                try await Directory.audit(entries, at: time, in: connection)
                return linked.count
            }
        }
    }

    package func users(of people: [String], in workspaces: [String]?) async throws -> [LinkedUser] {
        try await DirectoryError.translating {
            let places = workspaces.map { PostgresValue.textArray($0) } ?? .null
            return try await pool.query(usersOfPeople, [.textArray(people), places, .int(LinkedUser.limit)]).map {
                LinkedUser(
                    person: try $0.value("person"),
                    workspace: try $0.value("workspace"),
                    id: try $0.value("id")
                )
            }
        }
    }
}

private let usersOfPeople: SQL = """
    SELECT p.id AS person, u.workspace, u.id
    FROM unnest($1::text[]) AS p (id)
    CROSS JOIN LATERAL (
        SELECT workspace, id FROM users
        WHERE person_id = p.id AND ($2::text[] IS NULL OR workspace = ANY ($2::text[]))
        ORDER BY workspace, id LIMIT $3
    ) AS u
    ORDER BY p.id, u.workspace, u.id
    """
