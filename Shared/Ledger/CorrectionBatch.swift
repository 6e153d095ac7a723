internal import Domain
internal import Streams

/// A row of kind adjustment, before it is written.
struct AdjustmentRow: Sendable {
    var number: SeriesNumber
    /// Whom, what and when it is about, and what it costs from now on; for a manual adjustment the amount itself.
    var priced: PricedEvent
    /// What it adds to the spend, in pico-dollars.
    var amount: Int64
    var unpricedEvents: Int64
    /// The event's row and which of its adjustments this is; `nil` without an event.
    var target: Target?
    var reference: String?

    struct Target: Hashable, Sendable {
        var row: Int64
        var revision: Int32
        /// Whether the event is on the list of what has no price.
        var isOpen: Bool
    }
}

/// What a page of corrections writes: rows, what they add to rollups and counters, and how the job goes on.
struct CorrectionBatch: Sendable {
    private(set) var rows: [AdjustmentRow] = []
    private(set) var progress = LedgerJobProgress()
    private(set) var rollups = RollupBatch()
    private(set) var outbox: OutboxBatch

    init(reason: OutboxEntry.Reason, partitioning: Partitioning) {
        outbox = OutboxBatch(reason: reason, partitioning: partitioning)
    }

    /// Makes an event cost something else; what costs that already is only counted as looked at.
    mutating func set(_ row: LedgerRow, to wanted: Cost?) {
        let current = row.current
        let cost = wanted ?? current
        progress.add(before: current, after: cost)
        guard cost.differs(from: current) else { return }
        var priced = row.priced
        priced.event.usage = Usage()
        priced.cost = cost
        append(
            AdjustmentRow(
                number: row.number,
                priced: priced,
                amount: (cost.money?.picoDollars ?? 0) - (current.money?.picoDollars ?? 0),
                unpricedEvents: (cost.money == nil ? 1 : 0) - (current.money == nil ? 1 : 0),
                target: AdjustmentRow.Target(
                    row: row.id,
                    revision: (row.adjustments.last?.revision ?? 0) + 1,
                    isOpen: current.hasOpenQuantities
                )
            )
        )
    }

    /// Adds an amount that belongs to no event.
    mutating func add(_ priced: PricedEvent, as number: SeriesNumber, reference: String?) {
        let none = Cost(state: .priced, money: .zero, provenance: priced.cost.provenance)
        progress.add(before: none, after: priced.cost)
        append(
            AdjustmentRow(
                number: number,
                priced: priced,
                amount: priced.cost.money?.picoDollars ?? 0,
                unpricedEvents: 0,
                reference: reference
            )
        )
    }

    private mutating func append(_ row: AdjustmentRow) {
        progress.addChange()
        rows.append(row)
        guard row.amount != 0 || row.unpricedEvents != 0 else { return }
        rollups.add(row)
        outbox.add(row)
    }

    /// What a reversed job's row becomes: see `LedgerCorrectionStore.reverse`.
    mutating func reverse(_ row: LedgerRow) {
        switch row.kind {
        case .event:
            let last = row.adjustments.last { $0.job.kind != .reversal && !$0.job.isReversed }
            set(row, to: last?.cost ?? row.priced.cost)
        case .adjustment:
            var negated = row.priced
            negated.cost.money = negated.cost.money.map { -$0 }
            add(negated, as: row.number, reference: row.reference)
        }
    }
}

extension LedgerJobProgress {
    fileprivate mutating func addChange() { changed += 1 }
}

extension Cost {
    /// Whether an event would be another one at this cost: a rate with the same outcome is no change.
    fileprivate func differs(from other: Cost) -> Bool {
        money != other.money || state != other.state || unpriced != other.unpriced
    }

    /// Whether something that was used has no price.
    var hasOpenQuantities: Bool { state == .unpriced || state == .partiallyPriced }
}

/// What corrections add to the counters, as few rows as the counters can tell apart.
///
/// All periods of all zones start on a quarter of an hour, so rows of one quarter, series and set of tags are one.
struct OutboxBatch: Sendable {
    private struct Key: Hashable {
        var partition: Int
        var bucket: Timestamp
        var number: SeriesNumber
        var tags: [EventIdentity.Tag]
    }

    private struct Sum {
        var delta: OutboxDelta
        var amount: Int128
    }

    private let reason: OutboxEntry.Reason
    private let partitioning: Partitioning
    private var sums: [Key: Sum] = [:]

    init(reason: OutboxEntry.Reason, partitioning: Partitioning) {
        self.reason = reason
        self.partitioning = partitioning
    }

    mutating func add(_ row: AdjustmentRow) {
        let event = row.priced.event
        let bucket = event.occurredAt.floored(toSeconds: RollupBatch.bucketSeconds)
        let key = Key(
            partition: partitioning.partition(ofWorkspace: event.identity.workspace).number,
            bucket: bucket,
            number: row.number,
            tags: event.identity.tags
        )
        if sums[key] == nil {
            let delta = OutboxDelta(
                number: row.number,
                identity: event.identity,
                provider: event.provider,
                model: event.model,
                occurredAt: bucket,
                amount: 0,
                events: 0,
                unpricedEvents: 0,
                reason: reason
            )
            sums[key] = Sum(delta: delta, amount: 0)
        }
        sums[key]?.amount += Int128(row.amount)
        sums[key]?.delta.unpricedEvents += row.unpricedEvents
    }

    /// The rows by partition, both in one order for all writers; a sum beyond 64 bits takes several.
    var deltas: [(partition: Int, deltas: [OutboxDelta])] {
        Dictionary(grouping: sums.keys, by: \.partition).sorted { $0.key < $1.key }.map { partition, keys in
            // Keys are sorted rather than sums, which are large.
            let ordered = keys.sorted { ($0.bucket, $0.number.series) < ($1.bucket, $1.number.series) }
            return (partition, ordered.compactMap { sums[$0] }.flatMap { Self.split($0) })
        }
    }

    private static func split(_ sum: Sum) -> [OutboxDelta] {
        var rest = sum.amount
        var delta = sum.delta
        var deltas: [OutboxDelta] = []
        repeat {
            delta.amount = Int64(clamping: rest)
            rest -= Int128(delta.amount)
            if delta.amount != 0 || delta.unpricedEvents != 0 { deltas.append(delta) }
            delta.unpricedEvents = 0
        } while rest != 0
        return deltas
    }
}

/// A row of the outbox, before it has a number.
struct OutboxDelta: Hashable, Sendable {
    var number: SeriesNumber
    var identity: EventIdentity
    var provider: String
    var model: String
    var occurredAt: Timestamp
    /// Pico-dollars.
    var amount: Int64
    var events: Int64
    var unpricedEvents: Int64
    var reason: OutboxEntry.Reason
    /// The entry whose counting is undone.
    var reference: EntryReference?

    /// What undoes the counting of a late duplicate.
    static func undoing(_ entry: LedgerEntry, as number: SeriesNumber, isConflict: Bool) -> OutboxDelta {
        let event = entry.priced.event
        let money = entry.priced.cost.money
        return OutboxDelta(
            number: number,
            identity: event.identity,
            provider: event.provider,
            model: event.model,
            occurredAt: event.occurredAt,
            amount: -(money?.picoDollars ?? 0),
            events: -1,
            unpricedEvents: money == nil ? -1 : 0,
            reason: isConflict ? .lateConflict : .lateDuplicate,
            reference: entry.reference
        )
    }

    /// It under a number in its partition's outbox.
    func entry(partition: Int, number: Int64, epoch: Int64?) -> OutboxEntry {
        OutboxEntry(
            partition: partition,
            number: number,
            identity: identity,
            provider: provider,
            model: model,
            occurredAt: occurredAt,
            amount: Money(picoDollars: amount),
            events: events,
            unpricedEvents: unpricedEvents,
            reason: reason,
            epoch: epoch,
            reference: reference
        )
    }
}

extension OutboxEntry.Reason {
    /// Why a job of a kind changes counters.
    init(_ kind: LedgerJob.Kind) {
        self = kind == .manual ? .adjustment : .repricing
    }
}
