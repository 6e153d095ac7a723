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
            var due = await self.filled()
            while !Task.isCancelled {
                due = await self.relay(due)
                do { try await Task.sleep(for: self.interval) } catch { return }
                due.formUnion(await self.filled())
            }
        }
    }

    /// Relays some partitions; returns those that failed and are due again.
    private func relay(_ partitions: Set<Partition>) async -> Set<Partition> {
        var failed: Set<Partition> = []
        for partition in partitions.sorted(by: { $0.number < $1.number }) {
            do {
                while try await relay(partition) == Self.batchLimit {}
            } catch {
                failed.insert(partition)
                logger.debug(
                    "the outbox cannot be relayed",
                    metadata: ["partition": "\(partition)", "error": "\(error)"]
                )
            }
        }
        return failed
    }

    /// The partitions whose outbox holds something that is not in the counters; none while a server does not answer.
    ///
    /// The counters' own marks count: Redis may have come back with older ones.
    private func filled() async -> Set<Partition> {
        let partitions = partitioning.partitions
        guard
            let positions = try? await ledger.outboxPositions(),
            let marks = try? await counters.outboxMarks(partitions)
        else { return [] }
        return Set(
            zip(partitions, marks).filter { partition, mark in
                positions[partition.number].map { $0.last > mark } ?? false
            }.map(\.0)
        )
    }

    /// Applies what a partition's outbox holds beyond the counters' mark.
    ///
    /// - Parameter partition: The partition.
    /// - Returns: How many corrections were fetched.
    /// - Throws: What the ledger or Redis throws.
    func relay(_ partition: Partition) async throws -> Int {
        let mark = try await counters.outboxMarks([partition])[0]
        let entries = try await ledger.outbox(partition: partition.number, after: mark, limit: Self.batchLimit)
        guard let last = entries.last else { return 0 }
        let lives = try await counters.lives(partition)
        let work = UnappliedWork(
            partition: partition.number,
            delivered: EntryReference(epoch: lives.epoch, .zero),
            cuts: lives.cuts.map { EntryReference(epoch: $0.epoch, $0.id) }
        )
        let catalogue = catalogue.current
        for entry in entries {
            let deltas = entry.isToApply(work.isInStream) ? Self.deltas(of: entry, catalogue) : []
            let isApplied = try await counters.correct(
                partition,
                number: entry.number,
                deltas: deltas,
                budgets: catalogue.budgetVersion
            )
            if isApplied {
                metrics.corrected(1)
            }
        }
        try await ledger.markRelayed(partition: partition.number, through: last.number)
        return entries.count
    }

    private static func deltas(of entry: OutboxEntry, _ catalogue: CounterCatalogue) -> [CounterDelta] {
        catalogue.counters(for: entry.countedEvent).map { counter in
            CounterDelta(
                counter: CounterUse(name: counter.name, expiresAt: counter.expiresAt),
                sum: MoneySum(entry.amount),
                events: entry.events,
                unpriced: entry.unpricedEvents
            )
        }
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
