internal import Domain

/// What the ledger in memory holds: the tables of the one in PostgreSQL.
struct MemoryLedger {
    /// A row of `usage_events`.
    struct Row {
        var id: Int64
        var kind: LedgerRow.Kind
        var number: SeriesNumber
        var priced: PricedEvent
        var recordedAt: Timestamp
        /// Pico-dollars that the row adds to the spend; `nil` for an event without a price.
        var amount: Int64?
        var unpricedEvents: Int64
        var adjusts: Int64?
        var revision: Int32 = 0
        var job: Int64?
        var reference: String?
        /// The entry that brought an event.
        var entry: EntryReference?

        func isSelected(by query: LedgerQuery) -> Bool {
            query.contains(priced) && (query.recordedBefore.map { recordedAt < $0 } ?? true)
        }

        /// What it adds to sums.
        func totals(_ quantity: MeasuredQuantity?) -> LedgerTotals {
            var totals = LedgerTotals.zero
            if kind == .event { totals.add(priced, quantity: quantity) }
            totals.cost = MoneySum(picoDollars: Int128(amount ?? 0))
            totals.unpricedEvents = unpricedEvents
            return totals
        }
    }

    private(set) var rows: [Row] = []
    private(set) var identities: [UInt128: BatchPlan.Identity] = [:]
    var late: Set<BatchPlan.EntryKey> = []
    private(set) var outbox: [Int: [OutboxEntry]] = [:]
    var relayed: [Int: Int64] = [:]
    private(set) var positions: [Int: EntryReference] = [:]
    /// The life of each partition's streams.
    var lives: [Int: Int64] = [:]
    /// How many batches of an earlier life each partition was given.
    private(set) var lateBatches: [Int: Int64] = [:]
    var jobs: [LedgerJob] = []
    /// Who holds a job, and until when.
    var leases: [Int64: LedgerLease] = [:]
    private var workspaces: [String: Int32] = [:]
    private var series: [SeriesKey: SeriesNumber] = [:]
    /// The positions of each event's adjustments.
    private var adjustments: [Int64: [Int]] = [:]

    static func sum(_ rows: [Row], _ query: LedgerQuery) -> LedgerTotals {
        rows.reduce(into: .zero) { $0 += $1.totals(query.quantity) }
    }

    /// The numbers of a series, made when it is new.
    mutating func number(of key: SeriesKey) -> SeriesNumber {
        if let known = series[key] { return known }
        let workspace = workspaces[key.workspace] ?? Int32(workspaces.count + 1)
        workspaces[key.workspace] = workspace
        let number = SeriesNumber(workspace: workspace, series: Int64(series.count + 1))
        series[key] = number
        return number
    }

    /// Counts a batch for the partitions of which it brought entries of a life that is over.
    mutating func countLate(_ kept: [LedgerEntry]) {
        let late = kept.filter { entry in lives[entry.partition].map { $0 != entry.reference.epoch } ?? false }
        for partition in Set(late.map(\.partition)) { lateBatches[partition, default: 0] += 1 }
    }

    /// Notes how far a partition's stream was read; an entry of a life that is over says nothing.
    mutating func advance(to reference: EntryReference, of partition: Int) {
        if let life = lives[partition], life != reference.epoch { return }
        let known = positions[partition]
        positions[partition] = known?.epoch == reference.epoch ? max(known ?? reference, reference) : reference
    }

    mutating func keep(_ entry: LedgerEntry) {
        identities[entry.idHash] = BatchPlan.Identity(reference: entry.reference, digest: entry.digest)
        let money = entry.priced.cost.money
        rows.append(
            Row(
                id: Int64(rows.count + 1),
                kind: .event,
                number: number(of: SeriesKey(entry.priced)),
                priced: entry.priced,
                recordedAt: entry.priced.event.receivedAt,
                amount: money?.picoDollars,
                unpricedEvents: money == nil ? 1 : 0,
                entry: entry.reference
            )
        )
    }

    /// Puts deltas into a partition's outbox.
    mutating func send(_ deltas: [OutboxDelta], partition: Int) {
        for delta in deltas {
            let number = Int64(outbox[partition]?.count ?? 0) + 1
            let epoch = delta.reference?.epoch ?? positions[partition]?.epoch
            outbox[partition, default: []].append(delta.entry(partition: partition, number: number, epoch: epoch))
        }
    }

    /// Writes a page of corrections for a job.
    mutating func write(_ batch: CorrectionBatch, job: Int64, at now: Timestamp) {
        for row in batch.rows {
            if let target = row.target { adjustments[target.row, default: []].append(rows.count) }
            rows.append(
                Row(
                    id: Int64(rows.count + 1),
                    kind: .adjustment,
                    number: row.number,
                    priced: row.priced,
                    recordedAt: now,
                    amount: row.amount,
                    unpricedEvents: row.unpricedEvents,
                    adjusts: row.target?.row,
                    revision: row.target?.revision ?? 0,
                    job: job,
                    reference: row.reference
                )
            )
        }
        for (partition, deltas) in batch.outbox.deltas { send(deltas, partition: partition) }
    }

    /// The revision of an event's last adjustment, 0 for none.
    func revision(of event: Int64) -> Int32 {
        adjustments[event]?.last.map { rows[$0].revision } ?? 0
    }

    /// An event or a manual adjustment as it is shown.
    func ledgerRow(_ row: Row, recordedBefore: Timestamp? = nil) -> LedgerRow {
        var result = LedgerRow(
            id: row.id,
            kind: row.kind,
            priced: row.priced,
            number: row.number,
            reference: row.reference,
            job: row.job.map { reference(to: $0) }
        )
        for position in adjustments[row.id] ?? [] {
            let change = rows[position]
            if let recordedBefore, change.recordedAt >= recordedBefore { continue }
            result.add(
                LedgerAdjustment(
                    revision: change.revision,
                    recordedAt: change.recordedAt,
                    amount: Money(picoDollars: change.amount ?? 0),
                    unpricedEvents: change.unpricedEvents,
                    cost: change.priced.cost,
                    job: reference(to: change.job ?? 0)
                )
            )
        }
        return result
    }

    private func reference(to id: Int64) -> LedgerJobReference {
        // Jobs are numbered from 1 without gaps, and never go away.
        let job = jobs[Int(id) - 1]
        return LedgerJobReference(
            id: id,
            key: job.request.key,
            kind: job.request.kind,
            reason: job.request.reason,
            author: job.request.author,
            isReversed: job.reversedBy != nil
        )
    }
}
