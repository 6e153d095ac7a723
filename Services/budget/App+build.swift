internal import Backends
internal import BudgetBook
internal import Directory
internal import Ledger
internal import Redis
package import ServiceRuntime
internal import Streams

extension ServiceDefinition<BudgetConfiguration> {
    /// budget, for its executable and for `oliver up`.
    package static let budget = ServiceDefinition(
        name: "budget",
        summary: "Counts what is spent, exactly once.",
        defaultPort: 8_083,
        build: buildBudget
    )
}

/// Makes budget: the consumers of `usage:priced` that count, and the relay of corrections.
package func buildBudget(_ settings: BudgetConfiguration, _ context: BuildContext) async throws -> ServiceParts {
    var options = Backends.Options()
    options.establishesLives = true
    let backends = try Backends(context, options: options)
    try await backends.prepare(migrations: Directory.migrations + BudgetSchema.migrations + LedgerSchema.migrations)
    let directory = try await backends.directory()
    let counters = RedisCounters(pool: backends.redis)
    let keeping = BudgetKeeping(settings, context, backends: backends, directory: directory, counters: counters)
    // Before the first event: it must be counted for every budget.
    try await Startup.waiting(for: "budgets", logger: context.logger, isRetriable: Backends.isRetriable) {
        try await keeping.cache.load()
    }
    let catalogue = keeping.catalogue
    let metrics = BudgetMetrics(factory: context.metrics)
    let crossings = CrossingWatch(
        producer: backends.streams,
        clock: context.clock,
        metrics: metrics,
        logger: context.logger
    )
    let consumers = backends.consumers(
        of: .priced,
        for: .budget,
        workers: settings.workers,
        batchLimit: settings.batchLimit,
        linger: settings.linger,
        handler: CountHandler(counters: counters, catalogue: catalogue, crossings: crossings, metrics: metrics)
    )
    let relay = OutboxRelay(
        ledger: backends.makeLedger(),
        counters: counters,
        catalogue: catalogue,
        partitioning: backends.streams.partitioning,
        interval: settings.refreshInterval,
        metrics: metrics,
        logger: context.logger
    )
    return ServiceParts(
        name: context.name,
        services: [backends.closing, directory] + keeping.services + consumers + [relay],
        readiness: backends.readiness + [directory.readiness, keeping.cache.readiness],
        routes: keeping.add
    )
}
