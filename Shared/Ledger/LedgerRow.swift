package import Domain

/// A row of the ledger: an event with its corrections, or a correction that belongs to no event.
package struct LedgerRow: Hashable, Sendable {
    /// What a row stands for.
    package enum Kind: Int16, Hashable, Sendable {
        /// An event that was metered.
        case event = 1
        /// A later correction: of an event, or by a person without one.
        case adjustment = 2
    }

    /// The row's number.
    package var id: Int64
    package var kind: Kind
    /// As it was recorded.
    ///
    /// A manual adjustment looks like an event without usage: its cost is the amount, what it does not have is empty.
    package var priced: PricedEvent
    /// What was changed since, in the order of the changes; empty for a manual adjustment.
    package private(set) var adjustments: [LedgerAdjustment]
    /// What a manual adjustment refers to, for example an invoice's number.
    package var reference: String?
    /// The job that made a manual adjustment.
    package var job: LedgerJobReference?
    /// The numbers of its series and workspace.
    let number: SeriesNumber

    init(
        id: Int64,
        kind: Kind,
        priced: PricedEvent,
        number: SeriesNumber,
        reference: String? = nil,
        job: LedgerJobReference? = nil
    ) {
        self.id = id
        self.kind = kind
        self.priced = priced
        self.number = number
        self.reference = reference
        self.job = job
        adjustments = []
    }

    /// What it costs now, with the state and provenance of the last change.
    package var current: Cost { adjustments.last?.cost ?? priced.cost }

    /// Its place in a scan.
    var scanCursor: LedgerScanCursor {
        LedgerScanCursor(workspace: number.workspace, occurredAt: priced.event.occurredAt, row: id)
    }

    /// Adds the next change; its cost's money follows from what the event cost before.
    mutating func add(_ adjustment: LedgerAdjustment) {
        let before = current.money
        var adjustment = adjustment
        let unpriced = (before == nil ? 1 : 0) + adjustment.unpricedEvents
        let sum = (before?.picoDollars ?? 0) + adjustment.amount.picoDollars
        adjustment.cost.money = unpriced > 0 ? nil : Money(picoDollars: sum)
        adjustments.append(adjustment)
    }
}

/// A change of what an event costs.
package struct LedgerAdjustment: Hashable, Sendable {
    /// Which change of the event it is, from 1.
    package var revision: Int32
    package var recordedAt: Timestamp
    /// What it added to the spend.
    package var amount: Money
    /// −1 when the event got a price, 1 when it lost it.
    package var unpricedEvents: Int64
    /// What the event costs from then on, and why.
    package var cost: Cost
    /// The job that made it.
    package var job: LedgerJobReference
}

/// What a list of events says about a job.
package struct LedgerJobReference: Hashable, Sendable {
    package var id: Int64
    package var key: String
    package var kind: LedgerJob.Kind
    package var reason: String
    package var author: String
    /// Whether another job takes it back, or has taken it back.
    package var isReversed: Bool
}
