internal import Alerts
internal import Analytics
internal import Budgets
internal import Console
internal import Directory
internal import Glibc
internal import Ingest
internal import LocalServers
internal import Logging
internal import Pricing
internal import Redis
internal import Reference
internal import ServiceRuntime

/// The all-in-one process: the builders of all services behind one port, over a private Redis and PostgreSQL.
struct AllInOne {
    private let settings: UpSettings

    init(_ settings: UpSettings) {
        self.settings = settings
    }

    /// Runs until SIGTERM or ^C; the servers stop last.
    func run() async throws {
        try PortProbe.check(host: settings.common.host, port: settings.common.port)
        let home = try HomeFolder(path: settings.home)
        var process = ServiceProcess(name: "oliver", common: settings.common)
        process.bootstrapGlobals()
        let logger = process.context(for: "oliver").logger
        let servers = try LocalServers(home: home, durability: settings.fsync, logger: logger)
        let addresses = try await servers.start()
        process.common.redisURL = addresses.redisURL
        process.common.postgresURL = addresses.postgresURL
        do {
            try await serve(in: process, home: home, servers: servers)
        } catch {
            await servers.stop()
            throw error
        }
        await servers.stop()
    }

    private func serve(in process: ServiceProcess, home: HomeFolder, servers: LocalServers) async throws {
        let common = process.common
        let logger = process.context(for: "oliver").logger
        let embedded = ServiceParts(
            name: "oliver",
            services: [
                EmbeddedServers(servers: servers, logger: logger),
                QuietCompaction(
                    redis: RedisPool(try RedisConfiguration(url: common.redisURL), logger: logger),
                    logger: logger
                ),
            ]
        )
        let ingest = try await buildIngest(settings.ingest, process.context(for: "ingest"))
        let pricing = try await buildPricing(settings.pricing, process.context(for: "pricing"))
        let budget = try await buildBudget(settings.budget, process.context(for: "budget"))
        let analytics = try await buildAnalytics(settings.analytics, process.context(for: "analytics"))
        let alerts = try await buildAlerts(settings.alerts, process.context(for: "alerts"))
        let console = try await buildConsole(settings.console, process.context(for: "console"))
        let reference = try ReferenceRoutes.parts()
        let new = try await FirstStart(home: home, postgresURL: common.postgresURL, logger: logger).run()
        try await process.run([embedded, ingest, pricing, budget, analytics, alerts, reference, console]) { port in
            let run = RunFile(httpPort: port, redisURL: common.redisURL, postgresURL: common.postgresURL)
            do {
                try run.write(to: home)
            } catch {
                logger.error("commands will not find this process", metadata: ["error": "\(error)"])
            }
            let greeting = Greeting(
                program: processEnvironment()["OLIVER_COMMAND"] ?? "oliver",
                address: "http://\(common.host):\(port)",
                home: home.path,
                isStandardHome: home.path == HomeFolder.defaultPath,
                adminKeyFile: home.adminKeyFile,
                newKey: new.key,
                isForPerson: isTerminal,
                link: new.link
            )
            printNow(greeting.text)
        }
    }
}
