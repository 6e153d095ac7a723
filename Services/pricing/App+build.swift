internal import Access
internal import Backends
internal import Directory
internal import Logging
internal import PriceBook
package import ServiceRuntime
internal import Streams

extension ServiceDefinition<PricingConfiguration> {
    /// pricing, for its executable and for `oliver up`.
    package static let pricing = ServiceDefinition(
        name: "pricing",
        summary: "Finds out what each usage event costs, and why.",
        defaultPort: 8_082,
        build: buildPricing
    )
}

/// Makes pricing: the price book, the consumers of `usage:raw`, and the estimate route.
package func buildPricing(_ settings: PricingConfiguration, _ context: BuildContext) async throws -> ServiceParts {
    let backends = try Backends(context)
    try await backends.prepare(migrations: Directory.migrations + PriceSchema.migrations)
    let directory = try await backends.directory()
    let book = try PriceBook.load(path: settings.priceMap)
    context.logger.info("price book loaded", metadata: ["prices": "\(book.count)"])
    let keeping = PriceKeeping(settings, context, backends: backends, holder: PriceBookHolder(zones: .calendars))
    try await Startup.waiting(for: "prices", logger: context.logger, isRetriable: Backends.isRetriable) {
        try await keeping.prepare(shippedMap: settings.priceMap)
    }
    let pricer = Pricer(plans: PlanCache(book))
    let handler = PricingHandler(
        streams: backends.streams,
        pricer: pricer,
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
    let estimate = EstimateRoute(authenticator: directory.authenticator, pricer: pricer, clock: context.clock)
    return ServiceParts(
        name: context.name,
        services: [backends.closing, directory] + keeping.services + consumers,
        readiness: backends.readiness + [directory.readiness, keeping.cache.readiness],
        routes: { router in
            estimate.add(to: router)
            keeping.add(to: router, directory: directory)
        }
    )
}
