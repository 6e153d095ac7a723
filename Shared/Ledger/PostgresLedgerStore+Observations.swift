package import Domain
internal import Postgres

/// What was seen lately; the rows that are looked at have a bound, however much a workspace records.
extension PostgresLedgerStore: LedgerObservations {
    private static let selectOutputTokens: SQL = """
        WITH latest AS (
            SELECT series_id, output_tokens FROM usage_events
            WHERE workspace = (SELECT number FROM ledger_workspaces WHERE name = $1)
                AND occurred_at >= $4 AND kind = 1
            ORDER BY occurred_at DESC LIMIT 20000
        )
        SELECT percentile_disc(0.95) WITHIN GROUP (ORDER BY latest.output_tokens) AS value
        FROM latest JOIN series ON series.id = latest.series_id
        WHERE series.provider = $2 AND series.model = $3 AND latest.output_tokens IS NOT NULL
        """

    private static let selectEventCost: SQL = """
        WITH latest AS (
            SELECT cost FROM usage_events
            WHERE workspace = (SELECT number FROM ledger_workspaces WHERE name = $1)
                AND occurred_at >= $2 AND kind = 1
            ORDER BY occurred_at DESC LIMIT 20000
        )
        SELECT percentile_disc(0.95) WITHIN GROUP (ORDER BY cost) AS value FROM latest WHERE cost IS NOT NULL
        """

    package func outputTokens(
        of model: LedgerModel,
        in workspace: String,
        since: Timestamp
    ) async throws -> Int64? {
        try await mapErrors {
            let rows = try await pool.query(
                Self.selectOutputTokens,
                [.text(workspace), .text(model.provider), .text(model.model), .timestamp(since)]
            )
            return try rows.first?.optional("value")
        }
    }

    package func eventCost(in workspace: String, since: Timestamp) async throws -> Money? {
        try await mapErrors {
            let rows = try await pool.query(Self.selectEventCost, [.text(workspace), .timestamp(since)])
            return try rows.first?.optional("value", as: Int64.self).map { Money(picoDollars: $0) }
        }
    }
}
