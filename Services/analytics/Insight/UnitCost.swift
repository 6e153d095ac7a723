internal import Domain
internal import Ledger

/// What one of something cost on average: exact figures, divided once, rounded half to even to a pico-dollar.
enum UnitCost {
    /// Of a thousand tokens, input and output together; `nil` without tokens.
    static func perThousandTokens(_ totals: LedgerTotals) -> MoneySum? {
        divide(totals.cost, times: 1_000, by: totals.inputTokens + totals.outputTokens)
    }

    /// Of an event that has a cost.
    static func perEvent(_ totals: LedgerTotals) -> MoneySum? {
        divide(totals.cost, by: Int128(totals.events) - Int128(totals.unpricedEvents))
    }

    /// Of a unit of the further quantity.
    static func perUnit(_ totals: LedgerTotals) -> MoneySum? {
        divide(totals.cost, times: 1_000_000, by: totals.quantityMillionths)
    }

    /// Of one of some values, which must be known all.
    static func perValue(_ cost: MoneySum, values: Int) -> MoneySum? { divide(cost, by: Int128(values)) }

    private static func divide(_ cost: MoneySum, times factor: Int128 = 1, by divisor: Int128) -> MoneySum? {
        guard divisor > 0 else { return nil }
        let (product, overflow) = cost.picoDollars.multipliedReportingOverflow(by: factor)
        return overflow ? nil : MoneySum(picoDollars: DecimalText.divideHalfToEven(product, by: divisor))
    }
}
