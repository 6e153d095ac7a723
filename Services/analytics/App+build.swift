internal import Access
internal import Backends
internal import Calendars
internal import Directory
internal import Ledger
internal import ServiceLifecycle
package import ServiceRuntime
internal import Streams

extension ServiceDefinition<AnalyticsConfiguration> {
    /// analytics, for its executable and for `oliver up`.
    package static let analytics = ServiceDefinition(
        name: "analytics",
        summary: "Keeps the ledger and answers questions about it.",
        defaultPort: 8_084,
        niceness: 10,
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
        mirrors: MirrorKeeper(
            store: PostgresDirectoryStore(pool: backends.postgres),
            clock: context.clock,
            directoryVersion: { directory.snapshot.version }
        ),
        writer: context.common.instance,
        metrics: AnalyticsMetrics(factory: context.metrics),
        clock: context.clock
    )
    let consumers = backends.consumers(
        of: .priced,
        for: .ledger,
        workers: settings.workers,
        batchLimit: settings.batchLimit,
        linger: settings.linger,
        handler: handler
    )
    let calendarOf: @Sendable (String) -> CalendarRules? = { directory.workspace($0)?.calendar }
    let reports = ReportRoutes(
        authenticator: directory.authenticator,
        ledger: ledger,
        calendarOf: calendarOf,
        clock: context.clock
    )
    let export = ExportRoute(
        authenticator: directory.authenticator,
        ledger: ledger,
        calendarOf: calendarOf,
        clock: context.clock
    )
    let jobs = makeJobs(settings, context, backends) { directory.snapshot.workspaces.mapValues(\.calendar) }
    return ServiceParts(
        name: context.name,
        services: [backends.closing, directory] + jobs + consumers,
        readiness: backends.readiness + [directory.readiness],
        routes: { router in
            reports.add(to: router)
            export.add(to: router)
        }
    )
}

/// Makes the recurring jobs: each replica has them all, and a run is done by one.
private func makeJobs(
    _ settings: AnalyticsConfiguration,
    _ context: BuildContext,
    _ backends: Backends,
    calendars: @escaping @Sendable () -> [String: CalendarRules]
) -> [any Service] {
    let ledger = backends.makeLedger()
    let retention = PostgresDirectoryStore(pool: backends.postgres)
    let jobs: [any RecurringJob] = [
        PeriodCloser(ledger: ledger, calendars: calendars, clock: context.clock, logger: context.logger),
        PartitionUpkeep(ledger: ledger, clock: context.clock, factory: context.metrics, logger: context.logger),
        RetentionJob(
            ledger: ledger,
            months: settings.retentionMonths == 0 ? nil : settings.retentionMonths,
            monthsOfWorkspaces: { try await retention.retentionMonths() },
            calendars: calendars,
            clock: context.clock,
            logger: context.logger
        ),
        AnomalyScan(
            ledger: ledger,
            producer: backends.streams,
            calendars: calendars,
            clock: context.clock,
            factory: context.metrics,
            logger: context.logger
        ),
    ]
    let metrics = JobMetrics(jobs.map(\.schedule.name), factory: context.metrics)
    var configuration = JobRunner.Configuration(instance: context.common.instance)
    configuration.lease = settings.jobLease
    configuration.pause = min(configuration.pause, settings.jobLease / 2)
    return jobs.map { job in
        JobRunner(
            job,
            ledger: ledger,
            configuration: configuration,
            clock: context.clock,
            metrics: metrics,
            logger: context.logger
        )
    }
}
