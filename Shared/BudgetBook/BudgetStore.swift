package import Domain

/// What changed in the budgets after some version.
package struct BudgetChanges: Sendable {
    /// The version that these changes lead to.
    package var version: Int64
    /// New and changed budgets, archived ones too; the archived ones are missing where all were asked for.
    package var budgets: [Budget]

    package init(version: Int64, budgets: [Budget]) {
        self.version = version
        self.budgets = budgets
    }
}

/// Keeps all budgets and the history of their limits.
///
/// There is one version for all budgets: each change raises it in the same transaction and gives it to the budget it
/// changed, so that versions commit in order, and a copy with a version has all changes up to it. All methods throw
/// ``BudgetError``.
package protocol BudgetStore: Sendable {
    /// The present version.
    func version() async throws -> Int64

    /// What changed after a version; all that hold when it is nil.
    func changes(after version: Int64?) async throws -> BudgetChanges

    /// A budget, also an archived one.
    func budget(_ id: String) async throws -> Budget?

    /// Adds a budget. Fails as invalid, or as a conflict when the workspace has too many.
    func create(_ new: NewBudget, at time: Timestamp) async throws -> Budget

    /// Changes a budget; what changes nothing makes no version.
    ///
    /// Fails as not found, as invalid, and as outdated when its version is not the expected one.
    func update(
        _ id: String,
        _ edit: BudgetEdit,
        expecting version: Int64?,
        by author: Author,
        at time: Timestamp
    ) async throws -> Budget

    /// Ends a budget for ever; one that has ended stays as it is. Fails as `update` does.
    func archive(_ id: String, expecting version: Int64?, by author: Author, at time: Timestamp) async throws -> Budget

    /// What the limit was, the newest change first, those with versions below `before`.
    func history(of id: String, before version: Int64?, limit: Int) async throws -> [BudgetLimitChange]
}

/// A budget that somebody asks for.
package struct NewBudget: Sendable, Hashable {
    /// A UUID in lower case.
    package var id: String
    package var workspace: String
    package var scope: Scope
    package var period: PeriodKind
    package var name: String
    package var limit: MoneySum
    package var action: BudgetAction
    package var thresholds: [Int]
    package var recipients: [String]
    /// Who asks for it.
    package var author: Author

    package init(
        id: String = BudgetRules.makeID(),
        workspace: String,
        scope: Scope,
        period: PeriodKind,
        name: String,
        limit: MoneySum,
        action: BudgetAction,
        thresholds: [Int] = Budget.standardThresholds,
        recipients: [String] = [],
        author: Author
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
        self.author = author
    }
}

/// What is to be changed in a budget; nil leaves as it is.
package struct BudgetEdit: Sendable, Hashable {
    package var name: String?
    package var limit: MoneySum?
    package var action: BudgetAction?
    package var thresholds: [Int]?
    package var recipients: [String]?
    package var raise: RaiseEdit?

    /// What is to become of the raise.
    package enum RaiseEdit: Sendable, Hashable {
        case set(BudgetRaise)
        case end
    }

    package init(
        name: String? = nil,
        limit: MoneySum? = nil,
        action: BudgetAction? = nil,
        thresholds: [Int]? = nil,
        recipients: [String]? = nil,
        raise: RaiseEdit? = nil
    ) {
        self.name = name
        self.limit = limit
        self.action = action
        self.thresholds = thresholds
        self.recipients = recipients
        self.raise = raise
    }
}

/// One entry of the history of a budget's limit: what held from then on.
package struct BudgetLimitChange: Sendable, Hashable {
    /// What was done; the foremost, when one change did several things.
    package enum Kind: String, Sendable, CaseIterable {
        case created, limit, thresholds, raised
        case raiseEnded = "raise_ended"
        case archived
    }

    package var budgetID: String
    package var kind: Kind
    package var limit: MoneySum
    package var raise: BudgetRaise?
    package var thresholds: [Int]
    package var limitVersion: Int64
    /// The version of all budgets that made the change.
    package var version: Int64
    package var at: Timestamp
    /// A person or the id of an API key.
    package var by: String

    init(_ kind: Kind, of budget: Budget, at time: Timestamp, by author: String) {
        budgetID = budget.id
        self.kind = kind
        limit = budget.limit
        raise = budget.raise
        thresholds = budget.thresholds
        limitVersion = budget.limitVersion
        version = budget.version
        at = time
        by = author
    }
}
