internal import Domain
internal import Postgres
internal import Synchronization

/// Keeping a batch.
extension PostgresLedgerStore {
    package func append(_ entries: [LedgerEntry], writer: String) async throws -> [LedgerOutcome] {
        guard !entries.isEmpty else { return [] }
        for entry in entries { try entry.check() }
        try await prepareMonths(of: entries.lazy.map(\.priced.event.occurredAt))
        let batch = Batch(
            entries: entries,
            numbers: try await seriesNumbers(of: entries),
            plan: BatchPlan(entries),
            writer: writer
        )
        return try await mapErrors {
            if memory.withLock({ $0.expectsFreshBatch() }) {
                do {
                    return try await transact(batch, isFresh: true)
                } catch let error as PostgresError where error.isKnownIdentity {
                    memory.withLock { $0.carefulBatches = Self.carefulBatches }
                }
            }
            return try await transact(batch, isFresh: false)
        }
    }

    private func transact(_ batch: Batch, isFresh: Bool) async throws -> [LedgerOutcome] {
        try await pool.withTransaction(attempts: configuration.attempts) { connection in
            let existing =
                try await isFresh
                ? copyIdentities(of: batch, on: connection) : claimIdentities(of: batch, on: connection)
            return try await keep(batch, existing: existing, on: connection)
        }
    }

    /// A batch with what was found out about it before the transaction.
    struct Batch: Sendable {
        let entries: [LedgerEntry]
        let numbers: [SeriesNumber]
        let plan: BatchPlan
        let writer: String

        /// Positions of the entries with an outcome that satisfies a condition.
        static func positions(
            _ outcomes: [LedgerOutcome],
            where isWanted: (LedgerOutcome) -> Bool
        ) -> [Int] {
            outcomes.indices.filter { isWanted(outcomes[$0]) }
        }
    }

    /// Writes what the identities allow.
    private func keep(
        _ batch: Batch,
        existing: [UInt128: BatchPlan.Identity],
        on connection: PostgresConnection
    ) async throws -> [LedgerOutcome] {
        var outcomes = batch.plan.outcomes(existing: existing)
        let kept = Batch.positions(outcomes) { $0 == .kept }
        var queries: [PostgresQuery] = []
        if !kept.isEmpty {
            var writer = UsageRowWriter(expecting: kept.count)
            var rollups = RollupBatch()
            for position in kept {
                try writer.append(batch.entries[position].priced, as: batch.numbers[position])
                rollups.add(batch.entries[position].priced, as: batch.numbers[position])
            }
            _ = try await connection.copyIn(UsageRowWriter.statement, writer.rows)
            queries = Self.upserts(of: rollups)
        }
        _ = try await connection.pipeline(queries + Self.positions(of: batch))
        try await refuse(batch, &outcomes, on: connection)
        return outcomes
    }

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
        var queries = [
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
        ]
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

    private static let upsertPositions: SQL = """
        INSERT INTO writer_positions AS p (partition, writer, entry_epoch, entry_ms, entry_seq, updated_at)
        SELECT partition, $2, epoch, ms, seq, now()
        FROM unnest($1::integer[], $3::bigint[], $4::bigint[], $5::bigint[]) AS given (partition, epoch, ms, seq)
        ON CONFLICT (partition, writer) DO UPDATE SET entry_epoch = excluded.entry_epoch,
            entry_ms = excluded.entry_ms, entry_seq = excluded.entry_seq, updated_at = excluded.updated_at
        WHERE (p.entry_epoch, p.entry_ms, p.entry_seq)
            < (excluded.entry_epoch, excluded.entry_ms, excluded.entry_seq)
        """

    /// The furthest entry of each partition, under the writer's own name: replicas need not wait for each other.
    private static func positions(of batch: Batch) -> [PostgresQuery] {
        let furthest = Dictionary(
            batch.entries.map { ($0.partition, $0.reference) },
            uniquingKeysWith: { max($0, $1) }
        ).sorted { $0.key < $1.key }
        return [
            PostgresQuery(
                upsertPositions,
                [
                    .int32Array(furthest.map { Int32($0.key) }), .text(batch.writer),
                    .int64Array(furthest.map(\.value.epoch)), .int64Array(furthest.map(\.value.milliseconds)),
                    .int64Array(furthest.map(\.value.sequence)),
                ]
            )
        ]
    }
}

extension EntryReference: Comparable {
    package static func < (left: EntryReference, right: EntryReference) -> Bool {
        (left.epoch, left.milliseconds, left.sequence) < (right.epoch, right.milliseconds, right.sequence)
    }

    /// Reads the columns `entry_epoch`, `entry_ms` and `entry_seq`.
    init(_ row: PostgresRow) throws {
        self.init(
            epoch: try row.value("entry_epoch"),
            milliseconds: try row.value("entry_ms"),
            sequence: try row.value("entry_seq")
        )
    }
}
