internal import Access
internal import Backends
internal import Directory
internal import Redis
package import ServiceRuntime
internal import Streams

extension ServiceDefinition<IngestConfiguration> {
    /// ingest, for its executable and for `oliver up`.
    package static let ingest = ServiceDefinition(
        name: "ingest",
        summary: "Takes usage events and queues them durably.",
        defaultPort: 8_081,
        build: buildIngest
    )
}

/// Makes ingest: the keys in memory, the group commit, and the intakes.
package func buildIngest(_ settings: IngestConfiguration, _ context: BuildContext) async throws -> ServiceParts {
    var options = Backends.Options()
    options.backlogLimit = settings.backlogLimit
    options.idLifetime = settings.idLifetime
    options.postgresConnections = 2
    // Clients wait for it: better a 503 soon.
    options.redisTimeout = .seconds(3)
    let backends = try Backends(context, options: options)
    try await backends.prepare(migrations: Directory.migrations)
    let directory = try await backends.directory(rateLimit: settings.rateLimit)
    let metrics = IngestMetrics(factory: context.metrics)
    let commits = backends.producers.map { GroupCommit(producer: $0, metrics: metrics) }
    let reports = ReportKeeper(producer: backends.streams, logger: context.logger)
    let gate = PressureGate(producer: backends.streams, logger: context.logger)
    let desk = IntakeDesk(
        authenticator: directory.authenticator,
        directory: directory,
        configuration: settings,
        partitioning: backends.streams.partitioning,
        commits: commits,
        gate: gate,
        clock: context.clock,
        metrics: metrics
    )
    let upsert = UpsertRoute(
        authenticator: directory.authenticator,
        directory: directory,
        store: PostgresDirectoryStore(pool: backends.postgres),
        clock: context.clock
    )
    return ServiceParts(
        name: context.name,
        services: [
            backends.closing, directory, OnEventLoops(commits), gate, reports,
            backends.lagWatch(interval: .seconds(3)),
        ],
        readiness: backends.readiness + [directory.readiness],
        routes: { router in
            RecordRoute(desk: desk).add(to: router)
            TracesRoute(desk: desk).add(to: router)
            EventsRoute(desk: desk).add(to: router)
            upsert.add(to: router)
        }
    )
}
