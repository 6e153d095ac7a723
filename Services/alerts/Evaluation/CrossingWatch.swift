package import BudgetBook
package import Domain
package import Logging
internal import ServiceLifecycle
package import ServiceRuntime
package import Streams
internal import Synchronization

/// A hint that a budget has crossed a threshold.
///
/// It comes from counting, which may be ahead of the ledger by a moment.
package struct CrossingHint: Hashable, Sendable {
    package var budget: String
    /// The scope's value; `nil` when the hint does not say.
    package var scopeValue: String?
    package var threshold: Int?
    package var limitVersion: Int64?
    package var happenedAt: Timestamp
}

/// Follows up hints until the ledger shows what they say, and looks at all budgets now and then.
///
/// Hints are kept in memory only: what is lost with them, the look at the start and every few minutes finds.
package final class CrossingWatch: Service {
    /// How it works.
    package struct Configuration: Sendable {
        /// From one look at all budgets to the next.
        package var interval = Duration.seconds(300)
        /// From one look at hints that are followed up to the next.
        package var pause = Duration.milliseconds(50)
        /// Waits between looks for one hint, until the ledger shows it.
        package var backoff = Backoff(initial: .milliseconds(50), maximum: .milliseconds(500))
        /// How long a hint is followed up.
        package var patience = Duration.seconds(120)
        /// Hints in memory at most; beyond it, all budgets are looked at.
        package var hintLimit = 10_000

        package init() {}
    }

    private struct Pending {
        var hint: CrossingHint
        var since: Duration
        var failures = 0
        var due: Duration
    }

    private struct State {
        var pending: [String: Pending] = [:]
        var hasOverflowed = false
    }

    private let evaluator: BudgetEvaluator
    private let budgets: BudgetCache
    private let finders: [any AlertFinder]
    private let store: any AlertStore
    private let configuration: Configuration
    private let metrics: AlertsMetrics
    private let clock: any WallClock
    private let time: LoopTime
    private let logger: Logger
    private let state = Mutex(State())
    /// Told of new hints, so that nobody looks for them by the clock.
    private let wake: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation

    /// - Parameters:
    ///   - evaluator: Looks at budgets.
    ///   - budgets: Those that there are.
    ///   - finders: What else is looked for now and then.
    ///   - store: Asked how much is still to be told.
    ///   - configuration: How it works.
    ///   - metrics: Told of looks and of the backlog.
    ///   - clock: The present.
    ///   - time: Measures pauses, and the chance in them.
    ///   - logger: Told of failures.
    package init(
        evaluator: BudgetEvaluator,
        budgets: BudgetCache,
        finders: [any AlertFinder] = [],
        store: any AlertStore,
        configuration: Configuration = Configuration(),
        metrics: AlertsMetrics,
        clock: any WallClock,
        time: LoopTime = .system,
        logger: Logger
    ) {
        self.evaluator = evaluator
        self.budgets = budgets
        self.finders = finders
        self.store = store
        self.configuration = configuration
        self.metrics = metrics
        self.clock = clock
        self.time = time
        self.logger = logger
        (wake, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Takes a hint; several about one level are one, the earliest counts for the delay.
    package func take(_ hint: CrossingHint) {
        let key = "\(hint.budget) \(hint.scopeValue ?? "") \(hint.limitVersion ?? 0) \(hint.threshold ?? 0)"
        let now = time.now()
        state.withLock { state in
            guard state.pending[key] == nil else { return }
            guard state.pending.count < configuration.hintLimit else {
                state.hasOverflowed = true
                return
            }
            state.pending[key] = Pending(hint: hint, since: now, due: now)
        }
        waker.yield()
    }

    /// Watches until it is cancelled or asked to stop.
    package func run() async throws {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.followHints() }
            group.addTask { await self.lookAround() }
        }
    }

    /// Follows hints up as they come, and again until the ledger shows what they say.
    private func followHints() async {
        while !Task.isCancelled, !Task.isShuttingDownGracefully {
            await followUp()
            let isIdle = state.withLock { $0.pending.isEmpty }
            do {
                // Ends at once when the group is asked to stop.
                try await cancelWhenGracefulShutdown {
                    guard isIdle else { return try await self.time.sleep(self.configuration.pause) }
                    guard await self.wake.first(where: { true }) != nil else { throw CancellationError() }
                }
            } catch { return }
        }
    }

    private func repeating(every pause: Duration, _ step: () async -> Void) async {
        let time = time
        while !Task.isCancelled, !Task.isShuttingDownGracefully {
            await step()
            do { try await cancelWhenGracefulShutdown { try await time.sleep(pause) } } catch { return }
        }
    }

    /// Looks at all budgets at once, then at each interval, and earlier when hints were dropped or a look failed.
    private func lookAround() async {
        var next = time.now()
        var wasComplete = true
        await repeating(every: .seconds(1)) {
            let hasOverflowed = state.withLock { state in
                defer { state.hasOverflowed = false }
                return state.hasOverflowed
            }
            if time.now() >= next || hasOverflowed || !wasComplete {
                wasComplete = await lookAtAll()
                next = time.now() + configuration.interval
            }
            await showBacklog()
        }
    }

    /// Looks at the present and the last period of all budgets, and at all else that is told now and then.
    ///
    /// - Returns: Whether all could be looked at.
    @discardableResult
    package func lookAtAll() async -> Bool {
        var failures = 0
        for budget in budgets.current.budgets.values.sorted(by: { $0.id < $1.id }) {
            if Task.isCancelled || Task.isShuttingDownGracefully { return false }
            do {
                _ = try await evaluator.evaluateClosed(budget, at: clock.now)
                _ = try await evaluator.evaluate(budget, at: clock.now)
            } catch {
                failures += 1
                logger.warning("a budget was not looked at", metadata: ["budget": "\(budget.id)", "error": "\(error)"])
            }
        }
        for finder in finders {
            do {
                try await finder.look(at: clock.now)
            } catch {
                failures += 1
                logger.warning("alerts were not looked for", metadata: ["error": "\(error)"])
            }
        }
        metrics.evaluated()
        return failures == 0
    }

    private func showBacklog() async {
        do {
            metrics.show(try await store.backlog())
        } catch {
            logger.debug("the backlog was not read", metadata: ["error": "\(error)"])
        }
    }

    /// Looks at the budgets of all hints that are due.
    package func followUp() async {
        let now = time.now()
        let due = state.withLock { state in state.pending.filter { $0.value.due <= now } }
        guard !due.isEmpty else { return }
        do {
            // The budget may be newer than the copy.
            try await budgets.load()
        } catch {
            logger.debug("budgets were not read", metadata: ["error": "\(error)"])
        }
        var waiting = due.sorted { $0.value.since < $1.value.since }[...]
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<Self.width {
                if let next = waiting.popFirst() { group.addTask { await self.followUp(next.key, next.value.hint) } }
            }
            while await group.next() != nil {
                if let next = waiting.popFirst() { group.addTask { await self.followUp(next.key, next.value.hint) } }
            }
        }
    }

    /// Hints that are followed up side by side.
    private static let width = 3

    private func followUp(_ key: String, _ hint: CrossingHint) async {
        do {
            settle(key, isDone: try await isShown(hint))
        } catch {
            logger.debug("a hint was not followed up", metadata: ["error": "\(error)"])
            settle(key, isDone: false)
        }
    }

    private func settle(_ key: String, isDone: Bool) {
        let now = time.now()
        let random = time.random()
        state.withLock { state in
            guard var pending = state.pending[key] else { return }
            guard !isDone, now - pending.since < configuration.patience else {
                state.pending[key] = nil
                return
            }
            pending.failures += 1
            pending.due = now + configuration.backoff.delay(failures: pending.failures, random: random)
            state.pending[key] = pending
        }
    }

    /// Looks at a budget; whether what the hint says has been told, or does not hold any more.
    private func isShown(_ hint: CrossingHint) async throws -> Bool {
        guard let budget = budgets.current.budgets[hint.budget] else { return true }
        if let version = hint.limitVersion, version < budget.limitVersion {
            _ = try await evaluator.evaluate(budget, happened: hint.happenedAt, at: clock.now)
            return true
        }
        let value = budget.scope.isEveryValue ? hint.scopeValue : nil
        var reached = try await evaluator.evaluate(
            budget,
            value: value,
            happened: hint.happenedAt,
            at: clock.now
        )
        if hint.matches(reached) { return true }
        reached = try await evaluator.evaluateClosed(budget, happened: hint.happenedAt, at: clock.now)
        return hint.matches(reached)
    }
}

extension CrossingHint {
    /// Whether what was reached has what the hint says.
    fileprivate func matches(_ reached: Set<CrossingKey>) -> Bool {
        reached.contains { key in
            (threshold ?? key.threshold) == key.threshold && (limitVersion ?? key.limitVersion) == key.limitVersion
                && (scopeValue ?? key.scopeValue) == key.scopeValue
        }
    }
}

/// Something that is looked for now and then, and told when it is found.
package protocol AlertFinder: Sendable {
    /// Looks, and has told what is new.
    func look(at now: Timestamp) async throws
}
