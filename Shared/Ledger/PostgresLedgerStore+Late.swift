internal import Domain
internal import Postgres

/// Refusing late duplicates.
extension PostgresLedgerStore {
    private static let insertLate: SQL = """
        INSERT INTO late_duplicates (workspace, entry_epoch, entry_ms, entry_seq, partition, id, event_id, series_id,
            occurred_at, recorded_at, cost, is_conflict)
        SELECT * FROM unnest($1::integer[], $2::bigint[], $3::bigint[], $4::bigint[], $5::integer[], $6::uuid[],
            $7::text[], $8::bigint[], $9::timestamptz[], $10::timestamptz[], $11::bigint[], $12::boolean[])
        ON CONFLICT DO NOTHING
        RETURNING partition, entry_epoch, entry_ms, entry_seq
        """

    /// Lists the late duplicates of a batch and sends their amounts out negated; those that were listed before become
    /// redeliveries.
    func refuse(_ batch: Batch, _ outcomes: inout [LedgerOutcome], on connection: PostgresConnection) async throws {
        let late = Batch.positions(outcomes) {
            if case .lateDuplicate = $0 { true } else { false }
        }.sorted { Self.order(batch.entries[$0]) < Self.order(batch.entries[$1]) }
        guard !late.isEmpty else { return }
        let listed = try await list(late, of: batch, outcomes, on: connection)
        var fresh: [Int] = []
        for position in late {
            if listed.contains(BatchPlan.EntryKey(batch.entries[position])) {
                fresh.append(position)
            } else {
                outcomes[position] = .redelivered
            }
        }
        let final = outcomes
        for (partition, positions) in Dictionary(grouping: fresh, by: { batch.entries[$0].partition })
            .sorted(by: { $0.key < $1.key })
        {
            try await send(
                positions.map { position in
                    OutboxDelta.undoing(
                        batch.entries[position],
                        as: batch.numbers[position],
                        isConflict: final[position] == .lateDuplicate(conflict: true)
                    )
                },
                partition: partition,
                on: connection
            )
        }
    }

    /// Replicas list in one order, so that none waits for another in a circle.
    private static func order(_ entry: LedgerEntry) -> (Int, Int64, Int64, Int64) {
        (entry.partition, entry.reference.epoch, entry.reference.milliseconds, entry.reference.sequence)
    }

    private func list(
        _ late: [Int],
        of batch: Batch,
        _ outcomes: [LedgerOutcome],
        on connection: PostgresConnection
    ) async throws -> Set<BatchPlan.EntryKey> {
        let entries = late.map { batch.entries[$0] }
        let events = entries.map(\.priced.event)
        let rows = try await connection.query(
            Self.insertLate,
            [
                .int32Array(late.map { batch.numbers[$0].workspace }), .int64Array(entries.map(\.reference.epoch)),
                .int64Array(entries.map(\.reference.milliseconds)), .int64Array(entries.map(\.reference.sequence)),
                .int32Array(entries.map { Int32($0.partition) }), .uuidArray(entries.map(\.idBytes)),
                .textArray(events.map(\.eventID)), .int64Array(late.map { batch.numbers[$0].series }),
                .timestampArray(events.map(\.occurredAt)), .timestampArray(events.map(\.receivedAt)),
                .int64Array(entries.map { $0.priced.cost.money?.picoDollars }),
                .boolArray(late.map { outcomes[$0] == .lateDuplicate(conflict: true) }),
            ]
        )
        return Set(
            try rows.map { BatchPlan.EntryKey(partition: try $0.value("partition"), reference: try EntryReference($0)) }
        )
    }
}

/// The outbox.
extension PostgresLedgerStore {
    /// The row's lock is held until the transaction ends: so numbers commit in their order.
    private static let takeNumbers: SQL = """
        INSERT INTO partitions AS p (partition, last_outbox_number) VALUES ($1::integer, $2::bigint)
        ON CONFLICT (partition) DO UPDATE SET last_outbox_number = p.last_outbox_number + excluded.last_outbox_number
        RETURNING last_outbox_number
        """

    private static let insertDeltas: SQL = """
        INSERT INTO outbox (partition, number, workspace, series_id, tags, occurred_at, amount, events,
            unpriced_events, reason, entry_epoch, entry_ms, entry_seq)
        SELECT $1::integer, $2::bigint + position, workspace, series, tags::jsonb, occurred_at, amount, events,
            unpriced, reason,
            -- What undoes no entry belongs to the life of Redis that the ledger heard of last.
            coalesce(epoch, (SELECT entry_epoch FROM writer_positions WHERE partition = $1::integer
                ORDER BY updated_at DESC LIMIT 1)), ms, seq
        FROM unnest($3::text[], $4::bigint[], $5::text[], $6::timestamptz[], $7::bigint[], $8::bigint[],
            $9::bigint[], $10::smallint[], $11::bigint[], $12::bigint[], $13::bigint[]) WITH ORDINALITY
            AS given (workspace, series, tags, occurred_at, amount, events, unpriced, reason, epoch, ms, seq, position)
        """

    /// Puts deltas into a partition's outbox, in their order.
    func send(_ deltas: [OutboxDelta], partition: Int, on connection: PostgresConnection) async throws {
        let taken = try await connection.query(Self.takeNumbers, [.int(partition), .int(deltas.count)])
        let last: Int64 = try taken.first?.value(at: 0) ?? 0
        _ = try await connection.query(
            Self.insertDeltas,
            [
                .int(partition), .int(last - Int64(deltas.count)), .textArray(deltas.map(\.identity.workspace)),
                .int64Array(deltas.map(\.number.series)),
                .textArray(deltas.map { TagsText.text(of: $0.identity.tags) }),
                .timestampArray(deltas.map(\.occurredAt)), .int64Array(deltas.map(\.amount)),
                .int64Array(deltas.map(\.events)), .int64Array(deltas.map(\.unpricedEvents)),
                .int16Array(deltas.map(\.reason.rawValue)), .int64Array(deltas.map(\.reference?.epoch)),
                .int64Array(deltas.map(\.reference?.milliseconds)), .int64Array(deltas.map(\.reference?.sequence)),
            ]
        )
    }
}
