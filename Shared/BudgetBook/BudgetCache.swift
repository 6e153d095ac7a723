package import Domain
package import Logging
internal import ServiceLifecycle
package import ServiceRuntime
internal import Synchronization

/// The budgets as one replica knows them.
///
/// Immutable.
package struct BudgetSnapshot: Sendable {
    /// The version that it shows: it has all changes up to this one.
    ///
    /// Nil before the first load.
    package let version: Int64?
    /// Those that hold, by id.
    package let budgets: [String: Budget]
    /// Those that hold, by workspace, the oldest first.
    package let byWorkspace: [String: [Budget]]

    package init(version: Int64? = nil, budgets: [String: Budget] = [:]) {
        self.version = version
        self.budgets = budgets
        byWorkspace = Dictionary(grouping: budgets.values) { $0.workspace }.mapValues { budgets in
            budgets.sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
        }
    }
}

/// Keeps a copy of the budgets in memory and brings it up to date within about a second.
package final class BudgetCache: Service {
    private struct State {
        var snapshot = BudgetSnapshot()
        var isFailing = false
    }

    private let store: any BudgetStore
    private let pollInterval: Duration
    private let clock: any Clock<Duration>
    private let logger: Logger
    private let state = Mutex(State())
    private let isRunning = Atomic(false)

    /// Makes an empty copy: call `load()` before the first use.
    package init(
        store: any BudgetStore,
        pollInterval: Duration = .seconds(1),
        clock: any Clock<Duration> = ContinuousClock(),
        logger: Logger
    ) {
        self.store = store
        self.pollInterval = pollInterval
        self.clock = clock
        self.logger = logger
    }

    /// The copy as it is now.
    package var current: BudgetSnapshot {
        state.withLock { $0.snapshot }
    }

    /// Ready once there is a copy; while the store is away the copy is used.
    package var readiness: ReadinessCheck {
        ReadinessCheck("budgets") { [self] in
            current.version == nil ? .notReady("budgets are not loaded") : .ready
        }
    }

    /// Polls until it is cancelled or asked to stop.
    package func run() async throws {
        precondition(!isRunning.exchange(true, ordering: .relaxed), "BudgetCache.run() was called twice")
        await clock.repeating(every: pollInterval) { await poll() }
    }

    /// Brings the copy up to date: afterwards it shows at least what was stored when this was called.
    ///
    /// - Throws: ``BudgetError``; the copy stays as it was.
    package func load() async throws {
        let known = current.version
        let present = try await store.version()
        guard present != known else { return }
        // A version that went back means another database: all is loaded anew.
        let isContinued = known.map { present > $0 } ?? false
        let changes = try await store.changes(after: isContinued ? known : nil)
        merge(changes, isWhole: !isContinued, isReset: known != nil && !isContinued)
    }

    /// Adds what was read, unless another load was faster and has read as much.
    private func merge(_ changes: BudgetChanges, isWhole: Bool, isReset: Bool) {
        state.withLock { state in
            if !isReset, let shown = state.snapshot.version, shown >= changes.version { return }
            var budgets = isWhole ? [:] : state.snapshot.budgets
            for budget in changes.budgets { budgets[budget.id] = budget.archivedAt == nil ? budget : nil }
            state.snapshot = BudgetSnapshot(version: changes.version, budgets: budgets)
        }
    }

    private func poll() async {
        do {
            try await load()
            if noteFailing(false) { logger.notice("the budgets' store answers again") }
        } catch is CancellationError {
            return
        } catch {
            if noteFailing(true) {
                logger.warning("the budgets cannot be read, their copy is used", metadata: ["error": "\(error)"])
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
