package import Domain
package import Logging
internal import PriceBook
package import PriceDesk
internal import ServiceLifecycle
package import ServiceRuntime
package import Streams
internal import Synchronization
internal import Wire

/// Keeps the book up to date with the price map: daily, when it is stale at start, and when somebody asks.
///
/// A map that cannot be had or trusted changes nothing: the last good prices hold. Replicas share the work through the
/// store: one sync runs at a time.
package final class PriceSync: Service {
    /// How it works.
    package struct Configuration: Sendable {
        /// Where the map is; nil when nothing is to be fetched.
        package var url: String?
        /// From one good sync to the next.
        package var interval = Duration.seconds(86_400)
        /// The pause between two looks at whether one is due.
        package var checkInterval = Duration.seconds(60)
        /// The pause after one that failed; a random half of it is left out.
        package var retryInterval = Duration.seconds(3_600)
        /// Tries of one sync.
        package var attempts = 3
        /// The pause between two tries.
        package var backoff = Backoff(initial: .seconds(1), maximum: .seconds(30))
        /// A book that is older is stale.
        package var staleAfter = Duration.seconds(172_800)
        /// A sync that takes longer is given up for dead.
        package var abandonAfter = Duration.seconds(900)
        /// A model is used when it had events within this time.
        package var usedWithin = Duration.seconds(90 * 86_400)

        package init() {}
    }

    /// Why there is no sync.
    package enum Refusal: Error, Sendable, Hashable {
        /// No URL is set.
        case off
        /// One is under way, here or on another replica.
        case running
        /// A good one was made in the meantime.
        case notDue
    }

    /// What it stands on.
    package struct Parts: Sendable {
        package var store: any PriceStore
        package var cache: PriceCache
        package var source: any PriceMapSource
        package var used: any UsedModels
        package var producer: any StreamProducer
        package var metrics: PriceSyncMetrics

        package init(
            store: any PriceStore,
            cache: PriceCache,
            source: any PriceMapSource,
            used: any UsedModels,
            producer: any StreamProducer,
            metrics: PriceSyncMetrics
        ) {
            self.store = store
            self.cache = cache
            self.source = source
            self.used = used
            self.producer = producer
            self.metrics = metrics
        }
    }

    private struct State {
        var isSyncing = false
        var isFailing = false
        /// After a failure: not before this.
        var nextTry: Timestamp?
    }

    let parts: Parts
    let configuration: Configuration
    let instance: String
    let clock: any WallClock
    let time: LoopTime
    let logger: Logger
    private let state = Mutex(State())
    private let isRunning = Atomic(false)

    /// - Parameters:
    ///   - parts: What it stands on.
    ///   - configuration: How it works.
    ///   - instance: The replica's name, for the records.
    ///   - clock: Tells when a sync is due and from when its prices hold.
    ///   - time: Measures pauses, and the chance in them.
    ///   - logger: Told of each change, and once when syncs begin to fail.
    package init(
        parts: Parts,
        configuration: Configuration = Configuration(),
        instance: String,
        clock: any WallClock = SystemWallClock(),
        time: LoopTime = .system,
        logger: Logger
    ) {
        self.parts = parts
        self.configuration = configuration
        self.instance = instance
        self.clock = clock
        self.time = time
        self.logger = logger
    }

    /// Syncs whenever it is due, until it is cancelled or asked to stop.
    package func run() async throws {
        precondition(!isRunning.exchange(true, ordering: .relaxed), "PriceSync.run() was called twice")
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await self.look()
                do { try await self.time.sleep(self.configuration.checkInterval) } catch { return }
            }
        }
    }

    /// Syncs now.
    ///
    /// - Parameters:
    ///   - cause: Why.
    ///   - requestedBy: The person or key that asks, or the replica.
    /// - Returns: The record of how it ended; a sync that failed or was refused is a record too.
    /// - Throws: ``Refusal``, ``PriceStoreError``, `CancellationError`.
    package func sync(_ cause: SyncCause, requestedBy: Author) async throws -> SyncRecord {
        guard let url = configuration.url else { throw Refusal.off }
        return try await exclusively {
            let now = self.clock.now
            let request = SyncRequest(
                cause: cause,
                requestedBy: requestedBy,
                instance: self.instance,
                url: url,
                at: now,
                dueBefore: cause == .scheduled ? now.adding(.zero - self.configuration.interval) : nil,
                abandonedBefore: now.adding(.zero - self.configuration.abandonAfter)
            )
            let begun = try await self.begin(request)
            let record = try await self.carryOut(begun)
            await self.conclude(record)
            return record
        }
    }

    func begin(_ request: SyncRequest) async throws -> SyncRecord {
        switch try await parts.store.begin(request) {
        case .admitted(let record): return record
        case .running: throw Refusal.running
        case .notDue: throw Refusal.notDue
        }
    }

    /// Lets one task of this process sync at a time.
    func exclusively<Value>(_ body: () async throws -> Value) async throws -> Value {
        let isFree = state.withLock { state in
            defer { state.isSyncing = true }
            return !state.isSyncing
        }
        guard isFree else { throw Refusal.running }
        defer { state.withLock { $0.isSyncing = false } }
        return try await body()
    }

    /// Notes how a sync ended; says whether this is the first failure in a row.
    func noteEnd(_ outcome: SyncOutcome) -> Bool {
        let pause = configuration.retryInterval / 2
        let more = pause * Int(time.random() % 1_000) / 1_000
        let next = outcome.isGood ? nil : clock.now.adding(pause + more)
        return state.withLock { state in
            let isFirst = !outcome.isGood && !state.isFailing
            state.isFailing = !outcome.isGood
            state.nextTry = next
            return isFirst
        }
    }

    /// Whether a failure was so short ago that it is not the time to try again.
    private var isPausing: Bool {
        let now = clock.now
        return state.withLock { state in state.nextTry.map { now < $0 } ?? false }
    }

    /// Looks after everything that may be due.
    func look() async {
        do {
            for record in try await parts.store.dueNotices(limit: 100) { await tell(of: record) }
            parts.metrics.show(pendingChanges: try await parts.store.pendingChangeCount())
            try await lookAtAge()
            guard configuration.url != nil, !isPausing else { return }
            _ = try await sync(.scheduled, requestedBy: Author(.system, id: instance))
        } catch is Refusal {
            // Not due, or another replica is at it.
        } catch is CancellationError {
            return
        } catch {
            logger.warning("the price map was not synced", metadata: ["error": "\(error)"])
        }
    }

    /// Shows how old the book is, and tells people once when it is stale.
    func lookAtAge() async throws {
        let now = clock.now
        let last = try await parts.store.lastGoodSync()?.finishedAt
        let start = last ?? parts.cache.current.stored.first?.version.recordedAt
        let isOld = start.map { now > $0.adding(configuration.staleAfter) } ?? false
        let isStale = isOld && configuration.url != nil
        parts.metrics.show(lastSuccess: last, bookFrom: start, now: now, isStale: isStale)
        if isStale, let start, try await parts.store.claimStaleNotice(at: now) {
            let latest = try await parts.store.syncs(before: nil, limit: 1).first
            await tell(PriceNotice.stale(since: start, last: latest, at: now)) { try await $0.returnStaleNotice() }
        }
    }
}
