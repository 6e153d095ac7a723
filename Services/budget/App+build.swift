internal import Backends
internal import BudgetBook
internal import Directory
internal import Ledger
internal import PriceDesk
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
    try await backends.prepare(
        migrations: Directory.migrations + BudgetSchema.migrations + PriceSchema.migrations + LedgerSchema.migrations
    )
    let directory = try await backends.directory()
    let counters = RedisCounters(pool: backends.redis)
    let ledger = backends.makeLedger()
    let partitioning = backends.streams.partitioning
    let rebuilder = CounterRebuilder(ledger: ledger, counters: counters)
    let metrics = BudgetMetrics(factory: context.metrics)
    let crossings = CrossingWatch(
        producer: backends.streams,
        clock: context.clock,
        metrics: metrics,
        logger: context.logger
    )
    let keeping = BudgetKeeping(
        settings,
        context,
        backends: backends,
        directory: directory,
        counters: counters,
        rebuilder: rebuilder,
        crossings: crossings
    )
    // Before the first event: it must be counted for every budget.
    try await Startup.waiting(for: "budgets", logger: context.logger, isRetriable: Backends.isRetriable) {
        try await keeping.cache.load()
    }
    let catalogue = keeping.catalogue
    let counterMetrics = CounterMetrics(partitioning: partitioning, factory: context.metrics)
    var keeperSettings = CounterKeeper.Configuration()
    keeperSettings.firstUseLimit = settings.counterLimit
    let keeper = CounterKeeper(
        counters: counters,
        rebuilder: rebuilder,
        catalogue: catalogue,
        partitioning: partitioning,
        establish: { [streams = backends.streams] in try await streams.prepare() },
        configuration: keeperSettings,
        clock: context.clock,
        metrics: counterMetrics,
        logger: context.logger
    )
    let drift = DriftWatch(
        counters: counters,
        rebuilder: rebuilder,
        catalogue: catalogue,
        keeper: keeper,
        partitioning: partitioning,
        interval: settings.driftInterval,
        clock: context.clock,
        metrics: counterMetrics,
        logger: context.logger
    )
    let preflights = try PreflightKeeping(
        settings,
        context,
        backends: backends,
        directory: directory,
        catalogue: catalogue,
        keeper: keeper,
        metrics: metrics
    )
    // Prices may not be stored yet: then nothing has a price.
    try await Startup.waiting(for: "prices", logger: context.logger, isRetriable: Backends.isRetriable) {
        try await preflights.prices.load()
    }
    let consumers = backends.consumers(
        of: .priced,
        for: .budget,
        workers: settings.workers,
        batchLimit: settings.batchLimit,
        linger: settings.linger,
        handler: CountHandler(
            counters: counters,
            catalogue: catalogue,
            keeper: keeper,
            crossings: crossings,
            metrics: metrics
        )
    )
    let relay = OutboxRelay(
        ledger: ledger,
        counters: counters,
        catalogue: catalogue,
        partitioning: partitioning,
        interval: settings.refreshInterval,
        metrics: metrics,
        logger: context.logger
    )
    return ServiceParts(
        name: context.name,
        services: [
            backends.closing(telling: { ["drift_microdollars": "\(counterMetrics.driftMicroDollars)"] }), directory,
        ]
            + keeping.services + preflights.services + consumers
            + [relay, keeper, drift],
        readiness: backends.readiness + [directory.readiness, keeping.cache.readiness, preflights.prices.readiness],
        routes: { router in
            keeping.add(to: router)
            preflights.add(to: router)
        }
    )
}
