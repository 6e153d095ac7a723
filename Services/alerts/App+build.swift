internal import Access
internal import Backends
internal import BudgetBook
internal import Calendars
internal import Crypto
internal import Directory
internal import Domain
internal import FoundationEssentials
internal import Ledger
internal import Logging
internal import Outbound
package import ServiceRuntime
internal import Streams

extension ServiceDefinition<AlertsConfiguration> {
    /// alerts, for its executable and for `oliver up`.
    package static let alerts = ServiceDefinition(
        name: "alerts",
        summary: "Tells people when budgets are reached and what else they must know, and misses nothing.",
        defaultPort: 8_085,
        build: buildAlerts
    )
}

/// Makes alerts: the consumer of `notices`, the look at all budgets, the deliveries and the routes.
package func buildAlerts(_ settings: AlertsConfiguration, _ context: BuildContext) async throws -> ServiceParts {
    let backends = try Backends(context)
    try await backends.prepare(
        migrations: Directory.migrations + LedgerSchema.migrations + BudgetSchema.migrations + AlertSchema.migrations
    )
    let directory = try await backends.directory()
    let store = PostgresAlertStore(pool: backends.postgres)
    let budgetStore = PostgresBudgetStore(pool: backends.postgres)
    let budgets = BudgetCache(store: budgetStore, logger: context.logger)
    let key = try await Startup.waiting(
        for: "the budgets",
        logger: context.logger,
        isRetriable: Backends.isRetriable
    ) {
        try await budgets.load()
        return try await settings.installationKey(store)
    }
    for remark in settings.remarks { context.logger.notice("\(remark)") }
    let delivery = settings.courier(key: key)
    let channels = ChannelCache(store: store)
    let metrics = AlertsMetrics(factory: context.metrics)
    let desk = AlertDesk(
        store: store,
        channels: channels,
        reachable: delivery.reachable,
        metrics: metrics,
        clock: context.clock,
        logger: context.logger
    )
    let ledger = backends.makeLedger()
    let watch = CrossingWatch(
        evaluator: BudgetEvaluator(ledger: ledger, history: budgetStore, desk: desk) { directory.calendar(of: $0) },
        budgets: budgets,
        finders: [
            UnpricedFinder(
                ledger: ledger,
                workspaces: { Array(directory.snapshot.workspaces.keys) },
                store: store,
                desk: desk
            ),
            DeadLetterFinder(streams: backends.streams, store: store, desk: desk),
        ],
        store: store,
        configuration: settings.watch,
        metrics: metrics,
        clock: context.clock,
        logger: context.logger
    )
    let dispatcher = Dispatcher(
        store: store,
        channels: channels,
        couriers: try (0..<settings.senders).map { _ in try Courier(delivery, clock: context.clock) },
        rules: settings.rules,
        metrics: metrics,
        clock: context.clock,
        logger: context.logger
    )
    let consumers = backends.consumers(
        of: .notices,
        for: .alerts,
        workers: 1,
        batchLimit: settings.batchLimit,
        linger: .zero,
        handler: NoticeHandler(watch: watch, desk: desk)
    )
    let alertRoutes = AlertRoutes(authenticator: directory.authenticator, store: store, links: delivery.links)
    let channelRoutes = ChannelRoutes(
        authenticator: directory.authenticator,
        store: store,
        channels: channels,
        courier: try Courier(delivery, clock: context.clock),
        key: key,
        hasWorkspace: { await directory.findWorkspace($0) != nil },
        clock: context.clock
    )
    return ServiceParts(
        name: context.name,
        services: [backends.closing, directory, budgets, dispatcher, watch] + consumers,
        readiness: backends.readiness + [directory.readiness, budgets.readiness],
        routes: { router in
            alertRoutes.add(to: router)
            channelRoutes.add(to: router)
        }
    )
}

extension AlertsConfiguration {
    /// The key that webhooks' secrets are made from.
    fileprivate func installationKey(_ store: any AlertStore) async throws -> SymmetricKey {
        if let key { return SymmetricKey(data: Data(key.utf8)) }
        let made = SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) }
        return SymmetricKey(data: Data(try await store.installationKey(orElse: made)))
    }

    fileprivate func courier(key: SymmetricKey) -> Courier.Configuration {
        Courier.Configuration(
            smtp: smtp,
            from: from,
            smtpTimeout: smtpTimeout,
            webhookTimeout: webhookTimeout,
            policy: allowsPrivateAddresses ? .any : .publicOnly,
            links: ConsoleLinks(base: publicURL),
            key: key
        )
    }

    fileprivate var rules: DeliveryRules {
        var rules = DeliveryRules()
        rules.messagesPerWindow = messagesPerMinute
        rules.backoff.initial = retryAfter
        rules.backoff.maximum = max(retryAfter, rules.backoff.maximum)
        rules.giveUpAfter = giveUpAfter
        rules.lease = lease
        return rules
    }

    fileprivate var watch: CrossingWatch.Configuration {
        var watch = CrossingWatch.Configuration()
        watch.interval = interval
        return watch
    }
}

extension DirectoryCache {
    /// The calendar of a workspace; the standard one while it is not known.
    fileprivate func calendar(of workspace: String) -> CalendarRules {
        guard let known = self.workspace(workspace) else { return .standard }
        let rules = CalendarRules(
            timeZone: known.timeZone,
            weekStart: known.weekStart,
            fiscalYearStart: known.fiscalYearStart
        )
        return rules ?? .standard
    }
}
