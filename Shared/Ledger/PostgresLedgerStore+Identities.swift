internal import Domain
internal import Postgres

/// Claiming identities, of which each names one event for ever.
///
/// Nearly every batch is fresh, and COPY claims it at half the price of an insert that looks for conflicts. When that
/// meets an identity that the ledger has, the batch and some that follow it take the careful way.
extension PostgresLedgerStore {
    /// How many batches take the careful way after one that met a known identity.
    static let carefulBatches = 32

    private static let copyIdentities: SQL = """
        COPY identities (workspace, id, entry_epoch, entry_ms, entry_seq, digest, occurred_at)
        FROM STDIN (FORMAT binary)
        """

    /// Claims the identities of the candidates, all of which must be new.
    ///
    /// - Returns: Nothing: no identity was there before.
    /// - Throws: `PostgresError` for which `isKnownIdentity` holds when one is not new.
    func copyIdentities(
        of batch: Batch,
        on connection: PostgresConnection
    ) async throws -> [UInt128: BatchPlan.Identity] {
        var rows = PostgresCopyBuffer(reservingBytes: batch.plan.candidates.count * 84)
        for position in batch.plan.candidates {
            let entry = batch.entries[position]
            rows.beginRow(columns: 7)
            rows.append(batch.numbers[position].workspace)
            rows.append(bytes: entry.idBytes)
            rows.append(entry.reference.epoch)
            rows.append(entry.reference.milliseconds)
            rows.append(entry.reference.sequence)
            rows.append(Int64(bitPattern: entry.digest))
            rows.append(entry.priced.event.occurredAt)
        }
        _ = try await connection.copyIn(Self.copyIdentities, rows)
        return [:]
    }

    private static let insertIdentities: SQL = """
        INSERT INTO identities (workspace, id, entry_epoch, entry_ms, entry_seq, digest, occurred_at)
        SELECT * FROM unnest($1::integer[], $2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
            $7::timestamptz[])
        ON CONFLICT DO NOTHING
        RETURNING id
        """

    private static let selectIdentities: SQL = """
        SELECT id, entry_epoch, entry_ms, entry_seq, digest FROM identities
        WHERE (workspace, id) IN (SELECT * FROM unnest($1::integer[], $2::uuid[]))
        """

    /// Claims the identities of the candidates where it can and returns those that the ledger had before.
    func claimIdentities(
        of batch: Batch,
        on connection: PostgresConnection
    ) async throws -> [UInt128: BatchPlan.Identity] {
        let candidates = batch.plan.candidates
        let entries = candidates.map { batch.entries[$0] }
        let inserted = try await connection.query(
            Self.insertIdentities,
            [
                .int32Array(candidates.map { batch.numbers[$0].workspace }), .uuidArray(entries.map(\.idBytes)),
                .int64Array(entries.map(\.reference.epoch)), .int64Array(entries.map(\.reference.milliseconds)),
                .int64Array(entries.map(\.reference.sequence)),
                .int64Array(entries.map { Int64(bitPattern: $0.digest) }),
                .timestampArray(entries.map(\.priced.event.occurredAt)),
            ]
        )
        if inserted.count == candidates.count { return [:] }
        let fresh = Set(try inserted.map { try $0.value(at: 0, as: [UInt8].self) })
        let known = candidates.filter { !fresh.contains(batch.entries[$0].idBytes) }
        // A later statement sees what a concurrent writer has committed meanwhile.
        let rows = try await connection.query(
            Self.selectIdentities,
            [
                .int32Array(known.map { batch.numbers[$0].workspace }),
                .uuidArray(known.map { batch.entries[$0].idBytes }),
            ]
        )
        var existing: [UInt128: BatchPlan.Identity] = [:]
        for row in rows {
            let id: [UInt8] = try row.value("id")
            existing[id.reduce(0) { $0 << 8 | UInt128($1) }] = BatchPlan.Identity(
                reference: try EntryReference(row),
                digest: UInt64(bitPattern: try row.value("digest"))
            )
        }
        guard existing.count == known.count else {
            throw LedgerError(.corruptRow, "an identity vanished while it was looked up")
        }
        return existing
    }
}

extension PostgresLedgerStore.Memory {
    /// Whether the next batch may be taken for fresh.
    mutating func expectsFreshBatch() -> Bool {
        guard carefulBatches > 0 else { return true }
        carefulBatches -= 1
        return false
    }
}

extension PostgresError {
    /// Whether an identity that was to be claimed is in the ledger.
    var isKnownIdentity: Bool { isUniqueViolation && constraint == "identities_pkey" }
}
