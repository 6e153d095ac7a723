internal import Postgres
internal import Synchronization

/// The numbers of workspaces and series.
extension PostgresLedgerStore {
    /// The numbers of series, in the order of the keys; new ones are made.
    ///
    /// New ones are committed at once, apart from the batch: so a remembered number never belongs to a row that was
    /// undone.
    func seriesNumbers(of keys: [SeriesKey]) async throws -> [SeriesNumber] {
        try await lookUpSeries(of: keys).numbers
    }

    /// The numbers of series, and how often users of their workspaces had been erased by then.
    ///
    /// An erasure gives a user's series to a pseudonym: who writes by remembered numbers makes sure that none came between.
    func lookUpSeries(of keys: [SeriesKey]) async throws -> (numbers: [SeriesNumber], erasures: [Int32: Int64]) {
        let (known, erasures) = memory.withLock { memory in
            (keys.map { memory.series.value(for: $0) }, memory.erasures)
        }
        let unknown = Set(zip(keys, known).compactMap { key, number in number == nil ? key : nil })
        guard !unknown.isEmpty else { return (known.compactMap { $0 }, erasures) }
        let made = try await makeSeries(Array(unknown))
        let isCurrent = memory.withLock { memory in
            let isCurrent = made.erasures.allSatisfy { memory.erasures[$0.key, default: $0.value] == $0.value }
            if !isCurrent { memory.series = GenerationCache(capacity: configuration.seriesCacheSize) }
            memory.erasures.merge(made.erasures) { $1 }
            for (key, number) in made.numbers { memory.series.insert(number, for: key) }
            return isCurrent
        }
        // What was remembered before may be another's by now.
        guard isCurrent else { return try await lookUpSeries(of: keys) }
        let numbers = try zip(keys, known).map { key, number in
            guard let number = number ?? made.numbers[key] else {
                throw LedgerError(.corruptRow, "a series could not be made")
            }
            return number
        }
        return (numbers, erasures.merging(made.erasures) { $1 })
    }

    /// Forgets all series: a user was erased.
    func forgetSeries() {
        memory.withLock { memory in
            memory.series = GenerationCache(capacity: configuration.seriesCacheSize)
            memory.erasures = [:]
        }
    }

    /// Finds out, behind the writers' lock, whether series that were looked up are still what they were.
    static func erasuresOf(_ workspaces: Set<Int32>) -> PostgresQuery {
        PostgresQuery(
            "SELECT number, erasures FROM ledger_workspaces WHERE number = ANY ($1::integer[])",
            [.int32Array(workspaces.sorted())]
        )
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
        SELECT w.number AS workspace, w.erasures, g.*, sha256(convert_to(jsonb_build_array(
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
            SELECT given.position, s.workspace, s.id, given.erasures
            FROM given
            JOIN series AS s ON s.workspace = given.workspace AND s.digest = given.digest
            """
    )

    private struct MadeSeries {
        var numbers: [SeriesKey: SeriesNumber] = [:]
        var erasures: [Int32: Int64] = [:]
    }

    private func makeSeries(_ keys: [SeriesKey]) async throws -> MadeSeries {
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
                var made = MadeSeries()
                for row in results[2] {
                    let position: Int = try row.value("position")
                    let number = SeriesNumber(workspace: try row.value("workspace"), series: try row.value("id"))
                    made.numbers[keys[position - 1]] = number
                    made.erasures[number.workspace] = try row.value("erasures", as: Int64.self)
                }
                return made
            }
        }
    }
}
