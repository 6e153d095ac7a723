internal import Access
internal import Backends
internal import Directory
internal import Ledger
internal import Logging
internal import PriceBook
internal import PriceDesk
package import ServiceRuntime
internal import Streams

extension ServiceDefinition<PricingConfiguration> {
    /// pricing, for its executable and for `oliver up`.
    package static let pricing = ServiceDefinition(
        name: "pricing",
        summary: "Finds out what each usage event costs, and why.",
        defaultPort: 8_082,
        niceness: 5,
        build: buildPricing
    )
}

/// Makes pricing: the price book, the consumers of `usage:raw`, corrections, and the routes.
package func buildPricing(_ settings: PricingConfiguration, _ context: BuildContext) async throws -> ServiceParts {
    var options = Backends.Options()
    options.establishesLives = true
    let backends = try Backends(context, options: options)
    try await backends.prepare(migrations: Directory.migrations + PriceSchema.migrations + LedgerSchema.migrations)
    let directory = try await backends.directory()
    let catalogue = try CatalogueSource(
        CatalogueSource.Configuration(path: settings.catalogue, plans: settings.plans),
        metrics: context.metrics,
        logger: context.logger
    )
    let book = PriceBookHolder(zones: .calendars, aliases: catalogue.aliases)
    let keeping = PriceKeeping(settings, context, backends: backends, holder: book, catalogue: catalogue)
    try await Startup.waiting(for: "prices", logger: context.logger, isRetriable: Backends.isRetriable) {
        try await keeping.prepare(shippedMap: settings.priceMap)
    }
    context.logger.info("price book loaded", metadata: ["prices": "\(book.edition.plans.book.count)"])
    let ledger = backends.makeLedger()
    let contents = ContentKeeper(store: keeping.store)
    let handler = PricingHandler(
        streams: backends.streams,
        book: book,
        contents: contents,
        volumes: MonthVolumes(ledger: ledger, clock: context.clock),
        metrics: PricingMetrics(factory: context.metrics)
    )
    let consumers = backends.consumers(
        of: .raw,
        for: .pricing,
        workers: settings.workers,
        batchLimit: settings.batchLimit,
        linger: settings.linger,
        handler: handler
    )
    let corrections = Corrections(
        context,
        ledger: ledger,
        prices: keeping.store,
        book: book,
        contents: contents
    )
    let estimate = EstimateRoute(authenticator: directory.authenticator, book: book, clock: context.clock)
    return ServiceParts(
        name: context.name,
        services: [backends.closing, directory] + keeping.services + consumers + corrections.services,
        readiness: backends.readiness + [directory.readiness, keeping.cache.readiness],
        routes: { router in
            estimate.add(to: router)
            keeping.add(to: router, directory: directory)
            corrections.add(to: router, directory: directory)
        }
    )
}
