internal import Alerts
internal import Analytics
internal import ArgumentParser
internal import Budgets
internal import Console
internal import Directory
internal import Glibc
internal import Ingest
internal import LocalServers
internal import Logging
internal import Pricing
internal import ServiceRuntime

/// Everything in one process, with its own Redis and PostgreSQL.
struct UpCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up",
        abstract: "Runs everything on this machine, on one port, with its own Redis and PostgreSQL.",
        discussion: "Stops on ^C or SIGTERM. A second start on the same folder finds its data again."
    )

    @Option(help: "The data folder (default: OLIVER_HOME, else ~/.oliver, as root /var/lib/oliver).")
    var home: String?

    @Option(help: "The port to listen on (default: OLIVER_PORT, else 8080).")
    var port: Int?

    @Option(help: "The address to listen on (default: OLIVER_HOST, else 127.0.0.1).")
    var host: String?

    @Option(name: .customLong("config"), help: "A JSON file with settings; the environment wins over it.")
    var configurationFile: String?

    @Option(help: "When Redis writes to disk: 'always' or 'everysec', which a power cut can make lose a second.")
    var fsync = LocalRedis.Durability.always

    @Flag(help: "Check the configuration, print all problems and end.")
    var validate = false

    func run() async throws {
        let settings = try await UpSettings(self)
        guard !validate else {
            for remark in settings.alerts.remarks { print(remark) }
            return print("The configuration is valid.")
        }
        try await AllInOne(settings).run()
    }
}

extension LocalRedis.Durability: ExpressibleByArgument {}

/// The settings of the all-in-one process: the common ones and those of every service.
struct UpSettings: Sendable {
    var common: CommonConfiguration
    var home: String
    var fsync: LocalRedis.Durability
    var ingest: IngestConfiguration
    var pricing: PricingConfiguration
    var budget: BudgetConfiguration
    var analytics: AnalyticsConfiguration
    var alerts: AlertsConfiguration
    var console: ConsoleConfiguration

    /// Reads environment, file and arguments; throws an error that names every problem.
    init(_ command: UpCommand) async throws {
        let environment = processEnvironment()
        let reader = await SettingsReader.load(
            environment: environment,
            file: command.configurationFile ?? environment["OLIVER_CONFIG"]
        )
        common = CommonConfiguration(reader: reader)
        common.host = command.host ?? common.host
        common.port = command.port ?? common.port
        home = command.home ?? common.home ?? HomeFolder.defaultPath
        fsync = command.fsync
        ingest = IngestConfiguration(reader: reader.scoped(to: "ingest"))
        pricing = PricingConfiguration(reader: reader.scoped(to: "pricing"))
        budget = BudgetConfiguration(reader: reader.scoped(to: "budget"))
        analytics = AnalyticsConfiguration(reader: reader.scoped(to: "analytics"))
        let publicURL = "http://localhost:\(common.port)"
        alerts = AlertsConfiguration(reader: reader.scoped(to: "alerts"), defaultPublicURL: publicURL)
        console = ConsoleConfiguration(reader: reader.scoped(to: "console"), defaultPublicURL: publicURL)
        let problems =
            reader.problems + common.validate() + ingest.validate() + pricing.validate() + budget.validate()
            + analytics.validate() + alerts.validate() + console.validate()
        guard problems.isEmpty else {
            throw ValidationError(problems.map(\.description).joined(separator: "\n"))
        }
    }
}
