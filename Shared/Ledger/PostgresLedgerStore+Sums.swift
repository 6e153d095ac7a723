internal import Domain
internal import Postgres

/// What verification asks beside reports.
extension PostgresLedgerStore {
    package func droppedTotals(of workspace: String) async throws -> LedgerTotals {
        try await mapErrors {
            let found = try await pool.query(Self.selectDropped, [.text(workspace)])
            return try found.first.map { try LedgerTotals($0) } ?? .zero
        }
    }

    package func differingPeriods(of workspace: String) async throws -> [String] {
        try await mapErrors {
            try await pool.query(Self.selectDifferingPeriods, [.text(workspace)]).map { row in
                let name: String = try row.value("name")
                let start: Timestamp = try row.value("starts")
                let grain: Int32 = try row.value("grain")
                return "the \(name) from \(start.rfc3339) (grain \(grain))"
            }
        }
    }

    private static let columns = [
        "events", "unpriced_events", "input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens",
        "reasoning_tokens",
    ]
    private static let sums = columns.map { "coalesce(sum(\($0)), 0) AS \($0)" }.joined(separator: ", ")

    private static let selectDropped = SQL(
        assembled: """
            SELECT \(sums), coalesce(sum(cost), 0) AS cost, 0::bigint AS quantity FROM dropped_rows
            WHERE workspace = (SELECT number FROM ledger_workspaces WHERE name = $1)
            """
    )

    /// Both sides in one statement: writers open a period in the transaction in which they change its rollups.
    private static let selectDifferingPeriods = SQL(
        assembled: """
            SELECT CASE WHEN c.is_hour THEN 'hour' WHEN c.kind = 1 THEN 'day' WHEN c.kind = 2 THEN 'month'
                    ELSE 'third of a month' END AS name, c.starts, g.grain
            FROM (
                SELECT *, kind = 1 AND ends - starts = interval '1 hour' AS is_hour FROM closed_periods
            ) AS c
            CROSS JOIN LATERAL (
                SELECT \(sums), coalesce(sum(cost), 0) AS cost FROM rollups AS r
                WHERE r.workspace = c.workspace AND r.bucket >= c.starts AND r.bucket < c.ends
            ) AS r
            -- A day has its own sums and those of its quarters of an hour.
            CROSS JOIN LATERAL (
                SELECT c.kind, grain FROM generate_series(0, 3) AS grain
                    WHERE NOT c.is_hour AND (grain < 3 OR c.has_all_sums)
                UNION ALL SELECT 4, 2 WHERE c.is_hour OR c.kind = 1 AND c.has_all_sums
            ) AS g (kind, grain)
            CROSS JOIN LATERAL (
                SELECT \(sums), coalesce(sum(micro_dollars), 0) * 1000000 + coalesce(sum(pico_rest), 0) AS cost
                FROM period_sums AS p
                WHERE p.workspace = c.workspace AND p.kind = g.kind AND p.grain = g.grain
                    AND p.starts >= c.starts AND p.starts < c.ends
            ) AS p
            WHERE c.workspace = (SELECT number FROM ledger_workspaces WHERE name = $1)
                AND (\(columns.map { "r.\($0)" }.joined(separator: ", ")), r.cost)
                    <> (\(columns.map { "p.\($0)" }.joined(separator: ", ")), p.cost)
            ORDER BY c.starts, c.kind, g.grain LIMIT 100
            """
    )
}
