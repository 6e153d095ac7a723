package import BudgetBook
internal import Domain
package import Logging
package import Redis
internal import ServiceLifecycle
package import Streams

/// Keeps the version of budgets that Redis knows equal to the stored one, whatever became of the replica that changed
/// them.
///
/// Whoever changes a budget publishes its version before answering. When that fails, or Redis has lost it, it comes from
/// here; and when the store went back, to a backup, Redis is told to follow.
package struct BudgetAnnouncer: Service {
    private let cache: BudgetCache
    private let counters: RedisCounters
    private let partitioning: Partitioning
    private let interval: Duration
    private let logger: Logger

    package init(
        cache: BudgetCache,
        counters: RedisCounters,
        partitioning: Partitioning,
        interval: Duration,
        logger: Logger
    ) {
        self.cache = cache
        self.counters = counters
        self.partitioning = partitioning
        self.interval = interval
        self.logger = logger
    }

    /// Compares until a graceful stop.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await self.compare()
                } catch {
                    logger.debug("the version of budgets cannot be published", metadata: ["error": "\(error)"])
                }
                do { try await Task.sleep(for: self.interval) } catch { return }
            }
        }
    }

    /// Compares once.
    ///
    /// - Throws: What Redis or the store throws.
    package func compare() async throws {
        // Redis first: what it knows was stored before, so that the store cannot have less unless it went back.
        let published = try await counters.publishedBudgets(in: partitioning.partitions)
        try await cache.load()
        guard let version = cache.current.version else { return }
        var behind: [Partition] = []
        for (partition, known) in zip(partitioning.partitions, published) {
            if known < version {
                behind.append(partition)
            } else if known > version {
                logger.warning(
                    "the stored budgets are older than those that redis knows: redis follows",
                    metadata: ["partition": "\(partition)", "stored": "\(version)", "known": "\(known)"]
                )
                try await counters.lowerBudgets(to: version, from: known, in: partition)
            }
        }
        if !behind.isEmpty { try await counters.publishBudgets(version: version, in: behind) }
    }
}
