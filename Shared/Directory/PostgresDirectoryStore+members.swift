package import Domain
package import Postgres

extension PostgresDirectoryStore {
    package func ensure(_ mirrors: Mirrors, at time: Timestamp) async throws {
        try await DirectoryError.translating {
            try await pool.withConnection { connection in
                try await Directory.ensure(mirrors, at: time, on: connection)
            }
        }
    }

    package func upsert(_ upsert: Upsert, by author: Author, at time: Timestamp) async throws -> UpsertResult {
        try await DirectoryError.translating {
            try await pool.withTransaction { connection in
                try await PostgresOrganisationStore.requireWorkspace(upsert.workspace, on: connection)
                let shared: [PostgresValue] = [.text(upsert.workspace), .timestamp(time)]
                let result = UpsertResult(
                    teams: try await outcomes(of: upsert.teams, id: \.id, on: connection, upsertTeams) { teams in
                        shared + [.textArray(teams.map(\.id)), .textArray(teams.map(\.name))]
                    },
                    projects: try await outcomes(of: upsert.projects, id: \.id, on: connection, upsertProjects) {
                        shared
                            + [.textArray($0.map(\.id)), .textArray($0.map(\.name)), .textArray($0.map(\.team))]
                    },
                    users: try await outcomes(of: upsert.users, id: \.id, on: connection, upsertUsers) { users in
                        shared
                            + [
                                .textArray(users.map(\.id)), .textArray(users.map(\.name)),
                                .textArray(users.map(\.team)), .textArray(users.map(\.email)),
                                .text(upsert.sourceApp),
                            ]
                    }
                )
                if let entry = upsert.entry(result, by: author) {
                    try await Directory.audit([entry], at: time, in: connection)
                }
                return result
            }
        }
    }

    /// Writes items in the order of their ids, so that two upserts lock rows in one order.
    ///
    /// An id that comes twice is written as it comes last.
    private func outcomes<Item>(
        of items: [Item],
        id: (Item) -> String,
        on connection: PostgresConnection,
        _ sql: SQL,
        values: ([Item]) -> [PostgresValue]
    ) async throws -> [UpsertOutcome] {
        guard !items.isEmpty else { return [] }
        let last = Dictionary(items.map { (id($0), $0) }) { _, new in new }
        let sorted = last.sorted { $0.key < $1.key }.map(\.value)
        let rows = try await connection.query(sql, values(sorted))
        var written: [String: UpsertOutcome] = [:]
        for row in rows {
            written[try row.value("id")] = try row.value("created") ? .created : .updated
        }
        return items.map { written[id($0)] ?? .unchanged }
    }
}

extension Directory {
    /// Makes mirrors for what is not known yet, within the caller's transaction.
    ///
    /// Rows are written in the order of their keys, so that concurrent batches never deadlock. Known rows are not touched.
    package static func ensure(_ mirrors: Mirrors, at time: Timestamp, on connection: PostgresConnection) async throws {
        var queries: [PostgresQuery] = []
        if !mirrors.teams.isEmpty {
            let teams = mirrors.teams.sorted()
            let values: [PostgresValue] = [
                .timestamp(time), .textArray(teams.map(\.workspace)), .textArray(teams.map(\.id)),
            ]
            queries.append(PostgresQuery(mirrorTeams, values))
        }
        if !mirrors.projects.isEmpty {
            queries.append(PostgresQuery(mirrorProjects, memberValues(mirrors.projects, time)))
        }
        if !mirrors.users.isEmpty {
            queries.append(PostgresQuery(mirrorUsers, memberValues(mirrors.users, time)))
        }
        guard !queries.isEmpty else { return }
        _ = try await connection.pipeline(queries)
    }

    private static func memberValues(_ members: Set<Mirrors.Member>, _ time: Timestamp) -> [PostgresValue] {
        let sorted = members.sorted()
        return [
            .timestamp(time), .textArray(sorted.map(\.workspace)), .textArray(sorted.map(\.id)),
            .textArray(sorted.map(\.team)),
        ]
    }
}

private let mirrorTeams: SQL = """
    INSERT INTO teams (workspace, id, mirrored, created_at)
    SELECT m.workspace, m.id, true, $1::timestamptz FROM unnest($2::text[], $3::text[]) AS m (workspace, id)
    ON CONFLICT DO NOTHING
    """

private let mirrorProjects: SQL = """
    INSERT INTO projects (workspace, id, team, mirrored, created_at)
    SELECT m.workspace, m.id, m.team, true, $1::timestamptz
    FROM unnest($2::text[], $3::text[], $4::text[]) AS m (workspace, id, team)
    ON CONFLICT DO NOTHING
    """

private let mirrorUsers: SQL = """
    INSERT INTO users (workspace, id, team, mirrored, created_at)
    SELECT m.workspace, m.id, m.team, true, $1::timestamptz
    FROM unnest($2::text[], $3::text[], $4::text[]) AS m (workspace, id, team)
    ON CONFLICT DO NOTHING
    """

private let upsertTeams: SQL = """
    INSERT INTO teams AS t (workspace, id, name, mirrored, created_at)
    SELECT $1, n.id, n.name, false, $2::timestamptz FROM unnest($3::text[], $4::text[]) AS n (id, name)
    ON CONFLICT (workspace, id) DO UPDATE SET name = coalesce(excluded.name, t.name), mirrored = false, version = t.version + 1
    WHERE coalesce(excluded.name, t.name) IS DISTINCT FROM t.name
    RETURNING id, xmax = 0 AS created
    """

private let upsertProjects: SQL = """
    INSERT INTO projects AS t (workspace, id, name, team, mirrored, created_at)
    SELECT $1, n.id, n.name, n.team, false, $2::timestamptz
    FROM unnest($3::text[], $4::text[], $5::text[]) AS n (id, name, team)
    ON CONFLICT (workspace, id) DO UPDATE
    SET name = coalesce(excluded.name, t.name), team = coalesce(excluded.team, t.team), mirrored = false, version = t.version + 1
    WHERE (coalesce(excluded.name, t.name), coalesce(excluded.team, t.team)) IS DISTINCT FROM (t.name, t.team)
    RETURNING id, xmax = 0 AS created
    """

private let upsertUsers: SQL = """
    INSERT INTO users AS t (workspace, id, name, team, email, source_app, mirrored, created_at)
    SELECT $1, n.id, n.name, n.team, n.email, $7, false, $2::timestamptz
    FROM unnest($3::text[], $4::text[], $5::text[], $6::text[]) AS n (id, name, team, email)
    ON CONFLICT (workspace, id) DO UPDATE
    SET name = coalesce(excluded.name, t.name), team = coalesce(excluded.team, t.team),
        email = coalesce(excluded.email, t.email), source_app = excluded.source_app, mirrored = false, version = t.version + 1,
        -- Another address is not known to be the person's.
        person_id = CASE WHEN lower(coalesce(excluded.email, t.email)) = lower(t.email) THEN t.person_id END
    WHERE (coalesce(excluded.name, t.name), coalesce(excluded.team, t.team), coalesce(excluded.email, t.email))
        IS DISTINCT FROM (t.name, t.team, t.email)
    RETURNING id, xmax = 0 AS created
    """
