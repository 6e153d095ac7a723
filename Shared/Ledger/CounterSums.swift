package import Domain

/// What a counter will still be given of its own accord, so that a sum of the ledger must leave it out.
package struct UnappliedWork: Hashable, Sendable {
    package var partition: Int
    /// The life of the streams now, and the last entry of it that was delivered for counting.
    package var delivered: EntryReference
    /// Where the entries of earlier lives end that the stream began with.
    package var cuts: [EntryReference]
    /// Single entries that were delivered and not counted.
    package var single: [EntryReference]
    /// Corrections up to this number have been applied.
    package var outboxMark: Int64

    package init(
        partition: Int,
        delivered: EntryReference,
        cuts: [EntryReference] = [],
        single: [EntryReference] = [],
        outboxMark: Int64 = 0
    ) {
        self.partition = partition
        self.delivered = delivered
        self.cuts = cuts
        self.single = single
        self.outboxMark = outboxMark
    }

    /// Whether an entry is part of the stream, or was: others will never be counted.
    package func isInStream(_ entry: EntryReference) -> Bool {
        if entry.epoch == delivered.epoch { return true }
        return cuts.contains { $0.epoch == entry.epoch && entry <= $0 }
    }

    /// Whether an entry is still to be counted.
    func isToCount(_ entry: EntryReference, among single: Set<EntryReference>) -> Bool {
        if single.contains(entry) { return true }
        let id = EntryReference(
            epoch: delivered.epoch,
            milliseconds: entry.milliseconds,
            sequence: entry.sequence
        )
        return isInStream(entry) && id > delivered
    }

    /// What is left out because of the outbox: corrections to come, and late duplicates that are still to be counted,
    /// which the ledger has refused and the outbox takes back.
    func changes(from outbox: [OutboxEntry]) -> [UnappliedChange] {
        let single = Set(single)
        var changes: [UnappliedChange] = []
        for entry in outbox {
            if entry.number > outboxMark, entry.isToApply(isInStream) {
                changes.append(UnappliedChange(entry, times: 1))
            }
            if let reference = entry.reference, isToCount(reference, among: single) {
                changes.append(UnappliedChange(entry, times: -1))
            }
        }
        return changes
    }
}

extension OutboxEntry {
    /// Whether it is to be applied to counters.
    ///
    /// A late duplicate whose entry went down with an earlier life of Redis was never counted in this one.
    package func isToApply(_ isInStream: (EntryReference) -> Bool) -> Bool {
        reference.map(isInStream) ?? true
    }
}

/// Something that a counter will still be given.
package struct UnappliedChange: Hashable, Sendable {
    package var identity: EventIdentity
    package var provider: String
    package var model: String
    package var occurredAt: Timestamp
    package var amount: MoneySum
    package var events: Int64
    package var unpricedEvents: Int64

    init(_ entry: OutboxEntry, times factor: Int64) {
        identity = entry.identity
        provider = entry.provider
        model = entry.model
        occurredAt = entry.occurredAt
        amount = MoneySum(picoDollars: Int128(entry.amount.picoDollars) * Int128(factor))
        events = entry.events * factor
        unpricedEvents = entry.unpricedEvents * factor
    }

    /// An event, once.
    init(identity: EventIdentity, provider: String, model: String, occurredAt: Timestamp, cost: Money?) {
        self.identity = identity
        self.provider = provider
        self.model = model
        self.occurredAt = occurredAt
        amount = cost.map { MoneySum($0) } ?? .zero
        events = 1
        unpricedEvents = cost == nil ? 1 : 0
    }

    /// An event of the same scopes and time.
    package var event: UsageEvent {
        UsageEvent(
            eventID: "",
            occurredAt: occurredAt,
            receivedAt: occurredAt,
            identity: identity,
            provider: provider,
            model: model
        )
    }
}

/// Sums of the ledger, and what counters must leave out of them, at one moment.
package struct CounterSums: Hashable, Sendable {
    /// In the order of the queries.
    package var totals: [LedgerTotals]
    package var unapplied: [UnappliedChange]

    /// At most so many changes are told.
    package static let limit = 100_000
}
