internal import Calendars
package import Domain
package import Ledger

/// The spend of budgets as the ledger has it.
package struct SpendLevels: Sendable {
    /// Values of a budget of every value that are looked at, the costliest: as many as one report can have.
    package static let valueLimit = 1_000

    private let ledger: any LedgerStore

    package init(ledger: any LedgerStore) {
        self.ledger = ledger
    }

    /// The spend of a budget in a period, by the value of its scope.
    ///
    /// - Parameters:
    ///   - budget: The budget.
    ///   - start: The period's start.
    ///   - end: The period's end; nil for one that never ends.
    ///   - value: The one value to look at, of a budget of every value; nil for all.
    /// - Returns: One level, or one for each of the costliest values.
    /// - Throws: `LedgerError`, `CancellationError`.
    package func levels(
        of budget: Budget,
        from start: Timestamp,
        to end: Timestamp?,
        value: String? = nil
    ) async throws -> [(value: String, spent: MoneySum)] {
        var query = LedgerQuery(workspaces: [budget.workspace], from: start, to: end ?? .distantFuture)
        guard budget.scope.isEveryValue, value == nil else {
            let scope = Scope(type: budget.scope.type, id: value ?? budget.scope.id)
            query.filters = LedgerFilter(scope).map { [$0] } ?? []
            return [(scope.id, try await ledger.totals(query).cost)]
        }
        let dimension = budget.scope.dimension
        let breakdown = try await ledger.breakdown(query, by: dimension, limit: Self.valueLimit)
        return breakdown.rows.compactMap { row in
            guard let key = row.key else { return nil }
            return (budget.scope.type == .tag ? "\(budget.scope.tagKey ?? "")=\(key)" : key, row.totals.cost)
        }
    }
}

extension Scope {
    /// What the ledger groups by for a scope of every value.
    fileprivate var dimension: LedgerDimension {
        switch type {
        case .workspace: .workspace
        case .team: .team
        case .project: .project
        case .user: .user
        case .sourceApp: .sourceApp
        case .provider: .provider
        case .model: .model
        case .tag: .tag(String(tagKey ?? ""))
        }
    }
}

extension Timestamp {
    /// Before every event: the year 0001.
    static let distantPast = Timestamp(seconds: -62_135_596_800)
    /// After every event: the year 9999.
    static let distantFuture = Timestamp(seconds: 253_370_764_800)
}
