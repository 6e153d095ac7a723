internal import Domain
package import Logging
package import Redis
internal import ServiceLifecycle
package import ServiceRuntime
package import Streams
internal import Synchronization

/// Makes the counters that are missing, and those that Redis has lost.
///
/// Whoever meets a counter that is not ready asks for it. By itself the keeper looks after the counters that are counted
/// whatever is used: at the start, when a workspace or budget is new, when a partition begins a new life, and ahead of
/// the end of their periods. It also
/// has the partitions compared with the ledger after a start of Redis. Any number of replicas may keep counters.
package final class CounterKeeper: Service {
    /// The limits of the keeper.
    package struct Configuration: Sendable {
        /// How many counters of a workspace are made because a budget gives every value its own limit.
        package var firstUseLimit = 10_000
        /// How many counters may wait to be rebuilt.
        package var queueLimit = 50_000
        /// How many batches are rebuilt side by side.
        package var workers = 3
        /// How often the partitions' lives are looked at.
        package var lifeInterval = Duration.seconds(1)
        /// How often all standing counters are looked at; new ones at the second look at the lives.
        package var sweepInterval = Duration.seconds(30)
        /// How long before a period ends the next one's counters are made.
        package var ahead = Duration.seconds(600)

        package init() {}
    }

    struct State {
        var queue: CounterQueue
        var epochs: [Int64?] = []
        /// How many batches of an earlier life each partition's counters have been rebuilt after.
        var lateBatches: [Int: Int64] = [:]
        var nextSweep = Duration.zero
        /// The standing counters that were looked at, and the catalogue's versions then.
        var standing: Set<CounterName> = []
        var versions: [Int64] = []
        /// The catalogue's versions at the last look.
        var latestVersions: [Int64] = []
    }

    let configuration: Configuration
    let counters: RedisCounters
    let rebuilder: CounterRebuilder
    let catalogue: CounterCatalogueCache
    let partitioning: Partitioning
    let establish: @Sendable () async throws -> Void
    let clock: any WallClock
    let time: LoopTime
    let metrics: CounterMetrics
    let logger: Logger
    let state: Mutex<State>
    private let wake: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation

    /// - Parameters:
    ///   - counters: The counters.
    ///   - rebuilder: What rebuilds them.
    ///   - catalogue: Which there are.
    ///   - partitioning: How workspaces are spread.
    ///   - establish: Has the partitions compared with the ledger that were not since Redis started.
    ///   - configuration: The limits.
    ///   - clock: Tells which period it is.
    ///   - time: What the waits depend on.
    ///   - metrics: What is counted.
    ///   - logger: For what cannot be thrown.
    package init(
        counters: RedisCounters,
        rebuilder: CounterRebuilder,
        catalogue: CounterCatalogueCache,
        partitioning: Partitioning,
        establish: @escaping @Sendable () async throws -> Void,
        configuration: Configuration = Configuration(),
        clock: any WallClock = SystemWallClock(),
        time: LoopTime = .system,
        metrics: CounterMetrics,
        logger: Logger
    ) {
        self.configuration = configuration
        self.counters = counters
        self.rebuilder = rebuilder
        self.catalogue = catalogue
        self.partitioning = partitioning
        self.establish = establish
        self.clock = clock
        self.time = time
        self.metrics = metrics
        self.logger = logger
        state = Mutex(State(queue: CounterQueue(capacity: configuration.queueLimit, partitioning: partitioning)))
        (wake, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Asks for counters that are not ready.
    ///
    /// Never waits; what does not fit is dropped and counted: it will be asked for again.
    ///
    /// - Parameters:
    ///   - names: The counters.
    ///   - isOnFirstUse: Whether only budgets of every value ask for them, so that their number is bounded.
    package func request(_ names: [CounterName], isOnFirstUse: Bool) {
        enqueue(names, isOnFirstUse: isOnFirstUse, isForced: false)
    }

    /// Asks for counters that are wrong, though they are ready.
    func mend(_ names: [CounterName]) {
        enqueue(names, isOnFirstUse: false, isForced: true)
    }

    /// Waits until counters are ready.
    ///
    /// - Parameters:
    ///   - names: The counters.
    ///   - isOnFirstUse: As in `request`.
    ///   - patience: How long to wait at most.
    /// - Returns: Whether all are ready.
    /// - Throws: `CounterError.tooMany`; `CancellationError`.
    package func open(_ names: [CounterName], isOnFirstUse: Bool, within patience: Duration) async throws -> Bool {
        let deadline = time.now() + patience
        enqueue(names, isOnFirstUse: isOnFirstUse, isForced: false)
        while true {
            let (refused, isUnderway) = state.withLock { state in
                (names.first { state.queue.isRefused($0) }, names.contains { state.queue.isUnderway($0) })
            }
            if let refused {
                throw CounterError.tooMany(workspace: refused.workspace, limit: configuration.firstUseLimit)
            }
            guard isUnderway else { return try await areReady(names) }
            guard time.now() < deadline else { return false }
            try await time.sleep(.milliseconds(5))
        }
    }

    private func areReady(_ names: [CounterName]) async throws -> Bool {
        for (partition, names) in Dictionary(grouping: names, by: { partitioning.partition(ofWorkspace: $0.workspace) })
        {
            let values = try await counters.values(partition, names: names.map(\.text))
            guard values.allSatisfy({ $0?.isReady == true }) else { return false }
        }
        return true
    }

    func enqueue(_ names: [CounterName], isOnFirstUse: Bool, isForced: Bool) {
        if names.isEmpty { return }
        let (now, wallTime) = (time.now(), clock.now)
        let answers = state.withLock { state in
            names.filter { !$0.isOver(at: wallTime) }.map {
                state.queue.request($0, isOnFirstUse: isOnFirstUse, isForced: isForced, now: now)
            }
        }
        metrics.dropped(answers.count { $0 == .full })
        if answers.contains(.queued) { waker.yield() }
    }

    /// Keeps counters until a graceful stop.
    ///
    /// What is under way then is dropped: a rebuild may end at any point.
    package func run() async throws {
        defer { waker.finish() }
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask {
                    while !Task.isCancelled {
                        await self.look()
                        self.waker.yield()
                        do { try await self.time.sleep(self.configuration.lifeInterval) } catch { return }
                    }
                }
                group.addTask {
                    for await _ in self.wake {
                        await self.work()
                        if Task.isCancelled { return }
                    }
                }
            }
        }
    }
}
