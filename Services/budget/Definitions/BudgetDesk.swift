package import BudgetBook
internal import Calendars
package import Domain
package import Logging
package import Redis
package import ServiceRuntime
package import Streams

/// Makes, changes and ends budgets so that what is answered holds everywhere.
///
/// A change is stored; then Redis learns its version, from when on no replica counts or decides by an older one; then
/// counters are made or forgotten; and only then is it answered.
package struct BudgetDesk: Sendable {
    private let store: any BudgetStore
    private let cache: BudgetCache
    private let catalogue: CounterCatalogueCache
    private let counters: RedisCounters
    private let opening: any CounterOpening
    private let crossings: CrossingWatch
    private let partitioning: Partitioning
    private let patience: Duration
    private let clock: any WallClock
    private let logger: Logger

    /// Makes a desk; a new budget's counter may take as long as `patience`.
    package init(
        store: any BudgetStore,
        cache: BudgetCache,
        catalogue: CounterCatalogueCache,
        counters: RedisCounters,
        opening: any CounterOpening,
        crossings: CrossingWatch,
        partitioning: Partitioning,
        patience: Duration = .seconds(10),
        clock: any WallClock,
        logger: Logger
    ) {
        self.store = store
        self.cache = cache
        self.catalogue = catalogue
        self.counters = counters
        self.opening = opening
        self.crossings = crossings
        self.partitioning = partitioning
        self.patience = patience
        self.clock = clock
        self.logger = logger
    }

    /// Makes a budget, whose counter is right when this returns.
    ///
    /// When its counter cannot be had the budget is taken back.
    ///
    /// - Throws: `BudgetError`; a 503 ``Problem`` when the counter is not ready in time.
    package func create(_ new: NewBudget) async throws -> Budget {
        let budget = try await store.create(new, at: clock.now)
        do {
            try await publish(budget)
            if !budget.scope.isEveryValue {
                let workspace = catalogue.current.workspace(budget.workspace)
                let counter = workspace.counter(of: budget, scope: budget.scope, at: clock.now)
                try await opening.open([counter], within: patience)
            }
            await lookAtCrossings(of: budget)
            return budget
        } catch {
            logger.warning(
                "a new budget was taken back: its counter cannot be had",
                metadata: ["budget": "\(budget.id)", "error": "\(error)"]
            )
            // Also when the client has gone, which cancels this task: half of it must not stay.
            try await Task { try await takeBack(budget) }.value
            throw Problem.unavailable(
                "The spend so far cannot be counted at the moment; no budget was made.",
                retryAfter: .seconds(2)
            )
        }
    }

    /// Changes a budget; when this returns no replica decides by what was before.
    ///
    /// - Throws: `BudgetError`; a 503 ``Problem`` when the change is stored and Redis does not answer.
    package func update(
        _ id: String,
        _ edit: BudgetEdit,
        expecting version: Int64?,
        by author: Author
    ) async throws -> Budget {
        let budget = try await store.update(id, edit, expecting: version, by: author, at: clock.now)
        try await announce(budget)
        await lookAtCrossings(of: budget)
        return budget
    }

    /// Wakes alerts when the spend has passed a threshold of the limit as it is now: no event may come to show it.
    ///
    /// For a budget of every value alerts finds that by itself, as it finds what fails here.
    private func lookAtCrossings(of budget: Budget) async {
        guard !budget.scope.isEveryValue else { return }
        let catalogue = catalogue.current
        let partition = partitioning.partition(ofWorkspace: budget.workspace)
        let counter = catalogue.workspace(budget.workspace).counter(of: budget, scope: budget.scope, at: clock.now)
        do {
            guard let value = try await counters.values(partition, names: [counter.name]).first ?? nil else { return }
            let level = CounterLevel(
                partition: partition,
                counter: CounterUse(name: counter.name),
                sum: value.sum,
                isReady: value.isReady
            )
            await crossings.watch([level], catalogue)
        } catch {
            logger.debug("the level of a changed budget was not read", metadata: ["error": "\(error)"])
        }
    }

    /// Ends a budget and forgets the counters that nothing else asks for.
    ///
    /// - Throws: As `update`.
    package func archive(_ id: String, expecting version: Int64?, by author: Author) async throws -> Budget {
        let budget = try await store.archive(id, expecting: version, by: author, at: clock.now)
        try await announce(budget)
        try await answering { try await forgetCounters(of: budget) }
        return budget
    }

    /// Tells Redis the version of a change, which this replica has then, too.
    private func publish(_ budget: Budget) async throws {
        try await cache.load()
        let partition = partitioning.partition(ofWorkspace: budget.workspace)
        try await counters.publishBudgets(version: budget.version, in: [partition])
    }

    private func announce(_ budget: Budget) async throws {
        try await answering { try await publish(budget) }
    }

    /// Says that a change is stored but not yet known everywhere.
    private func answering(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch {
            logger.warning("a changed budget could not be announced", metadata: ["error": "\(error)"])
            throw Problem.unavailable(
                "The change is stored, but it cannot be enforced everywhere yet. Send it again.",
                retryAfter: .seconds(2)
            )
        }
    }

    private func takeBack(_ budget: Budget) async throws {
        _ = try await store.archive(budget.id, expecting: nil, by: "oliver", at: clock.now)
        // Redis may be what is away: it learns the version later (``BudgetAnnouncer``).
        do {
            try await publish(budget)
        } catch {
            logger.debug("the end of a budget was not announced", metadata: ["error": "\(error)"])
        }
    }

    /// Forgets counters that nobody asks for any more: they are no longer counted, and must not look ready when somebody
    /// asks for them again.
    private func forgetCounters(of budget: Budget) async throws {
        let workspace = catalogue.current.workspace(budget.workspace)
        let partition = partitioning.partition(ofWorkspace: budget.workspace)
        if budget.scope.isEveryValue {
            let definition = CounterCatalogue.Definition(scope: budget.scope, period: budget.period)
            guard workspace.budgets[definition] == nil else { return }
            let registered = try await counters.registered(of: budget.workspace, in: partition)
            let over = registered.filter { name in
                guard let counter = CounterName(name), counter.kind == budget.period else { return false }
                return budget.scope.covers(counter.scope) && !workspace.asks(for: counter.scope, budget.period)
            }
            try await counters.forget(over, in: budget.workspace, partition)
        } else if !workspace.asks(for: budget.scope, budget.period) {
            let now = workspace.counter(of: budget, scope: budget.scope, at: clock.now)
            var names = [now.name]
            // The next period's is opened ahead of time.
            if let next = now.period.end {
                names.append(workspace.counter(of: budget, scope: budget.scope, at: next).name)
            }
            try await counters.forget(names, in: budget.workspace, partition)
        }
    }
}
