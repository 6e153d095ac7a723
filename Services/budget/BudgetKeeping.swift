internal import Backends
internal import BudgetBook
internal import Directory
internal import Hummingbird
internal import Redis
internal import ServiceLifecycle
internal import ServiceRuntime

/// What budget keeps budgets with: the store, this replica's copy of it, what is counted for them, and their routes.
struct BudgetKeeping: Sendable {
    let cache: BudgetCache
    let catalogue: CounterCatalogueCache
    private let announcer: BudgetAnnouncer
    private let routes: BudgetRoutes

    /// Connects it to the servers; reads and writes nothing yet.
    init(
        _ settings: BudgetConfiguration,
        _ context: BuildContext,
        backends: Backends,
        directory: DirectoryCache,
        counters: RedisCounters,
        rebuilder: CounterRebuilder,
        crossings: CrossingWatch
    ) {
        let partitioning = backends.streams.partitioning
        let store = PostgresBudgetStore(pool: backends.postgres)
        cache = BudgetCache(store: store, logger: context.logger)
        catalogue = CounterCatalogueCache(directory: directory, budgets: cache)
        announcer = BudgetAnnouncer(
            cache: cache,
            counters: counters,
            partitioning: partitioning,
            interval: settings.refreshInterval,
            logger: context.logger
        )
        routes = BudgetRoutes(
            authenticator: directory.authenticator,
            store: store,
            cache: cache,
            desk: BudgetDesk(
                store: store,
                cache: cache,
                catalogue: catalogue,
                counters: counters,
                opening: RebuildOpening(rebuilder: rebuilder, partitioning: partitioning),
                crossings: crossings,
                partitioning: partitioning,
                clock: context.clock,
                logger: context.logger
            ),
            reader: BudgetReader(catalogue: catalogue, counters: counters, partitioning: partitioning),
            hasWorkspace: { await directory.findWorkspace($0) != nil },
            clock: context.clock
        )
    }

    /// What runs beside the consumers.
    var services: [any Service] { [cache, announcer] }

    /// Adds the routes.
    func add(to router: Router<OliverRequestContext>) {
        routes.add(to: router)
    }
}
