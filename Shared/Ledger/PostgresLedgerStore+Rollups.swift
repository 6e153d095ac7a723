internal import Domain
internal import Postgres

/// Adding to the rollups.
extension PostgresLedgerStore {
    private static let upsertRollups = SQL(
        assembled: """
            INSERT INTO rollups AS r (workspace, bucket, series_id, events, unpriced_events, input_tokens, output_tokens,
                cache_read_tokens, cache_write_tokens, reasoning_tokens, cost)
            SELECT * FROM unnest($1::integer[], $2::timestamptz[], $3::bigint[], $4::bigint[], $5::bigint[],
                $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::numeric[])
            ON CONFLICT (workspace, bucket, series_id) DO UPDATE SET
                events = r.events + excluded.events,
                unpriced_events = r.unpriced_events + excluded.unpriced_events,
                \(UsageQuantity.columns.map { addition(to: $0.rawValue) }.joined(separator: ", ")),
                cost = r.cost + excluded.cost
            """
    )

    /// Adds tokens up to the most that the column holds.
    ///
    /// An error here would come again with every try, and keep what others sent from the ledger.
    private static func addition(to column: String) -> String {
        "\(column) = r.\(column) + least(excluded.\(column), \(Int64.max) - r.\(column))"
    }

    private static let upsertQuantities: SQL = """
        INSERT INTO rollup_quantities AS r (workspace, bucket, series_id, quantity, amount)
        SELECT * FROM unnest($1::integer[], $2::timestamptz[], $3::bigint[], $4::text[], $5::numeric[])
        ON CONFLICT (workspace, bucket, series_id, quantity) DO UPDATE SET amount = r.amount + excluded.amount
        """

    static func upserts(of rollups: RollupBatch) -> [PostgresQuery] {
        let rows = rollups.rows
        var queries = opening(rollups)
        queries.append(
            PostgresQuery(
                upsertRollups,
                [
                    .int32Array(rows.map(\.key.workspace)), .timestampArray(rows.map(\.key.bucket)),
                    .int64Array(rows.map(\.key.series)), .int64Array(rows.map(\.totals.events)),
                    .int64Array(rows.map(\.totals.unpricedEvents)), tokens(rows.map(\.totals.inputTokens)),
                    tokens(rows.map(\.totals.outputTokens)), tokens(rows.map(\.totals.cacheReadTokens)),
                    tokens(rows.map(\.totals.cacheWriteTokens)), tokens(rows.map(\.totals.reasoningTokens)),
                    .numericArray(rows.map(\.totals.cost.picoDollars)),
                ]
            )
        )
        let quantities = rollups.quantities
        if !quantities.isEmpty {
            queries.append(
                PostgresQuery(
                    upsertQuantities,
                    [
                        .int32Array(quantities.map(\.key.key.workspace)),
                        .timestampArray(quantities.map(\.key.key.bucket)),
                        .int64Array(quantities.map(\.key.key.series)), .textArray(quantities.map(\.key.quantity)),
                        .numericArray(quantities.map(\.millionths)),
                    ]
                )
            )
        }
        return queries
    }

    private static func tokens(_ sums: [Int128]) -> PostgresValue { .int64Array(sums.map { Int64(clamping: $0) }) }
}
