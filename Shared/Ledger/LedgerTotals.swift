package import Domain

/// Sums over events.
package struct LedgerTotals: Hashable, Sendable {
    /// What was spent; unpriced events add nothing.
    package var cost: MoneySum
    package var events: Int64
    /// Events without a cost.
    package var unpricedEvents: Int64
    // Wider than the columns: an event may have a trillion tokens, and 64 bits hold but nine million times that.
    package var inputTokens: Int128
    package var outputTokens: Int128
    package var cacheReadTokens: Int128
    package var cacheWriteTokens: Int128
    package var reasoningTokens: Int128
    /// Millionths of the further quantity that was asked for.
    package var quantityMillionths: Int128

    /// Nothing.
    package static let zero = LedgerTotals()

    package init(
        cost: MoneySum = .zero,
        events: Int64 = 0,
        unpricedEvents: Int64 = 0,
        inputTokens: Int128 = 0,
        outputTokens: Int128 = 0,
        cacheReadTokens: Int128 = 0,
        cacheWriteTokens: Int128 = 0,
        reasoningTokens: Int128 = 0,
        quantityMillionths: Int128 = 0
    ) {
        self.cost = cost
        self.events = events
        self.unpricedEvents = unpricedEvents
        self.inputTokens = inputTokens
        self.outputTokens = outputTokens
        self.cacheReadTokens = cacheReadTokens
        self.cacheWriteTokens = cacheWriteTokens
        self.reasoningTokens = reasoningTokens
        self.quantityMillionths = quantityMillionths
    }

    /// Adds one event, and how much of the further quantity it used.
    mutating func add(_ priced: PricedEvent, quantity: MeasuredQuantity? = nil) {
        let usage = priced.event.usage
        if let money = priced.cost.money { cost += money } else { unpricedEvents += 1 }
        events += 1
        inputTokens += usage.units(of: .inputTokens)
        outputTokens += usage.units(of: .outputTokens)
        cacheReadTokens += usage.units(of: .cacheReadTokens)
        cacheWriteTokens += usage.units(of: .cacheWriteTokens)
        reasoningTokens += usage.units(of: .reasoningTokens)
        if let quantity { quantityMillionths += Int128(quantity.amount(in: usage).millionths) }
    }

    package static func += (left: inout LedgerTotals, right: LedgerTotals) {
        left.cost += right.cost
        left.events += right.events
        left.unpricedEvents += right.unpricedEvents
        left.inputTokens += right.inputTokens
        left.outputTokens += right.outputTokens
        left.cacheReadTokens += right.cacheReadTokens
        left.cacheWriteTokens += right.cacheWriteTokens
        left.reasoningTokens += right.reasoningTokens
        left.quantityMillionths += right.quantityMillionths
    }

    /// This cost's part of a total in ten-thousandths, rounded down; 0 when the total is not positive.
    package func share(of total: LedgerTotals) -> Int {
        guard total.cost.picoDollars > 0 else { return 0 }
        return Int(clamping: cost.picoDollars * 10_000 / total.cost.picoDollars)
    }
}

extension Usage {
    fileprivate func units(of quantity: UsageQuantity) -> Int128 {
        self[quantity].map { Int128($0.millionths / 1_000_000) } ?? 0
    }
}
