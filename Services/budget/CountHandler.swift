package import Redis
package import Streams

/// Counts priced events: the counting function acknowledges each entry in the step that counts it.
package struct CountHandler: BatchHandler {
    private let counters: RedisCounters
    private let catalogue: CounterCatalogueCache
    private let metrics: BudgetMetrics

    package init(counters: RedisCounters, catalogue: CounterCatalogueCache, metrics: BudgetMetrics) {
        self.counters = counters
        self.catalogue = catalogue
        self.metrics = metrics
    }

    package func handle(_ batch: [Delivery]) async throws -> BatchOutcome {
        let plan = CountPlan(batch, catalogue: catalogue.current)
        let counted = try await counters.count(plan.batches).counted
        metrics.counted(events: counted)
        return BatchOutcome(poison: plan.poison)
    }
}
