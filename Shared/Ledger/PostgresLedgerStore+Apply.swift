internal import Directory
package import Domain
internal import Postgres

/// Writing corrections.
extension PostgresLedgerStore {
    package func apply(
        _ step: LedgerStep,
        to job: LedgerJob,
        lease: LedgerLease,
        at now: Timestamp
    ) async throws -> LedgerJob {
        try step.check()
        guard job.request.kind != .reversal, job.request.kind != .manual else {
            throw LedgerError(.invalidQuery, "job \(job.id) is driven another way")
        }
        var batch = CorrectionBatch(reason: .init(job.request.kind), partitioning: partitioning)
        for (row, cost) in zip(step.page.rows, step.costs) { batch.set(row, to: cost) }
        return try await commit(
            JobPage(job: job, batch: batch, next: step.page.next, carry: step.carry),
            lease: lease,
            at: now
        )
    }

    package func reverse(
        _ job: LedgerJob,
        limit: Int,
        lease: LedgerLease,
        at now: Timestamp
    ) async throws -> LedgerJob {
        try checkLimit(limit, atMost: LedgerStep.rowLimit)
        guard let target = job.request.reverses else {
            throw LedgerError(.invalidQuery, "job \(job.id) is no reversal")
        }
        let (rows, next) = try await mapErrors {
            let plan = ReportPlanner.written(by: target, after: job.cursor, limit: limit)
            let found = try await pool.query(plan.sql, plan.values)
            let last = try found.last.map { row in
                LedgerScanCursor(
                    workspace: try row.value("workspace"),
                    occurredAt: try row.value("occurred_at"),
                    row: try row.value("own_id")
                )
            }
            return (try await self.rows(Array(found)), found.count == limit ? last : nil)
        }
        var batch = CorrectionBatch(reason: .init(job.request.kind), partitioning: partitioning)
        for row in rows { batch.reverse(row) }
        return try await commit(JobPage(job: job, batch: batch, next: next, carry: nil), lease: lease, at: now)
    }

    package func adjust(
        _ adjustments: [ManualAdjustment],
        for request: LedgerJobRequest,
        by author: Author,
        at now: Timestamp
    ) async throws -> LedgerJob {
        let request = try request.manual(adjustments)
        let priced = adjustments.enumerated().map { $1.priced(named: "\(request.key)/\($0 + 1)", at: now) }
        try await prepareMonths(of: adjustments.map(\.occurredAt))
        let numbers = try await seriesNumbers(of: priced.map { SeriesKey($0) })
        var batch = CorrectionBatch(reason: .adjustment, partitioning: partitioning)
        for (index, adjustment) in adjustments.enumerated() {
            batch.add(priced[index], as: numbers[index], reference: adjustment.reference)
        }
        let whole = batch
        return try await mapErrors {
            try await pool.withTransaction(attempts: configuration.attempts) { connection in
                let (job, isNew) = try await makeJob(request, as: .running, at: now, on: connection)
                guard isNew else { return job }
                let page = JobPage(job: job, batch: whole, next: nil, carry: nil)
                let done = try await write(page, until: nil, owner: nil, at: now, on: connection)
                try await Directory.audit([done.entry("adjustment.create", by: author)], at: now, in: connection)
                return done
            }
        }
    }

    /// A page of a job, ready to be written.
    struct JobPage: Sendable {
        var job: LedgerJob
        var batch: CorrectionBatch
        /// Where the next page starts; `nil` ends the job.
        var next: LedgerScanCursor?
        var carry: String?
    }

    private func commit(_ page: JobPage, lease: LedgerLease, at now: Timestamp) async throws -> LedgerJob {
        try await mapErrors {
            do {
                return try await pool.withTransaction(attempts: configuration.attempts) { connection in
                    try await write(page, until: lease.until, owner: lease.owner, at: now, on: connection)
                }
            } catch let error as PostgresError where error.isUniqueViolation {
                // Another job has changed one of the events since the page was read.
                throw page.job.staleError
            }
        }
    }

    private static let advance = SQL(
        assembled: """
            UPDATE ledger_jobs AS j SET pages = pages + 1, state = $3::smallint,
                cursor_workspace = $4::integer, cursor_at = $5::timestamptz, cursor_row = $6::bigint, carry = $7,
                events_read = events_read + $8::bigint, events_changed = events_changed + $9::bigint,
                cost_before = cost_before + $10::numeric, cost_after = cost_after + $11::numeric,
                unpriced_before = unpriced_before + $12::bigint, unpriced_after = unpriced_after + $13::bigint,
                updated_at = $14::timestamptz, finished_at = CASE WHEN $3::smallint = 3 THEN $14::timestamptz END,
                lease_owner = $15, lease_until = $16::timestamptz
            WHERE id = $1::bigint AND pages = $2::bigint AND state = 2
            RETURNING \(jobColumns)
            """
    )

    /// Writes a page within a transaction.
    ///
    /// The job's row comes first: who waits for it finds that the page was done. Then all writers of the ledger lock in
    /// one order: rows, rollups, outbox.
    private func write(
        _ page: JobPage,
        until: Timestamp?,
        owner: String?,
        at now: Timestamp,
        on connection: PostgresConnection
    ) async throws -> LedgerJob {
        let progress = page.batch.progress
        let place = page.next ?? page.job.cursor
        let state: LedgerJob.State = page.next == nil ? .done : .running
        let advanced = try await connection.query(
            Self.advance,
            [
                .int(page.job.id), .int(page.job.pages), .int(Int64(state.rawValue)),
                .int(place.map { Int64($0.workspace) }), .timestamp(place?.occurredAt), .int(place?.row),
                .text(page.carry), .int(progress.read), .int(progress.changed),
                .numeric(progress.costBefore.picoDollars), .numeric(progress.costAfter.picoDollars),
                .int(progress.unpricedBefore), .int(progress.unpricedAfter), .timestamp(now), .text(owner),
                .timestamp(until),
            ]
        )
        guard let job = try advanced.first.map({ try LedgerJob($0) }) else { throw page.job.staleError }
        try await write(page.batch, job: job.id, at: now, on: connection)
        return job
    }

    private func write(
        _ batch: CorrectionBatch,
        job: Int64,
        at now: Timestamp,
        on connection: PostgresConnection
    ) async throws {
        guard !batch.rows.isEmpty else { return }
        var writer = AdjustmentRowWriter(expecting: batch.rows.count)
        for row in batch.rows { try writer.append(row, job: job, at: now) }
        _ = try await connection.copyIn(AdjustmentRowWriter.statement, writer.rows)
        if !batch.rollups.rows.isEmpty { _ = try await connection.pipeline(Self.upserts(of: batch.rollups)) }
        try await replaceOpenQuantities(batch.rows, on: connection)
        for (partition, deltas) in batch.outbox.deltas { try await send(deltas, partition: partition, on: connection) }
    }

    /// Keeps the list of what has no price.
    private func replaceOpenQuantities(_ rows: [AdjustmentRow], on connection: PostgresConnection) async throws {
        let closed = rows.compactMap { row in row.target.flatMap { $0.isOpen ? $0.row : nil } }
        if !closed.isEmpty {
            _ = try await connection.query(
                "DELETE FROM unpriced_quantities WHERE event_row = ANY($1::bigint[])",
                [.int64Array(closed)]
            )
        }
        var list = UnpricedRowWriter()
        for row in rows {
            guard let target = row.target else { continue }
            list.append(row.priced, workspace: row.number.workspace, id: target.row)
        }
        if list.rows.rowCount > 0 { _ = try await connection.copyIn(UnpricedRowWriter.statement, list.rows) }
    }
}

extension LedgerJobRequest {
    /// The request of a job that makes adjustments, which tells one set of them from another.
    ///
    /// - Throws: `LedgerError` with code `invalidQuery` or `invalidEntry`.
    func manual(_ adjustments: [ManualAdjustment]) throws -> LedgerJobRequest {
        guard kind == .manual else { throw LedgerError(.invalidQuery, "a job with adjustments is manual") }
        guard (1...ManualAdjustment.limit).contains(adjustments.count) else {
            throw LedgerError(.invalidQuery, "a job has 1 to \(ManualAdjustment.limit) adjustments")
        }
        for adjustment in adjustments {
            try adjustment.check()
            guard workspace == nil || workspace == adjustment.workspace else {
                throw LedgerError(.invalidQuery, "an adjustment belongs to another workspace than its job")
            }
        }
        var request = self
        request.parameters["adjustments"] = adjustments.digest
        try request.check()
        return request
    }
}
