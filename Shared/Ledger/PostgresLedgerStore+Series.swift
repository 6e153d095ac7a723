internal import Postgres
internal import Synchronization

/// The numbers of workspaces and series.
extension PostgresLedgerStore {
    /// The numbers of series, in the order of the keys; new ones are made.
    ///
    /// New ones are committed at once, apart from the batch: so a remembered number never belongs to a row that was
    /// undone.
    func seriesNumbers(of keys: [SeriesKey]) async throws -> [SeriesNumber] {
        let known = memory.withLock { memory in keys.map { memory.series.value(for: $0) } }
        let unknown = Set(zip(keys, known).compactMap { key, number in number == nil ? key : nil })
        guard !unknown.isEmpty else { return known.compactMap { $0 } }
        let made = try await makeSeries(Array(unknown))
        memory.withLock { memory in
            for (key, number) in made { memory.series.insert(number, for: key) }
        }
        return try zip(keys, known).map { key, number in
            guard let number = number ?? made[key] else {
                throw LedgerError(.corruptRow, "a series could not be made")
            }
            return number
        }
    }

    private static let insertWorkspaces: SQL = """
        INSERT INTO ledger_workspaces (name)
        SELECT name FROM unnest($1::text[]) AS given (name)
        WHERE NOT EXISTS (SELECT FROM ledger_workspaces AS w WHERE w.name = given.name)
        ORDER BY name
        ON CONFLICT DO NOTHING
        """

    /// The dimensions that are given, with their workspace's number and their digest.
    private static let given = """
        SELECT w.number AS workspace, g.*, sha256(convert_to(jsonb_build_array(
            g.team, g.project, g.user_id, g.source_app, g.provider, g.model, g.operation, g.service_tier)::text, 'UTF8'
        )) AS digest
        FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
            $9::text[]) WITH ORDINALITY
            AS g (name, team, project, user_id, source_app, provider, model, operation, service_tier, position)
        JOIN ledger_workspaces AS w ON w.name = g.name
        """

    private static let insertSeries = SQL(
        assembled: """
            INSERT INTO series (workspace, digest, team, project, user_id, source_app, provider, model, operation,
                service_tier)
            SELECT workspace, digest, team, project, user_id, source_app, provider, model, operation, service_tier
            FROM (\(given)) AS given
            ORDER BY workspace, digest
            ON CONFLICT DO NOTHING
            """
    )

    private static let selectSeries = SQL(
        assembled: """
            -- Once for all: a nested loop would hash the given dimensions again for every series that there is.
            WITH given AS MATERIALIZED (\(given))
            SELECT given.position, s.workspace, s.id
            FROM given
            JOIN series AS s ON s.workspace = given.workspace AND s.digest = given.digest
            """
    )

    private func makeSeries(_ keys: [SeriesKey]) async throws -> [SeriesKey: SeriesNumber] {
        let dimensions: [PostgresValue] = [
            .textArray(keys.map(\.workspace)), .textArray(keys.map(\.team)), .textArray(keys.map(\.project)),
            .textArray(keys.map(\.user)), .textArray(keys.map(\.sourceApp)), .textArray(keys.map(\.provider)),
            .textArray(keys.map(\.model)), .textArray(keys.map(\.operation)), .textArray(keys.map(\.serviceTier)),
        ]
        return try await mapErrors {
            try await pool.withTransaction(attempts: configuration.attempts) { connection in
                let results = try await connection.pipeline([
                    PostgresQuery(Self.insertWorkspaces, [.textArray(Set(keys.map(\.workspace)).sorted())]),
                    PostgresQuery(Self.insertSeries, dimensions),
                    PostgresQuery(Self.selectSeries, dimensions),
                ])
                var numbers: [SeriesKey: SeriesNumber] = [:]
                for row in results[2] {
                    let position: Int = try row.value("position")
                    numbers[keys[position - 1]] = SeriesNumber(
                        workspace: try row.value("workspace"),
                        series: try row.value("id")
                    )
                }
                return numbers
            }
        }
    }
}
