internal import Domain
package import Logging
package import PriceBook
internal import ServiceLifecycle
package import ServiceRuntime
internal import Synchronization

/// The price store as one replica knows it.
///
/// Immutable.
package struct PriceSnapshot: Sendable {
    /// The version of the book it shows; nil before the first load.
    package let version: Int64?
    /// Every version there ever was, withdrawn ones too, by id.
    package let stored: [StoredPrice]
    /// What prices events: the versions of all sources that were not withdrawn.
    package let versions: [PriceVersion]

    package init(version: Int64? = nil, stored: [StoredPrice] = []) {
        self.version = version
        self.stored = stored
        versions = stored.lazy.filter { !$0.isWithdrawn }.map(\.version)
    }

    /// The open versions of the map's source, by key: what a sync compares with.
    package var openMapVersions: [String: StoredPrice] {
        let open = stored.filter { $0.version.source == .litellm && $0.isOpen }
        return Dictionary(open.map { ($0.entry.key, $0) }) { _, last in last }
    }
}

/// Keeps a copy of the price store in memory and brings it up to date within about half a second.
///
/// Only what changed is read. What is made from the copy, such as the book that prices events, is made anew after each
/// change by `onChange`, before `current` shows it.
package final class PriceCache: Service {
    private struct State {
        var snapshot = PriceSnapshot()
        var rows: [Int64: StoredPrice] = [:]
        /// The version that the rows show, which the snapshot does not yet while it is being published.
        var merged: Int64?
        var merges = 0
        var isFailing = false
    }

    private let store: any PriceHistory
    private let pollInterval: Duration
    private let clock: any Clock<Duration>
    private let logger: Logger
    private let onChange: @Sendable (PriceSnapshot) -> Void
    private let state = Mutex(State())
    /// The number of the merge that is shown.
    ///
    /// Held while `onChange` runs: readers of `current` need not wait for it.
    private let publication = Mutex<Int?>(nil)
    private let isRunning = Atomic(false)

    /// Makes an empty copy: call `load()` before the first use.
    ///
    /// - Parameters:
    ///   - store: What is copied.
    ///   - pollInterval: The pause between two questions.
    ///   - clock: Measures the pause.
    ///   - logger: Told when the store stops answering and when it answers again.
    ///   - onChange: Called with each new copy, one at a time and in their order, on whatever thread loaded it. It must not
    ///     call the cache.
    package init(
        store: any PriceHistory,
        pollInterval: Duration = .milliseconds(500),
        clock: any Clock<Duration> = ContinuousClock(),
        logger: Logger,
        onChange: @escaping @Sendable (PriceSnapshot) -> Void = { _ in }
    ) {
        self.store = store
        self.pollInterval = pollInterval
        self.clock = clock
        self.logger = logger
        self.onChange = onChange
    }

    /// The copy as it is now.
    package var current: PriceSnapshot {
        state.withLock { $0.snapshot }
    }

    /// Ready once there is a copy: prices do not spoil while the store is away.
    package var readiness: ReadinessCheck {
        ReadinessCheck("prices") { [self] in
            current.version == nil ? .notReady("prices are not loaded") : .ready
        }
    }

    /// Polls until it is cancelled or asked to stop.
    package func run() async throws {
        precondition(!isRunning.exchange(true, ordering: .relaxed), "PriceCache.run() was called twice")
        await clock.repeating(every: pollInterval) { await poll() }
    }

    /// Brings the copy up to date: afterwards it shows at least what was stored when this was called.
    ///
    /// - Throws: ``PriceStoreError``; the copy stays as it was.
    package func load() async throws {
        let known = current.version
        let present = try await store.version()
        guard present != known else { return }
        // A version that went back means another database: all is loaded anew.
        let isContinued = known.map { present > $0 } ?? false
        let changes = try await store.changes(after: isContinued ? known : nil)
        guard let snapshot = merge(changes, isWhole: !isContinued) else { return }
        publication.withLock { shown in
            guard shown.map({ $0 < snapshot.number }) ?? true else { return }
            onChange(snapshot.copy)
            state.withLock { $0.snapshot = snapshot.copy }
            shown = snapshot.number
        }
    }

    /// Adds what was read; nil when another load was faster and has read as much.
    ///
    /// Of two loads the one with the older version must not write over the rows of the newer.
    private func merge(_ changes: StoredPriceChanges, isWhole: Bool) -> (copy: PriceSnapshot, number: Int)? {
        state.withLock { state in
            if !isWhole, let merged = state.merged, merged >= changes.version { return nil }
            if isWhole { state.rows = [:] }
            for price in changes.prices { state.rows[price.version.id] = price }
            state.merged = changes.version
            state.merges += 1
            let stored = state.rows.values.sorted { $0.version.id < $1.version.id }
            return (PriceSnapshot(version: changes.version, stored: stored), state.merges)
        }
    }

    private func poll() async {
        do {
            try await load()
            if noteFailing(false) { logger.notice("the price store answers again") }
        } catch is CancellationError {
            return
        } catch {
            if noteFailing(true) {
                logger.warning("the price store cannot be read, its copy is used", metadata: ["error": "\(error)"])
            }
        }
    }

    private func noteFailing(_ isFailing: Bool) -> Bool {
        state.withLock { state in
            defer { state.isFailing = isFailing }
            return state.isFailing != isFailing
        }
    }
}
