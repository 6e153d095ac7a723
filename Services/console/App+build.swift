internal import Access
internal import Backends
internal import BudgetBook
internal import Directory
internal import Ledger
package import ServiceRuntime

extension ServiceDefinition<ConsoleConfiguration> {
    /// console, for its executable and for `oliver up`.
    package static let console = ServiceDefinition(
        name: "console",
        summary: "Lets people run Oliver: workspaces, keys, sign-in, the audit log, the dashboard.",
        defaultPort: 8_086,
        build: buildConsole
    )
}

/// Makes console: routes only, nothing works in its background but the copy of the directory.
package func buildConsole(_ settings: ConsoleConfiguration, _ context: BuildContext) async throws -> ServiceParts {
    var options = Backends.Options()
    options.postgresConnections = settings.postgresConnections
    let backends = try Backends(context, options: options)
    try await backends.prepare(migrations: Directory.migrations + LedgerSchema.migrations + BudgetSchema.migrations)
    let directory = try await backends.directory()
    let signIn = signInRoutes(settings, directory, PostgresAccountStore(pool: backends.postgres), context)
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
    return ServiceParts(
        name: context.name,
        services: [backends.closing, directory],
        readiness: backends.readiness + [directory.readiness],
        routes: { router in
            signIn?.add(to: router)
            administration.add(to: router)
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
    _ store: PostgresAccountStore,
    _ context: BuildContext
) -> SignInRoutes? {
    guard let sessions = directory.sessions else { return nil }
    let desk = SignInDesk(
        store: store,
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
