internal import Directory
internal import Domain
package import Ledger
internal import Logging
package import Postgres
package import Redis
package import ServiceLifecycle
package import ServiceRuntime
package import Streams

/// The servers that a service stands on, connected by the common settings.
///
/// Every builder makes its own: in the all-in-one process the services share nothing but the process.
package struct Backends: Sendable {
    package let redis: RedisPool
    package let streams: RedisStreams
    /// The same streams for who only claims, over a connection of each event loop.
    package let producers: PerEventLoop<RedisStreams>
    private let producerPools: PerEventLoop<RedisPool>
    package let postgres: PostgresPool
    private let postgresConfiguration: PostgresConfiguration
    let directoryPool: PostgresPool
    private let ledger: PostgresLedgerStore
    private let context: BuildContext

    /// What differs between services.
    package struct Options: Sendable {
        /// Entries of one partition beyond which claims are refused.
        package var backlogLimit = 1_000_000
        /// How long an event id is remembered.
        package var idLifetime = Duration.seconds(86_400)
        /// Connections to PostgreSQL at most.
        package var postgresConnections = 4
        /// How long a command to Redis may take.
        package var redisTimeout = Duration.seconds(10)
        /// Connections to Redis at most, those of readers not counted.
        package var redisConnections = 4
        /// Whether it compares the streams with the ledger after a start of Redis, so that events are priced again.
        ///
        /// Intake does not: it goes on while PostgreSQL is away.
        package var establishesLives = false

        package init() {}
    }

    /// Makes the pools; connects to nothing yet.
    package init(_ context: BuildContext, options: Options = Options()) throws {
        self.context = context
        var redisConfiguration = try RedisConfiguration(url: context.common.redisURL)
        redisConfiguration.poolSize = options.redisConnections
        redisConfiguration.commandTimeout = options.redisTimeout
        redis = RedisPool(redisConfiguration, logger: context.logger)
        redisConfiguration.poolSize = 1
        producerPools = PerEventLoop { [redisConfiguration] loop in
            RedisPool(redisConfiguration, loop: loop, logger: context.logger)
        }
        var configuration = try PostgresConfiguration(url: context.common.postgresURL)
        configuration.applicationName = "oliver-\(context.name)"
        configuration.poolSize = options.postgresConnections
        // A replica that stops in the middle of a transaction, frozen or cut off, must not hold up the others for long.
        configuration.idleInTransactionTimeout = .seconds(10)
        postgresConfiguration = configuration
        configuration.lockTimeout = .seconds(5)
        postgres = PostgresPool(configuration, logger: context.logger)
        let partitioning = Partitioning(count: context.common.partitions)
        ledger = PostgresLedgerStore(pool: postgres, logger: context.logger, partitioning: partitioning)
        let lives = options.establishesLives ? ledger : nil
        let kept = RedisStreamsConfiguration(
            partitioning: partitioning,
            backlogLimit: options.backlogLimit,
            idLifetime: options.idLifetime
        )
        streams = RedisStreams(pool: redis, configuration: kept, lives: lives, logger: context.logger)
        producers = producerPools.map {
            RedisStreams(pool: $0, configuration: kept, lives: lives, logger: context.logger)
        }
        configuration.poolSize = 1
        directoryPool = PostgresPool(configuration, logger: context.logger)
        showPools()
    }

    private func showPools() {
        let metrics = PoolMetrics(factory: context.metrics)
        context.onScrape { [redis, postgres, directoryPool] in
            metrics.redis.show(redis.counts)
            metrics.postgres.show(postgres.counts)
            metrics.directory.show(directoryPool.counts)
        }
    }

    var logger: Logger { context.logger }
    var clock: any WallClock { context.clock }

    /// Waits for both servers, brings the schema up to date and makes streams and groups.
    package func prepare(migrations: [Migration]) async throws {
        try await Startup.waiting(for: "postgresql", logger: context.logger, isRetriable: Self.isRetriable) {
            _ = try await PostgresMigrator(migrations, configuration: postgresConfiguration, logger: context.logger)
                .apply()
        }
        // It may compare the streams with the ledger, which has its tables now.
        try await Startup.waiting(for: "redis", logger: context.logger, isRetriable: Self.isRetriable) {
            try await streams.prepare()
        }
    }

    /// Whether repeating can help against an error of either server.
    package static func isRetriable(_ error: any Error) -> Bool {
        switch error {
        case let error as any RetriableError: error.isRetriable
        case let error as PostgresError: error.isRetriable
        case let error as LedgerError: error.isRetriable
        case let error as DirectoryError: error.isRetriable
        default: false
        }
    }

    /// The consumers of a stage, which work side by side.
    ///
    /// - Parameters:
    ///   - stream: What they read.
    ///   - group: For which group.
    ///   - workers: How many there are.
    ///   - batchLimit: Entries in one batch at most.
    ///   - linger: How long to wait after a read that did not fill a batch.
    ///   - handler: What they do.
    /// - Returns: The loops, each a service.
    package func consumers(
        of stream: StreamKind,
        for group: ConsumerGroup,
        workers: Int,
        batchLimit: Int,
        linger: Duration,
        handler: any BatchHandler
    ) -> [any Service] {
        let metrics = ConsumerMetrics(stream: stream, group: group, factory: context.metrics)
        let traced = TracedHandler(handler: handler, group: group, logger: context.logger)
        return (1...workers).map { worker in
            ConsumerLoop(
                ConsumerConfiguration(
                    stream: stream,
                    group: group,
                    consumer: "\(context.common.instance)-\(worker)",
                    batchLimit: batchLimit,
                    linger: linger
                ),
                streams: streams,
                handler: traced,
                isRetriable: Self.isRetriable,
                logger: context.logger,
                observe: metrics.observe
            )
        }
    }

    /// What shows how far all stages are behind, for a service that is none of them.
    package func lagWatch(interval: Duration = .seconds(5), keeping kept: Int = 1) -> LagWatch {
        LagWatch(
            streams,
            interval: interval,
            keeping: kept,
            factory: context.metrics,
            now: { [clock = context.clock] in clock.now.microseconds / 1_000 },
            logger: context.logger
        )
    }

    /// The ledger with this installation's partitions.
    package func makeLedger() -> PostgresLedgerStore { ledger }

    /// Tells that the service lives, and closes the pools when all that uses them has stopped: to stand first in a
    /// service's list.
    package var closing: any Service { closing(telling: { [:] }) }

    /// The same for a service that has something to tell of itself.
    package func closing(telling facts: @escaping @Sendable () -> [String: String]) -> any Service {
        ClosingService(backends: self, facts: facts)
    }

    /// Tells that this replica lives, and what else there is to tell.
    func beat(startedAt start: Timestamp, _ facts: [String: String]) async {
        let beat = Heartbeat(
            service: context.name,
            instance: context.common.instance,
            version: OliverVersion.current,
            startedAt: start.microseconds,
            beatAt: context.clock.now.microseconds,
            facts: facts
        )
        do {
            try await Heartbeats(redis: redis).beat(beat)
        } catch {
            context.logger.debug("the heartbeat was not told", metadata: ["error": "\(error)"])
        }
    }

    func closePools() async {
        await redis.close()
        for pool in producerPools.all { await pool.close() }
        postgres.close()
        directoryPool.close()
    }

    /// What must answer for the service to be ready.
    package var readiness: [ReadinessCheck] {
        [
            ReadinessCheck("\(context.name).redis") { [redis] in
                do {
                    _ = try await redis.send(RedisCommand("PING"))
                    return .ready
                } catch {
                    return .notReady("redis does not answer")
                }
            },
            ReadinessCheck("\(context.name).postgresql") { [postgres] in
                do {
                    _ = try await postgres.query("SELECT 1")
                    return .ready
                } catch {
                    return .notReady("postgresql does not answer")
                }
            },
        ]
    }
}

private struct ClosingService: Service {
    let backends: Backends
    let facts: @Sendable () -> [String: String]

    func run() async throws {
        await cancelWhenGracefulShutdown {
            let start = self.backends.clock.now
            while !Task.isCancelled {
                await self.backends.beat(startedAt: start, self.facts())
                do { try await Task.sleep(for: .seconds(10)) } catch { return }
            }
        }
        await backends.closePools()
    }
}
