internal import Domain
package import Logging
package import Redis
internal import ServiceLifecycle
package import ServiceRuntime
package import Streams

/// Compares counters with the ledger all the time, a few at once, one partition after the other.
///
/// The comparison is exact under load, so that any difference is one: it is reported, and the counter is rebuilt.
package struct DriftWatch: Service {
    private let counters: RedisCounters
    private let rebuilder: CounterRebuilder
    private let catalogue: CounterCatalogueCache
    private let keeper: CounterKeeper
    private let partitioning: Partitioning
    private let interval: Duration
    private let clock: any WallClock
    private let time: LoopTime
    private let metrics: CounterMetrics
    private let logger: Logger

    /// How many counters are compared at once.
    static let sample = 40

    package init(
        counters: RedisCounters,
        rebuilder: CounterRebuilder,
        catalogue: CounterCatalogueCache,
        keeper: CounterKeeper,
        partitioning: Partitioning,
        interval: Duration,
        clock: any WallClock = SystemWallClock(),
        time: LoopTime = .system,
        metrics: CounterMetrics,
        logger: Logger
    ) {
        self.counters = counters
        self.rebuilder = rebuilder
        self.catalogue = catalogue
        self.keeper = keeper
        self.partitioning = partitioning
        self.interval = interval
        self.clock = clock
        self.time = time
        self.metrics = metrics
        self.logger = logger
    }

    /// Compares until a graceful stop.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            var turn = 0
            while !Task.isCancelled {
                do { try await self.time.sleep(self.interval) } catch { return }
                let partition = Partition(number: turn % self.partitioning.count)
                do {
                    _ = try await self.compare(partition, turn: turn / self.partitioning.count)
                } catch {
                    // Servers that are away, or too much under way: the next turn will tell.
                    self.logger.debug(
                        "counters cannot be compared",
                        metadata: ["partition": "\(partition)", "error": "\(error)"]
                    )
                }
                turn += 1
            }
        }
    }

    /// Compares some counters of a partition, other ones at each turn, and has the wrong ones rebuilt.
    ///
    /// - Returns: The wrong ones.
    func compare(_ partition: Partition, turn: Int) async throws -> [CounterRebuilder.Comparison] {
        let names = try await some(in: partition, turn: turn)
        let values = try await counters.values(partition, names: names.map(\.text))
        let ready = zip(names, values).filter { $1?.isReady == true }.map(\.0)
        let comparisons = ready.isEmpty ? [] : try await rebuilder.compare(ready, in: partition)
        let wrong = comparisons.filter { !$0.isConsistent }
        let sum = wrong.reduce(MoneySum.zero) { sum, comparison in
            sum + MoneySum(picoDollars: Int128(comparison.difference.picoDollars.magnitude))
        }
        metrics.drifted(sum, counters: wrong.count, in: partition)
        for comparison in wrong {
            logger.error(
                "a counter differs from the ledger and is rebuilt",
                metadata: [
                    "workspace": "\(comparison.name.workspace)",
                    "scope": "\(comparison.name.scopeText)",
                    "period": "\(comparison.name.periodText)",
                    "counter_usd": "\(comparison.counter.sum.usd)",
                    "ledger_usd": "\(comparison.ledger.sum.usd)",
                ]
            )
        }
        keeper.mend(wrong.map(\.name))
        return wrong
    }

    /// Standing counters in their order, those of the periods before included, and some of those that were made on first
    /// use.
    private func some(in partition: Partition, turn: Int) async throws -> [CounterName] {
        let (now, catalogue) = (clock.now, catalogue.current)
        let standing = (catalogue.standing(at: now) + catalogue.standingBefore(now))
            .filter { partitioning.partition(ofWorkspace: $0.workspace) == partition }
            .sorted { $0.text < $1.text }
        guard !standing.isEmpty else { return [] }
        let start = turn * Self.sample % standing.count
        var names = Array((standing[start...] + standing[..<start]).prefix(Self.sample))
        let workspaces = Set(standing.map(\.workspace)).sorted()
        let workspace = workspaces[turn % workspaces.count]
        names += try await counters.someRegistered(of: workspace, in: partition, limit: Self.sample)
            .compactMap { CounterName($0) }
        return names
    }
}
