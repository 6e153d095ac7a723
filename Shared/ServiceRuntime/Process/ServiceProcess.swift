import CoreMetrics
import Glibc
import Logging
import ServiceLifecycle
import UnixSignals

/// The process-wide things, which belong to the executable: logs, metrics, the HTTP port, signals.
package struct ServiceProcess: Sendable {
    /// The executable's name, as in its logs.
    package let name: String
    /// What the builders are given; the all-in-one process learns its servers' addresses only when they have started.
    package var common: CommonConfiguration
    package let logs: LogSystem
    package let registry: PrometheusRegistry
    private let clock: any WallClock

    /// Prepares the process and ignores SIGPIPE, which a write to a dead socket would raise.
    package init(name: String, common: CommonConfiguration, clock: any WallClock = SystemWallClock()) {
        signal(SIGPIPE, SIG_IGN)
        self.name = name
        self.common = common
        self.clock = clock
        self.logs = LogSystem(level: common.logLevel.level, clock: clock)
        self.registry = PrometheusRegistry()
        let metrics = ProcessMetrics(version: OliverVersion.current, clock: clock)
        registry.addCollector { metrics.render() }
    }

    /// Makes this process' logs and metrics those of libraries that ask swift-log and swift-metrics for the global
    /// ones.
    ///
    /// To be called once per process, never in tests.
    package func bootstrapGlobals() {
        let logs = logs
        let name = name
        LoggingSystem.bootstrap { _ in logs.handler(service: name) }
        MetricsSystem.bootstrap(registry.factory(service: name))
    }

    /// What the builder of a service is given.
    package func context(for service: String) -> BuildContext {
        BuildContext(
            name: service,
            logger: logs.logger(service: service),
            metrics: registry.factory(service: service),
            common: common,
            clock: clock,
            onScrape: { [registry] in registry.beforeScrape($0) }
        )
    }

    /// Runs services behind one port until SIGTERM or SIGINT, or until one of them ends or fails.
    ///
    /// Services start in order, the HTTP server last; they stop in reverse. The whole stop takes less than ten seconds:
    /// after seven, what still runs is cancelled; after nine, the kernel ends the process (SIGALRM). That alarm stays set
    /// when this returns, so that it bounds the caller's own cleaning up as well.
    ///
    /// - Parameters:
    ///   - parts: The services, those that others need first.
    ///   - onListening: Told the port once connections are accepted.
    /// - Throws: The first failure of a service.
    package func run(
        _ parts: [ServiceParts],
        onListening: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) async throws {
        let logger = logs.logger(service: name)
        let front = HTTPFront(
            parts: parts,
            registry: registry,
            logger: logger,
            name: name,
            configuration: common.http,
            clock: clock
        )
        let server = HTTPServer(
            front: front,
            host: common.host,
            port: common.port,
            logger: logger,
            onListening: onListening
        )
        let watches = common.logLevelFile.map { [LogLevelWatch(path: $0, logs: logs, logger: logger)] } ?? []
        let services: [any Service] = watches + parts.flatMap(\.services) + [server, StopDeadline(seconds: 9)]
        var configuration = ServiceGroupConfiguration(
            // A failure stops the others in order as well: nobody serves a connection that is accepted while a server is
            // cancelled.
            services: services.map { service in
                ServiceGroupConfiguration.ServiceConfiguration(
                    service: LastingService(service, logger: logger),
                    successTerminationBehavior: .gracefullyShutdownGroup,
                    failureTerminationBehavior: .gracefullyShutdownGroup
                )
            },
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        configuration.maximumGracefulShutdownDuration = .seconds(7)
        try await ServiceGroup(configuration: configuration).run()
    }
}
