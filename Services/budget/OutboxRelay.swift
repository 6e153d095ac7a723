internal import Domain
package import Ledger
package import Logging
package import Redis
internal import ServiceLifecycle
package import Streams

/// Brings corrections that started in PostgreSQL to the counters, in the order of their numbers.
///
/// The function that applies a correction refuses numbers at or below the partition's mark, so that any number of
/// relays may run and any of them may die at any point.
package struct OutboxRelay: Service {
    private let ledger: any LedgerStore
    private let counters: RedisCounters
    private let catalogue: CounterCatalogueCache
    private let partitioning: Partitioning
    private let interval: Duration
    private let metrics: BudgetMetrics
    private let logger: Logger

    /// Corrections of one partition that are fetched together.
    private static let batchLimit = 500

    package init(
        ledger: any LedgerStore,
        counters: RedisCounters,
        catalogue: CounterCatalogueCache,
        partitioning: Partitioning,
        interval: Duration,
        metrics: BudgetMetrics,
        logger: Logger
    ) {
        self.ledger = ledger
        self.counters = counters
        self.catalogue = catalogue
        self.partitioning = partitioning
        self.interval = interval
        self.metrics = metrics
        self.logger = logger
    }

    /// Relays until a graceful stop.
    ///
    /// A server that is away is a reason to try again, not to end.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                for partition in self.partitioning.partitions {
                    do {
                        while try await self.relay(partition) == Self.batchLimit {}
                    } catch is CancellationError {
                        return
                    } catch {
                        self.logger.debug("the outbox cannot be relayed", metadata: ["error": "\(error)"])
                    }
                }
                do { try await Task.sleep(for: self.interval) } catch { return }
            }
        }
    }

    /// Applies what a partition's outbox holds beyond the counters' mark.
    ///
    /// - Parameter partition: The partition.
    /// - Returns: How many corrections were fetched.
    /// - Throws: What the ledger or Redis throws.
    func relay(_ partition: Partition) async throws -> Int {
        let mark = try await counters.outboxMark(partition)
        let entries = try await ledger.outbox(partition: partition.number, after: mark, limit: Self.batchLimit)
        guard let last = entries.last else { return 0 }
        let catalogue = catalogue.current
        for entry in entries {
            let deltas = catalogue.counters(for: entry.countedEvent).map { counter in
                CounterDelta(
                    counter: CounterUse(name: counter.name, expiresAt: counter.expiresAt),
                    sum: MoneySum(entry.amount),
                    events: entry.events,
                    unpriced: 0
                )
            }
            if try await counters.correct(partition, number: entry.number, deltas: deltas) {
                metrics.corrected(1)
            }
        }
        try await ledger.markRelayed(partition: partition.number, through: last.number)
        return entries.count
    }
}

extension OutboxEntry {
    /// An event of the scopes and the time that the correction belongs to.
    fileprivate var countedEvent: UsageEvent {
        UsageEvent(
            eventID: "",
            occurredAt: occurredAt,
            receivedAt: occurredAt,
            identity: identity,
            provider: provider,
            model: model
        )
    }
}
