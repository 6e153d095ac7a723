internal import BudgetBook
internal import Calendars
package import Domain
package import Redis
package import Streams

/// Reads where budgets stand.
package struct BudgetReader: Sendable {
    private let catalogue: CounterCatalogueCache
    private let counters: RedisCounters
    private let partitioning: Partitioning

    package init(catalogue: CounterCatalogueCache, counters: RedisCounters, partitioning: Partitioning) {
        self.catalogue = catalogue
        self.counters = counters
        self.partitioning = partitioning
    }

    /// The figures of budgets at a time, in their order; Redis is asked once for each workspace.
    ///
    /// - Parameters:
    ///   - budgets: The budgets.
    ///   - value: Which value of budgets of every value is asked about, if any.
    ///   - now: The time.
    /// - Returns: A budget's figures for each budget, whether or not Redis answers.
    package func figures(of budgets: [Budget], value: Scope? = nil, at now: Timestamp) async -> [BudgetFigures] {
        let catalogue = catalogue.current
        var figures = budgets.map { budget in
            BudgetFigures(
                state: .perValue,
                period: catalogue.workspace(budget.workspace).calendar.period(budget.period, containing: now),
                limit: budget.limit(at: now)
            )
        }
        for (workspace, indexes) in Dictionary(grouping: budgets.indices, by: { budgets[$0].workspace }) {
            let counted = indexes.compactMap { index in
                scope(of: budgets[index], value).map { (index: index, scope: $0) }
            }
            let names = counted.map { item in
                CounterName(workspace: workspace, scope: item.scope, period: figures[item.index].period).text
            }
            let values = await read(names, in: workspace)
            for (position, item) in counted.enumerated() {
                figures[item.index].show(values?[position], isAnswered: values != nil)
            }
        }
        return figures
    }

    /// The scope of one value whose spend a budget is asked about.
    private func scope(of budget: Budget, _ value: Scope?) -> Scope? {
        guard budget.scope.isEveryValue else { return budget.scope }
        return value.flatMap { budget.scope.covers($0) ? $0 : nil }
    }

    /// What counters say; nil when Redis does not answer.
    private func read(_ names: [String], in workspace: String) async -> [CounterValue?]? {
        var values: [CounterValue?] = []
        let partition = partitioning.partition(ofWorkspace: workspace)
        for start in stride(from: 0, to: names.count, by: 200) {
            let some = Array(names[start..<min(start + 200, names.count)])
            // The answer says that the figures are not to be had: budgets can be looked at without them.
            guard let read = try? await counters.values(partition, names: some) else { return nil }
            values += read
        }
        return values
    }
}

extension BudgetFigures {
    fileprivate mutating func show(_ value: CounterValue?, isAnswered: Bool) {
        guard isAnswered else {
            state = .unavailable
            return
        }
        guard let value, value.isReady else {
            state = .rebuilding
            return
        }
        state = .ready
        level = (value.sum, value.held)
    }
}
