internal import ArgumentParser
internal import Glibc
internal import LocalServers
internal import Logging
internal import Postgres
internal import Redis
internal import ServiceRuntime
internal import Streams

/// Where a command finds the installation it works on.
struct InstallationOptions: ParsableArguments {
    @Option(help: "The data folder of `oliver up` (default: OLIVER_HOME, else ~/.oliver, as root /var/lib/oliver).")
    var home: String?

    @Option(name: .customLong("config"), help: "A JSON file with settings.")
    var configurationFile: String?

    init() {}

    /// The settings of the environment, the file and the folder's running process, in this order.
    func settings() async throws -> CommonConfiguration {
        let environment = processEnvironment()
        let file = configurationFile ?? environment["OLIVER_CONFIG"]
        let reader = await SettingsReader.load(environment: environment, file: file)
        var common = CommonConfiguration(reader: reader)
        guard reader.problems.isEmpty else {
            throw ValidationError(reader.problems.map(\.description).joined(separator: "\n"))
        }
        if reader.secret("redis.url") == nil || reader.secret("postgres.url") == nil {
            try useRunningProcess(&common)
        }
        return common
    }

    private func useRunningProcess(_ common: inout CommonConfiguration) throws {
        let folder = home ?? common.home ?? HomeFolder.defaultPath
        guard let run = try RunFile.load(fromHome: folder) else {
            throw ValidationError(
                """
                Nothing runs in \(folder). Start it with `oliver up`, name its folder with --home, or set \
                OLIVER_REDIS_URL and OLIVER_POSTGRES_URL.
                """
            )
        }
        common.redisURL = run.redisURL
        common.postgresURL = run.postgresURL
    }
}

/// The connections of one command, closed when it ends.
struct Installation {
    let streams: any UsageStreams
    let redis: RedisPool
    let postgres: PostgresPool
    let postgresConfiguration: PostgresConfiguration
    let partitioning: Partitioning
    let logger: Logger

    /// Prepares connections, which are made when they are needed.
    init(redisURL: String, postgresURL: String, partitions: Int = Partitioning.standard.count) throws {
        var logger = Logger(label: "oliver")
        logger.logLevel = .error
        self.logger = logger
        partitioning = Partitioning(count: partitions)
        redis = RedisPool(try RedisConfiguration(url: redisURL), logger: logger)
        postgresConfiguration = try PostgresConfiguration(url: postgresURL)
        postgres = PostgresPool(postgresConfiguration, logger: logger)
        streams = RedisStreams(
            pool: redis,
            configuration: RedisStreamsConfiguration(partitioning: partitioning),
            lives: nil,
            logger: logger
        )
    }

    /// Connects, runs the body and closes again.
    static func use<Result>(
        _ options: InstallationOptions,
        _ body: (Installation) async throws -> Result
    ) async throws -> Result {
        let common = try await options.settings()
        let installation = try Installation(
            redisURL: common.redisURL,
            postgresURL: common.postgresURL,
            partitions: common.partitions
        )
        do {
            let result = try await body(installation)
            await installation.close()
            return result
        } catch {
            await installation.close()
            throw error
        }
    }

    private func close() async {
        await redis.close()
        postgres.close()
    }
}
