package import Redis
package import Streams

/// Counts priced events: the counting function acknowledges each entry in the step that counts it.
package struct CountHandler: BatchHandler {
    private let counters: RedisCounters
    private let catalogue: CounterCatalogueCache
    private let keeper: CounterKeeper
    private let crossings: CrossingWatch
    private let metrics: BudgetMetrics

    package init(
        counters: RedisCounters,
        catalogue: CounterCatalogueCache,
        keeper: CounterKeeper,
        crossings: CrossingWatch,
        metrics: BudgetMetrics
    ) {
        self.counters = counters
        self.catalogue = catalogue
        self.keeper = keeper
        self.crossings = crossings
        self.metrics = metrics
    }

    package func handle(_ batch: [Delivery]) async throws -> BatchOutcome {
        do {
            return try await count(batch, catalogue.current)
        } catch let error as RedisError where error.code == .stale {
            // A budget was made that this replica had not heard of: nothing was counted in that partition.
            return try await count(batch, try await catalogue.refreshed())
        }
    }

    private func count(_ batch: [Delivery], _ catalogue: CounterCatalogue) async throws -> BatchOutcome {
        let plan = CountPlan(batch, catalogue: catalogue)
        let result = try await counters.count(plan.batches, budgets: catalogue.budgetVersion)
        metrics.counted(events: result.counted)
        request(result.levels.filter { !$0.isReady }, catalogue)
        await crossings.watch(result.levels, catalogue)
        return BatchOutcome(poison: plan.poison)
    }

    /// Asks for the counters that do not hold everything: of a new value, of an old period, or after Redis was lost.
    private func request(_ levels: [CounterLevel], _ catalogue: CounterCatalogue) {
        if levels.isEmpty { return }
        let names = levels.compactMap { CounterName($0.counter.name) }
        keeper.request(names.filter { catalogue.isStanding($0) }, isOnFirstUse: false)
        keeper.request(names.filter { !catalogue.isStanding($0) }, isOnFirstUse: true)
    }
}
