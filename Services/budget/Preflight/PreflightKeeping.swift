internal import Backends
internal import Directory
internal import Domain
internal import Hummingbird
internal import PriceDesk
internal import Redis
internal import ServiceLifecycle
internal import ServiceRuntime

/// What budget answers preflights with: the desk that asks Redis, the prices in memory, and the routes.
struct PreflightKeeping: Sendable {
    let prices: PriceCache
    private let catalogueSource: CatalogueSource
    private let desk: HoldDesk
    private let route: PreflightRoute
    private let holdRoutes: HoldRoutes

    /// Connects it to the servers, whose schema has ``PriceSchema/migrations``; reads and writes nothing yet.
    ///
    /// - Throws: `CatalogueError`, and `RedisError` when the server's address is none.
    init(
        _ settings: BudgetConfiguration,
        _ context: BuildContext,
        backends: Backends,
        directory: DirectoryCache,
        catalogue: CounterCatalogueCache,
        keeper: any CounterKeeping,
        metrics: BudgetMetrics
    ) throws {
        catalogueSource = try CatalogueSource(
            CatalogueSource.Configuration(path: settings.catalogue),
            metrics: context.metrics,
            logger: context.logger
        )
        let book = PriceBookHolder(zones: .calendars, aliases: catalogueSource.aliases)
        prices = PriceCache(
            store: PostgresPriceHistory(pool: backends.postgres),
            logger: context.logger,
            onChange: book.replace
        )
        var redis = try RedisConfiguration(url: context.common.redisURL)
        redis.poolSize = 2
        // Callers wait: better the fail mode's answer soon.
        redis.commandTimeout = settings.preflightTimeout
        let pool = RedisPool(redis, logger: context.logger)
        redis.poolSize = 1
        let deciding = PerEventLoop { [redis] loop in RedisPool(redis, loop: loop, logger: context.logger) }
        let partitioning = backends.streams.partitioning
        var configuration = HoldDesk.Configuration()
        configuration.sweepInterval = settings.sweepInterval
        desk = HoldDesk(
            pool: pool,
            deciding: deciding,
            partitioning: partitioning,
            configuration: configuration,
            observe: metrics.holds,
            logger: context.logger
        )
        let estimator = Estimator(
            book: book,
            observed: ObservedUsage(ledger: backends.makeLedger(), clock: context.clock, logger: context.logger),
            defaultOutputTokens: Int64(settings.defaultOutputTokens)
        )
        route = PreflightRoute(
            authenticator: directory.authenticator,
            directory: directory,
            preflight: Preflight(
                catalogue: catalogue,
                desk: desk,
                estimator: estimator,
                keeper: keeper,
                partitioning: partitioning,
                clock: context.clock
            ),
            partitioning: partitioning,
            clock: context.clock,
            metrics: metrics
        )
        holdRoutes = HoldRoutes(authenticator: directory.authenticator, desk: desk, partitioning: partitioning)
    }

    /// What runs beside the consumers.
    var services: [any Service] { [catalogueSource, prices, desk] }

    /// Adds the routes.
    func add(to router: Router<OliverRequestContext>) {
        route.add(to: router)
        holdRoutes.add(to: router)
    }
}
