internal import Access
internal import Backends
internal import BudgetBook
internal import Directory
internal import Ledger
internal import Postgres
internal import Redis
internal import ServiceLifecycle
package import ServiceRuntime
internal import Streams

extension ServiceDefinition<ConsoleConfiguration> {
    /// console, for its executable and for `oliver up`.
    package static let console = ServiceDefinition(
        name: "console",
        summary: "Lets people run Oliver: workspaces, keys, sign-in, the audit log, the dashboard.",
        defaultPort: 8_086,
        build: buildConsole
    )
}

/// Makes console: routes, and in the background the copy of the directory, the look at the queue and the probe.
package func buildConsole(_ settings: ConsoleConfiguration, _ context: BuildContext) async throws -> ServiceParts {
    var options = Backends.Options()
    options.postgresConnections = settings.postgresConnections
    let backends = try Backends(context, options: options)
    try await backends.prepare(migrations: Directory.migrations + LedgerSchema.migrations + BudgetSchema.migrations)
    let directory = try await backends.directory()
    let signIn = signInRoutes(settings, directory, backends.postgres, context)
    let administration = AdministrationRoutes(
        authenticator: directory.authenticator,
        pool: backends.postgres,
        ledger: backends.makeLedger(),
        revocations: RedisRevocationFeed(redis: backends.redis),
        refresh: { await directory.refresh() },
        clock: context.clock
    )
    let policy = ContentSecurity(isHTTPS: settings.publicURL.hasPrefix("https://"), clock: context.clock)
    let web = WebApp.load(setting: settings.web, policy: policy, logger: context.logger)
    let operations = Operations(backends, directory, context)
    return ServiceParts(
        name: context.name,
        services: [backends.closing, directory, operations.watch] + settings.probe(context),
        readiness: backends.readiness + [directory.readiness],
        routes: { router in
            signIn?.add(to: router)
            administration.add(to: router)
            operations.add(to: router)
            policy.add(to: router)
            // Last: what is added after it would have its page in place of their 404.
            web?.add(to: router)
        }
    )
}

/// The routes of sign-in; every copy of the directory that this service makes knows sessions.
private func signInRoutes(
    _ settings: ConsoleConfiguration,
    _ directory: DirectoryCache,
    _ pool: PostgresPool,
    _ context: BuildContext
) -> SignInRoutes? {
    guard let sessions = directory.sessions else { return nil }
    let store = PostgresAccountStore(pool: pool)
    let desk = SignInDesk(
        store: store,
        organisation: PostgresOrganisationStore(pool: pool),
        passwords: Passwords(),
        isSecure: settings.publicURL.hasPrefix("https://"),
        clock: context.clock,
        uptimeClock: SystemUptimeClock(),
        logger: context.logger
    )
    return SignInRoutes(
        desk: desk,
        settings: settings.signIn,
        store: store,
        authenticator: directory.authenticator,
        sessions: sessions,
        workspaces: { Array(directory.snapshot.workspaces.values) },
        publicURL: settings.publicURL,
        clock: context.clock,
        uptimeClock: SystemUptimeClock()
    )
}

extension ConsoleConfiguration {
    /// The synthetic probe, when one is wanted; its metrics are there in any case.
    fileprivate func probe(_ context: BuildContext) -> [any Service] {
        let metrics = ProbeMetrics(factory: context.metrics)
        guard let probeURL, let probeKey else { return [] }
        return [
            Probe(
                Probe.Configuration(url: probeURL, key: probeKey, interval: probeInterval),
                instance: context.common.instance,
                metrics: metrics,
                clock: context.clock,
                logger: context.logger
            )
        ]
    }
}
