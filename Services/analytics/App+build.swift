internal import Access
internal import Backends
internal import Directory
internal import Ledger
package import ServiceRuntime
internal import Streams

extension ServiceDefinition<AnalyticsConfiguration> {
    /// analytics, for its executable and for `oliver up`.
    package static let analytics = ServiceDefinition(
        name: "analytics",
        summary: "Keeps the ledger and answers questions about it.",
        defaultPort: 8_084,
        niceness: 5,
        build: buildAnalytics
    )
}

/// Makes analytics: the consumers of `usage:priced` that keep the ledger, and the reports.
package func buildAnalytics(_ settings: AnalyticsConfiguration, _ context: BuildContext) async throws -> ServiceParts {
    var options = Backends.Options()
    options.postgresConnections = settings.workers + 6
    let backends = try Backends(context, options: options)
    try await backends.prepare(migrations: Directory.migrations + LedgerSchema.migrations)
    let directory = try await backends.directory()
    let ledger = backends.makeLedger()
    let handler = LedgerHandler(
        ledger: ledger,
        mirrors: MirrorKeeper(store: PostgresDirectoryStore(pool: backends.postgres), clock: context.clock),
        writer: context.common.instance,
        metrics: AnalyticsMetrics(factory: context.metrics)
    )
    let consumers = backends.consumers(
        of: .priced,
        for: .ledger,
        workers: settings.workers,
        batchLimit: settings.batchLimit,
        linger: settings.linger,
        handler: handler
    )
    let reports = ReportRoutes(authenticator: directory.authenticator, ledger: ledger, clock: context.clock)
    return ServiceParts(
        name: context.name,
        services: [backends.closing, directory] + consumers,
        readiness: backends.readiness + [directory.readiness],
        routes: reports.add
    )
}
