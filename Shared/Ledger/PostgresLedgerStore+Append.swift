internal import Domain
internal import Postgres
internal import Synchronization

/// Keeping a batch.
extension PostgresLedgerStore {
    package func append(_ entries: [LedgerEntry], writer: String) async throws -> [LedgerOutcome] {
        guard !entries.isEmpty else { return [] }
        for entry in entries { try entry.check() }
        try await prepareMonths(of: entries.lazy.map(\.priced.event.occurredAt))
        let plan = BatchPlan(entries)
        while true {
            let series = try await lookUpSeries(of: entries.map { SeriesKey($0.priced) })
            let batch = Batch(
                entries: entries,
                numbers: series.numbers,
                erasures: series.erasures,
                plan: plan,
                writer: writer
            )
            do {
                return try await append(batch)
            } catch is StaleSeries {
                forgetSeries()
            }
        }
    }

    /// A user was erased between looking up the series and writing.
    private struct StaleSeries: Error {}

    private func append(_ batch: Batch) async throws -> [LedgerOutcome] {
        try await mapErrors {
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
        let erasures: [Int32: Int64]
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
            var rollups = RollupBatch()
            for position in kept { rollups.add(batch.entries[position].priced, as: batch.numbers[position]) }
            try await copy(kept, of: batch, on: connection)
            queries = Self.upserts(of: rollups)
        }
        if configuration.notesPositions { queries += Self.positions(of: batch, kept: kept) }
        if !kept.isEmpty { queries.append(Self.erasuresOf(Set(kept.map { batch.numbers[$0].workspace }))) }
        let results = try await connection.pipeline(queries)
        if !kept.isEmpty, let present = results.last {
            for row in present {
                let seen = batch.erasures[try row.value("number")]
                guard try row.value("erasures", as: Int64.self) == seen else { throw StaleSeries() }
            }
        }
        try await refuse(batch, &outcomes, on: connection)
        return outcomes
    }

    /// Copies kept events; those with something unpriced get their numbers first, for the list of these.
    private func copy(_ kept: [Int], of batch: Batch, on connection: PostgresConnection) async throws {
        let open = kept.filter { batch.entries[$0].priced.cost.hasOpenQuantities }
        var writer = UsageRowWriter(expecting: kept.count)
        for position in kept where !batch.entries[position].priced.cost.hasOpenQuantities {
            try writer.append(batch.entries[position].priced, as: batch.numbers[position])
        }
        if writer.rows.rowCount > 0 { _ = try await connection.copyIn(UsageRowWriter.statement, writer.rows) }
        guard !open.isEmpty else { return }
        let ids = try await connection.query(
            "SELECT nextval('usage_event_ids') FROM generate_series(1, $1::bigint)",
            [.int(open.count)]
        )
        var numbered = UsageRowWriter(expecting: open.count)
        var list = UnpricedRowWriter()
        for (position, row) in zip(open, ids) {
            let priced = batch.entries[position].priced
            let id: Int64 = try row.value(at: 0)
            try numbered.append(priced, as: batch.numbers[position], id: id)
            list.append(priced, workspace: batch.numbers[position].workspace, id: id)
        }
        _ = try await connection.copyIn(UsageRowWriter.numberedStatement, numbered.rows)
        _ = try await connection.copyIn(UnpricedRowWriter.statement, list.rows)
    }
}
