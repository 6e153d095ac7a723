package import Domain
internal import Synchronization

/// Corrections.
extension InMemoryLedgerStore {
    package func scan(
        _ query: LedgerScanQuery,
        after cursor: LedgerScanCursor?,
        limit: Int
    ) async throws -> LedgerScanPage {
        try query.check()
        try checkLimit(limit, atMost: LedgerStep.rowLimit)
        return state.withLock { state in
            let found = state.rows.filter { $0.kind == .event && $0.isSelected(by: query.events) }
                .map { state.ledgerRow($0) }
                .filter { row in !query.unpricedOnly || row.current.hasOpenQuantities }
                .filter { row in !query.cachedOnly || row.priced.event.usage.isCached }
                .filter { row in cursor.map { row.scanCursor > $0 } ?? true }
                .sorted { $0.scanCursor < $1.scanCursor }
            let rows = Array(found.prefix(limit))
            return LedgerScanPage(rows: rows, next: rows.count == limit ? rows.last?.scanCursor : nil)
        }
    }

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
        let whole = batch
        return try state.withLock { state in
            try state.commit(whole, of: job, next: step.page.next, carry: step.carry, lease: lease, at: now)
        }
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
        return try state.withLock { state in
            let written = state.rows.filter { $0.job == target }
                .map { (row: $0, place: $0.place) }
                .filter { written in job.cursor.map { written.place > $0 } ?? true }
                .sorted { $0.place < $1.place }
                .prefix(limit)
            var batch = CorrectionBatch(reason: .init(job.request.kind), partitioning: partitioning)
            for (row, _) in written {
                // Rows are numbered from 1 without gaps.
                let corrected = row.adjusts.map { state.rows[Int($0) - 1] } ?? row
                batch.reverse(state.ledgerRow(corrected))
            }
            let next = written.count == limit ? written.last?.place : nil
            return try state.commit(batch, of: job, next: next, carry: nil, lease: lease, at: now)
        }
    }

    package func adjust(
        _ adjustments: [ManualAdjustment],
        for request: LedgerJobRequest,
        by author: Author,
        at now: Timestamp
    ) async throws -> LedgerJob {
        let request = try request.manual(adjustments)
        return try state.withLock { state in
            var batch = CorrectionBatch(reason: .adjustment, partitioning: partitioning)
            for (index, adjustment) in adjustments.enumerated() {
                let priced = adjustment.priced(named: "\(request.key)/\(index + 1)", at: now)
                batch.add(priced, as: state.number(of: SeriesKey(priced)), reference: adjustment.reference)
            }
            let (job, isNew) = try state.make(request, as: .running, at: now)
            return isNew ? try state.commit(batch, of: job, next: nil, carry: nil, lease: nil, at: now) : job
        }
    }

    package func unpriced(workspaces: [String]?, limit: Int, after cursor: UnpricedCursor?) async throws -> UnpricedPage
    {
        try checkLimit(limit, atMost: 1_000)
        let groups = state.withLock { state in
            var groups: [UnpricedCursor: UnpricedGroup] = [:]
            for event in state.openEvents where workspaces?.contains(event.priced.event.identity.workspace) ?? true {
                for open in event.current.openQuantities { groups.add(event.priced.event, open.name, open.reason) }
            }
            return groups
        }
        let following = groups.sorted { $0.key < $1.key }.filter { group in cursor.map { $0 < group.key } ?? true }
        return UnpricedPage(following.map(\.value), limit: limit)
    }

    package func unpricedModels(among models: [LedgerModel]) async throws -> Set<LedgerModel> {
        guard !models.isEmpty else { return [] }
        try checkLimit(models.count, atMost: 10_000)
        let open = state.withLock { state in
            state.openEvents.map { LedgerModel(provider: $0.priced.event.provider, model: $0.priced.event.model) }
        }
        return Set(models).intersection(open)
    }

    package func monthVolume(_ query: MonthVolumeQuery) async throws -> Int128 {
        try await totals(try query.query()).quantityMillionths
    }
}

extension MemoryLedger {
    /// Events of which something has no price now.
    fileprivate var openEvents: [LedgerRow] {
        rows.filter { $0.kind == .event }.map { ledgerRow($0) }.filter(\.current.hasOpenQuantities)
    }

    /// Writes a page and how its job stands then; refuses it when the job or an event is no longer as it was read.
    fileprivate mutating func commit(
        _ batch: CorrectionBatch,
        of job: LedgerJob,
        next: LedgerScanCursor?,
        carry: String?,
        lease: LedgerLease?,
        at now: Timestamp
    ) throws -> LedgerJob {
        guard var advanced = jobs.first(where: { $0.id == job.id }), advanced.state == .running,
            advanced.pages == job.pages,
            batch.rows.allSatisfy({ row in row.target.map { revision(of: $0.row) == $0.revision - 1 } ?? true })
        else { throw job.staleError }
        advanced.pages += 1
        advanced.state = next == nil ? .done : .running
        advanced.cursor = next ?? advanced.cursor
        advanced.carry = carry
        advanced.progress += batch.progress
        advanced.updatedAt = now
        advanced.finishedAt = next == nil ? now : nil
        jobs[Int(job.id) - 1] = advanced
        leases[job.id] = lease
        write(batch, job: job.id, at: now)
        return advanced
    }
}

extension MemoryLedger.Row {
    /// Its place among its job's rows.
    fileprivate var place: LedgerScanCursor {
        LedgerScanCursor(workspace: number.workspace, occurredAt: priced.event.occurredAt, row: id)
    }
}

extension [UnpricedCursor: UnpricedGroup] {
    fileprivate mutating func add(_ event: UsageEvent, _ quantity: String, _ reason: Int16) {
        let model = LedgerModel(provider: event.provider, model: event.model)
        let key = UnpricedCursor(model: model, quantity: quantity, reason: reason)
        var group =
            self[key]
            ?? UnpricedGroup(
                model: model,
                quantity: quantity.isEmpty ? nil : quantity,
                reason: UInt8(exactly: reason).flatMap { UnpricedQuantity.Reason(rawValue: $0) },
                events: 0,
                firstSeen: event.occurredAt,
                lastSeen: event.occurredAt
            )
        group.events += 1
        group.firstSeen = Swift.min(group.firstSeen, event.occurredAt)
        group.lastSeen = Swift.max(group.lastSeen, event.occurredAt)
        self[key] = group
    }
}
