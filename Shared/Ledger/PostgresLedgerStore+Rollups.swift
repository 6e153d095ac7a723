internal import Domain
internal import Postgres

/// Adding to the rollups.
extension PostgresLedgerStore {
    private static let upsertRollups: SQL = """
        INSERT INTO rollups AS r (workspace, bucket, series_id, events, unpriced_events, input_tokens, output_tokens,
            cache_read_tokens, cache_write_tokens, reasoning_tokens, cost)
        SELECT * FROM unnest($1::integer[], $2::timestamptz[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
            $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::numeric[])
        ON CONFLICT (workspace, bucket, series_id) DO UPDATE SET
            events = r.events + excluded.events,
            unpriced_events = r.unpriced_events + excluded.unpriced_events,
            input_tokens = r.input_tokens + excluded.input_tokens,
            output_tokens = r.output_tokens + excluded.output_tokens,
            cache_read_tokens = r.cache_read_tokens + excluded.cache_read_tokens,
            cache_write_tokens = r.cache_write_tokens + excluded.cache_write_tokens,
            reasoning_tokens = r.reasoning_tokens + excluded.reasoning_tokens,
            cost = r.cost + excluded.cost
        """

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
                    .int64Array(rows.map(\.totals.unpricedEvents)), .int64Array(rows.map(\.totals.inputTokens)),
                    .int64Array(rows.map(\.totals.outputTokens)), .int64Array(rows.map(\.totals.cacheReadTokens)),
                    .int64Array(rows.map(\.totals.cacheWriteTokens)),
                    .int64Array(rows.map(\.totals.reasoningTokens)),
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
}
