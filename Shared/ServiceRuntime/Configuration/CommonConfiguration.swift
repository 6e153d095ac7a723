package import Logging

/// The settings that mean the same in every executable (blueprint §11).
package struct CommonConfiguration: ComponentConfiguration {
    /// The address to listen on.
    package var host = "127.0.0.1"
    /// The port to listen on; 0 takes a free one.
    package var port = 8080
    /// Where Redis is.
    ///
    /// May hold a password.
    package var redisURL = "redis://127.0.0.1:6379"
    /// Where PostgreSQL is.
    ///
    /// May hold a password.
    package var postgresURL = "postgresql://127.0.0.1:5432/oliver"
    /// The data folder, when one is named.
    package var home: String?
    /// The least severe level that is logged.
    package var logLevel = LogLevel.info
    /// A file that holds the level, and is read again while the process runs.
    package var logLevelFile: String?
    /// The number of partitions, fixed at an installation's first start (blueprint §7).
    package var partitions = 16
    /// The replica's name, stable over restarts: its consumers are named by it.
    package var instance = hostName()
    /// How far a separate executable steps back behind others when cores are short.
    package var niceness = 0
    /// The limits of the HTTP server.
    package var http = HTTPConfiguration()

    package init() {}

    /// Reads the settings without a prefix.
    ///
    /// - `host` (string, default 127.0.0.1), `port` (int, default by service, 0–65535)
    /// - `redis.url` (secret, default redis://127.0.0.1:6379), `postgres.url` (secret)
    /// - `home` (string, optional): the data folder
    /// - `log.level` (trace, debug, info, notice, warning, error, critical; default info)
    /// - `log.levelFile` (path, optional): a file that holds the level and is looked at every two seconds
    /// - `partitions` (int, default 16, 1–256)
    /// - `instance` (string, default the host's name)
    /// - `nice` (int, default by service, 0–19): how far the process steps back behind others
    /// - `http.…`: see ``HTTPConfiguration``
    package init(reader: SettingsReader) {
        self.init(reader: reader, defaultPort: 8080)
    }

    /// Reads the settings with a service's own defaults of port and niceness.
    package init(reader: SettingsReader, defaultPort: Int, defaultNiceness: Int = 0) {
        host = reader.string("host", default: host)
        port = reader.int("port", default: defaultPort, in: 0...65535)
        redisURL = reader.secret("redis.url") ?? redisURL
        postgresURL = reader.secret("postgres.url") ?? postgresURL
        home = reader.string("home")
        logLevel = reader.choice("log.level", default: logLevel)
        logLevelFile = reader.string("log.levelFile")
        partitions = reader.int("partitions", default: partitions, in: 1...256)
        instance = reader.string("instance", default: instance)
        niceness = reader.int("nice", default: defaultNiceness, in: 0...19)
        http = HTTPConfiguration(reader: reader.scoped(to: "http"))
    }

    package func validate() -> [ConfigurationProblem] {
        var problems = http.validate()
        if redisURL.hasPrefix("rediss://") {
            problems.append(
                ConfigurationProblem(
                    "redis.url",
                    "rediss:// is not supported, the Redis client has no TLS: use a tunnel"
                )
            )
        } else if !redisURL.hasPrefix("redis://"), !redisURL.hasPrefix("unix:") {
            problems.append(ConfigurationProblem("redis.url", "must start with redis:// or unix:"))
        }
        if !postgresURL.hasPrefix("postgresql://"), !postgresURL.hasPrefix("postgres://") {
            problems.append(ConfigurationProblem("postgres.url", "must start with postgresql://"))
        }
        let isPlain = instance.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
        if instance.utf8.count > 64 || !isPlain {
            problems.append(ConfigurationProblem("instance", "must be 1 to 64 printable ASCII characters, no spaces"))
        }
        return problems
    }
}

/// A log level as it is written in settings.
package enum LogLevel: String, Sendable, CaseIterable {
    case trace, debug, info, notice, warning, error, critical

    /// The level in swift-log's terms.
    package var level: Logger.Level {
        switch self {
        case .trace: .trace
        case .debug: .debug
        case .info: .info
        case .notice: .notice
        case .warning: .warning
        case .error: .error
        case .critical: .critical
        }
    }
}
