internal import Domain

/// A figure that a report can show by itself.
package enum LedgerMeasure: Hashable, Sendable {
    case cost, events, unpricedEvents
    /// Any quantity, whole units or fractions.
    case quantity(MeasuredQuantity)

    /// Reads `cost_usd`, `events`, `unpriced_events` or a quantity's name; `nil` for anything else.
    package init?(name: String) {
        switch name {
        case "cost_usd": self = .cost
        case "events": self = .events
        case "unpriced_events": self = .unpricedEvents
        default:
            guard let quantity = MeasuredQuantity(name: name) else { return nil }
            self = .quantity(quantity)
        }
    }

    /// The quantity that a query must sum for it.
    package var quantity: MeasuredQuantity? {
        if case .quantity(let quantity) = self { quantity } else { nil }
    }

    /// Its value: pico-dollars, events, or millionths of the query's further quantity.
    package func value(of totals: LedgerTotals) -> Int128 {
        switch self {
        case .cost: totals.cost.picoDollars
        case .events: Int128(totals.events)
        case .unpricedEvents: Int128(totals.unpricedEvents)
        case .quantity: totals.quantityMillionths
        }
    }

    /// As it goes over the wire: a decimal.
    package func text(of totals: LedgerTotals) -> String {
        switch self {
        case .cost: totals.cost.usd
        case .events: String(totals.events)
        case .unpricedEvents: String(totals.unpricedEvents)
        case .quantity: DecimalText.formatShortest(totals.quantityMillionths, scale: 6)
        }
    }

    /// Its column among a report's sums.
    var column: String {
        switch self {
        case .cost: "cost"
        case .events: "events"
        case .unpricedEvents: "unpriced_events"
        case .quantity: "quantity"
        }
    }
}
