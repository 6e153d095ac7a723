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
        level.flatMap { period.forecast(of: $0.spent, at: now) }
    }
}
