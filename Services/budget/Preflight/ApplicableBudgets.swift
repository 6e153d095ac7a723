internal import Calendars
package import Domain
package import Redis

/// The counters that a call would be counted in and the budgets that are measured by them, as one version of the budgets
/// has it.
package struct ApplicableBudgets: Sendable {
    /// A counter with its budgets, of which there is at least one.
    package struct Part: Sendable {
        package var counter: CounterCatalogue.Counter
        package var budgets: [Budget]
        /// The least limit of the budgets that block.
        package var limit: MoneySum?
    }

    package var parts: [Part]
    /// The version of the budgets.
    package let version: Int64
    /// The time that limits and periods are of.
    package let time: Timestamp

    /// The budgets that a call belongs to at a time; only those: nothing is held in a workspace's own spend without one.
    package init(of event: UsageEvent, in catalogue: CounterCatalogue, at time: Timestamp) {
        let workspace = catalogue.workspace(event.identity.workspace)
        version = catalogue.budgetVersion
        self.time = time
        parts = workspace.uses(for: event).compactMap { use in
            let budgets = workspace.budgets(of: use.definition.scope, use.definition.period)
            if budgets.isEmpty { return nil }
            let counter = workspace.counter(use, at: time)
            let limits = budgets.filter { $0.action == .block }.map { $0.limit(at: time) }
            return Part(counter: counter, budgets: budgets, limit: limits.min())
        }
    }

    /// Whether any of them can refuse a call.
    package var isBlocking: Bool { parts.contains { $0.limit != nil } }

    /// The counters as a preflight names them.
    package var counters: [HoldCounter] {
        parts.map { part in
            HoldCounter(
                use: CounterUse(name: part.counter.name, expiresAt: part.counter.expiresAt),
                limit: part.limit
            )
        }
    }

    /// What each budget says of itself by the levels of the counters.
    package func states(_ levels: [HoldLevel]) -> [BudgetState] {
        zip(parts, levels).flatMap { part, level in
            part.budgets.map { budget in
                BudgetState(budget: budget, counter: part.counter, level: level, limit: budget.limit(at: time))
            }
        }
    }
}

/// A budget beside the counter that it is measured by.
package struct BudgetState: Sendable {
    package var budget: Budget
    /// Its scope is the budget's or, for a budget of every value, that of the call's value.
    package var counter: CounterCatalogue.Counter
    package var level: HoldLevel
    package var limit: MoneySum

    /// What may still be spent; negative when more was spent or held than the limit.
    package var remaining: MoneySum { limit - level.spent - level.held }

    /// Whether it refuses an amount that is not yet held.
    package func refuses(_ amount: MoneySum) -> Bool {
        budget.action == .block && remaining < amount
    }
}
