package import Domain
internal import Synchronization

/// A store of budgets in memory, for tests.
///
/// Passes the same contract suite as PostgreSQL's.
package final class InMemoryBudgetStore: BudgetStore {
    fileprivate struct State {
        var version: Int64 = 0
        var budgets: [String: Budget] = [:]
        var history: [BudgetLimitChange] = []
    }

    private let state = Mutex(State())

    package init() {}

    package func version() async throws -> Int64 {
        state.withLock { $0.version }
    }

    package func changes(after version: Int64?) async throws -> BudgetChanges {
        state.withLock { state in
            let budgets = state.budgets.values.filter { budget in
                version.map { budget.version > $0 } ?? (budget.archivedAt == nil)
            }
            return BudgetChanges(version: state.version, budgets: budgets.sorted { $0.version < $1.version })
        }
    }

    package func budget(_ id: String) async throws -> Budget? {
        state.withLock { $0.budgets[id] }
    }

    package func create(_ new: NewBudget, at time: Timestamp) async throws -> Budget {
        guard new.faults.isEmpty else { throw BudgetError.invalid(new.faults) }
        return try state.withLock { state in
            let count = state.budgets.values.count { $0.workspace == new.workspace && $0.archivedAt == nil }
            guard count < BudgetRules.budgetsPerWorkspace else { throw BudgetError.tooMany(in: new.workspace) }
            guard state.budgets[new.id] == nil else { throw BudgetError.taken(new.id) }
            let budget = new.budget(version: state.version + 1, at: time)
            state.put(budget, BudgetLimitChange(.created, of: budget, at: time, by: new.author.signature))
            return budget
        }
    }

    package func update(
        _ id: String,
        _ edit: BudgetEdit,
        expecting expected: Int64?,
        by author: Author,
        at time: Timestamp
    ) async throws -> Budget {
        try state.withLock { state in
            guard let budget = state.budgets[id], budget.archivedAt == nil else { throw BudgetError.none(id) }
            try budget.check(expected: expected)
            let applied = try budget.applying(edit, version: state.version + 1, by: author.signature, at: time)
            guard let (new, change) = applied else { return budget }
            state.put(new, change)
            return new
        }
    }

    package func archive(
        _ id: String,
        expecting expected: Int64?,
        by author: Author,
        at time: Timestamp
    ) async throws -> Budget {
        try state.withLock { state in
            guard let budget = state.budgets[id] else { throw BudgetError.none(id) }
            if budget.archivedAt != nil { return budget }
            try budget.check(expected: expected)
            let new = budget.archived(version: state.version + 1, at: time)
            state.put(new, BudgetLimitChange(.archived, of: new, at: time, by: author.signature))
            return new
        }
    }

    package func history(of id: String, before version: Int64?, limit: Int) async throws -> [BudgetLimitChange] {
        state.withLock { state in
            let found = state.history.filter { $0.budgetID == id && $0.version < version ?? .max }
            return Array(found.sorted { $0.version > $1.version }.prefix(limit))
        }
    }
}

extension InMemoryBudgetStore.State {
    fileprivate mutating func put(_ budget: Budget, _ change: BudgetLimitChange?) {
        version = budget.version
        budgets[budget.id] = budget
        if let change { history.append(change) }
    }
}
