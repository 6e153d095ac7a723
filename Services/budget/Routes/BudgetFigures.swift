package import Calendars
package import Domain

/// Where a budget stands in its period.
package struct BudgetFigures: Sendable {
    /// Whether the figures can be had.
    package enum State: String, Sendable {
        case ready
        /// The counter is being made from the ledger.
        case rebuilding
        /// Redis does not answer.
        case unavailable
        /// A budget of every value has figures for each value only.
        case perValue = "per_value"
    }

    package var state: State
    package var period: Period
    /// The limit now, a raise included.
    package var limit: MoneySum
    /// What was spent and is reserved, when the state is ready.
    package var level: (spent: MoneySum, held: MoneySum)?

    /// What may still be spent; below zero when more was spent than allowed.
    package var remaining: MoneySum? {
        level.map { limit - $0.spent - $0.held }
    }

    /// What will have been spent at the period's end, when it goes on as so far; nil for a period without end.
    package func forecast(at now: Timestamp) -> MoneySum? {
        guard let level, let end = period.end, now >= period.start, now < end else { return nil }
        // At least a minute: the first seconds of a period say nothing about it.
        let elapsed = max(now.microseconds - period.start.microseconds, 60_000_000)
        let length = end.microseconds - period.start.microseconds
        let product = level.spent.picoDollars.multipliedReportingOverflow(by: Int128(length))
        guard !product.overflow else { return nil }
        return max(level.spent, MoneySum(picoDollars: product.partialValue / Int128(elapsed)))
    }
}
