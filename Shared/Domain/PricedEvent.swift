/// A usage event with what it costs and why: one row of the ledger.
package struct PricedEvent: Hashable, Sendable {
    /// The event as it was accepted.
    package var event: UsageEvent
    /// What was metered: as the client said, or as the price and the quantities showed.
    package var operation: String
    /// What it costs; the money in it is `nil` when it is unpriced, never zero for that.
    package var cost: Cost

    package init(event: UsageEvent, operation: String, cost: Cost) {
        self.event = event
        self.operation = operation
        self.cost = cost
    }
}
