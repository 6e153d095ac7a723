/// A limit on the spend of a scope per period.
package struct Budget: Hashable, Sendable {
    /// A UUID in lower case.
    package let id: String
    package let workspace: String
    /// What it limits; a scope of every value (``Scope/isEveryValue``) gives each value a limit of its own.
    package let scope: Scope
    package let period: PeriodKind
    package var name: String
    /// The limit, but for a raise that runs: ask ``limit(at:)``.
    package var limit: MoneySum
    package var action: BudgetAction
    /// Percentages of the limit at which people are told, ascending.
    package var thresholds: [Int]
    /// E-mail addresses.
    package var recipients: [String]
    /// A higher limit for some time; it stays here when its time is over.
    package var raise: BudgetRaise?
    /// One more with every change of limit, raise or thresholds: warnings are given once for each.
    package var limitVersion: Int64
    /// The version of all budgets that last changed this one.
    package var version: Int64
    package let createdAt: Timestamp
    /// A person or the id of an API key.
    package let createdBy: String
    package var updatedAt: Timestamp
    /// Since when it holds no longer.
    package var archivedAt: Timestamp?

    package init(
        id: String,
        workspace: String,
        scope: Scope,
        period: PeriodKind,
        name: String,
        limit: MoneySum,
        action: BudgetAction,
        thresholds: [Int] = Budget.standardThresholds,
        recipients: [String] = [],
        raise: BudgetRaise? = nil,
        limitVersion: Int64 = 1,
        version: Int64,
        createdAt: Timestamp,
        createdBy: String,
        updatedAt: Timestamp? = nil,
        archivedAt: Timestamp? = nil
    ) {
        self.id = id
        self.workspace = workspace
        self.scope = scope
        self.period = period
        self.name = name
        self.limit = limit
        self.action = action
        self.thresholds = thresholds
        self.recipients = recipients
        self.raise = raise
        self.limitVersion = limitVersion
        self.version = version
        self.createdAt = createdAt
        self.createdBy = createdBy
        self.updatedAt = updatedAt ?? createdAt
        self.archivedAt = archivedAt
    }

    /// The thresholds of a budget whose maker names none.
    package static let standardThresholds = [50, 80, 100]

    /// The limit at a time: that of the raise while it runs, when it is higher.
    package func limit(at time: Timestamp) -> MoneySum {
        guard let raise, raise.runs(at: time) else { return limit }
        return max(limit, raise.limit)
    }

    /// The spend that reaches a threshold at a time.
    package func level(ofThreshold percent: Int, at time: Timestamp) -> MoneySum {
        // Rounded up: what is below the level is below the percentage.
        let product = limit(at: time).picoDollars * Int128(percent)
        return MoneySum(picoDollars: (product + 99) / 100)
    }

    /// The thresholds that a spend has reached at a time, ascending.
    package func thresholds(reachedBy spend: MoneySum, at time: Timestamp) -> ArraySlice<Int> {
        thresholds.prefix { level(ofThreshold: $0, at: time) <= spend }
    }
}

/// What a budget does when its limit is reached.
package enum BudgetAction: String, CaseIterable, Hashable, Sendable {
    /// It only tells people.
    case notify
    /// It also refuses preflights that would pass the limit.
    case block
}

/// A higher limit for some time.
package struct BudgetRaise: Hashable, Sendable {
    package var limit: MoneySum
    package var from: Timestamp
    /// The first moment after it.
    package var until: Timestamp

    package init(limit: MoneySum, from: Timestamp, until: Timestamp) {
        self.limit = limit
        self.from = from
        self.until = until
    }

    /// Whether it holds at a time.
    package func runs(at time: Timestamp) -> Bool {
        from <= time && time < until
    }
}
