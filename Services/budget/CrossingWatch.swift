internal import Calendars
internal import Domain
package import Logging
package import Redis
package import ServiceRuntime
package import Streams
internal import Synchronization
internal import Wire

/// Wakes alerts when the level of a counter has reached a threshold of a budget.
///
/// A notice only wakes: alerts looks at the level itself, and looks for what it was not told of every few minutes. So each
/// crossing is told once for each process, and a failure to tell it loses nothing.
package final class CrossingWatch: Sendable {
    /// What is told once.
    private struct Crossing: Hashable {
        var budget: String
        var counter: String
        var threshold: Int
        var limitVersion: Int64
    }

    private let producer: any StreamProducer
    private let clock: any WallClock
    private let metrics: BudgetMetrics
    private let logger: Logger
    private let limit: Int
    private let told = Mutex<Set<Crossing>>([])

    /// Makes a watch that remembers so many crossings; more are told again, which does no harm.
    package init(
        producer: any StreamProducer,
        clock: any WallClock,
        metrics: BudgetMetrics,
        logger: Logger,
        limit: Int = 100_000
    ) {
        self.producer = producer
        self.clock = clock
        self.metrics = metrics
        self.logger = logger
        self.limit = limit
    }

    /// Looks at counters after something was counted.
    package func watch(_ levels: [CounterLevel], _ catalogue: CounterCatalogue) async {
        var crossings: [Crossing] = []
        var notices: [Notice] = []
        let now = clock.now
        for level in levels where level.isReady {
            // Most counters are those of workspaces without budgets: their names are not even read.
            guard let name = CounterName(level.counter.name), let workspace = catalogue.workspaces[name.workspace],
                !workspace.budgets.isEmpty
            else { continue }
            for budget in workspace.budgets(of: name.scope, name.kind) {
                for threshold in budget.thresholds(reachedBy: level.sum, at: now) {
                    let crossing = Crossing(
                        budget: budget.id,
                        counter: level.counter.name,
                        threshold: threshold,
                        limitVersion: budget.limitVersion
                    )
                    guard workspace.isRecent(name, at: now), remember(crossing) else { continue }
                    let entry = Self.entry(of: budget, name, level, threshold, at: now)
                    do {
                        notices.append(Notice(partition: level.partition, payload: try entry.encode()))
                        crossings.append(crossing)
                    } catch {
                        logger.warning("a crossing cannot be written", metadata: ["error": "\(error)"])
                    }
                }
            }
        }
        await publish(notices, crossings)
    }

    private func publish(_ notices: [Notice], _ crossings: [Crossing]) async {
        guard !notices.isEmpty else { return }
        do {
            try await producer.publish(notices)
            metrics.crossed(notices.count)
        } catch {
            // The next event tells them again.
            told.withLock { $0.subtract(crossings) }
            logger.debug("crossings were not told", metadata: ["error": "\(error)"])
        }
    }

    /// Notes a crossing; says no when it was told before.
    private func remember(_ crossing: Crossing) -> Bool {
        told.withLock { told in
            if told.contains(crossing) { return false }
            if told.count >= limit { told.removeAll(keepingCapacity: true) }
            told.insert(crossing)
            return true
        }
    }

    private static func entry(
        of budget: Budget,
        _ name: CounterName,
        _ level: CounterLevel,
        _ threshold: Int,
        at now: Timestamp
    ) -> NoticeEntry {
        let limit = budget.limit(at: now)
        let value = budget.scope.isEveryValue ? " (\(name.scope.type.rawValue) \(name.scope.id))" : ""
        var facts = [
            NoticeEntry.Fact("budget", budget.id), .init("budget_name", budget.name),
            .init("workspace", name.workspace),
            .init("scope_type", name.scope.type.rawValue), .init("scope_id", name.scope.id),
            .init("period", name.kind.rawValue), .init("threshold", "\(threshold)"),
            .init("limit_version", "\(budget.limitVersion)"), .init("action", budget.action.rawValue),
            .init("spent_usd", level.sum.usd), .init("limit_usd", limit.usd),
        ]
        if let end = name.end {
            facts += [.init("period_start", name.start.rfc3339), .init("period_end", end.rfc3339)]
        }
        let parts = [budget.id, name.scope.id, name.periodText, "\(threshold)", "\(budget.limitVersion)"]
        return NoticeEntry(
            id: "budget-crossing:" + parts.joined(separator: ":"),
            kind: "budget_crossing",
            createdAt: now,
            title: "\(budget.name)\(value) has reached \(threshold) % of \(limit.usd) USD",
            facts: facts
        )
    }
}

extension CounterCatalogue.Workspace {
    /// Whether a counter's period is the present one, a coming one, or the one that has just closed: nobody is warned of
    /// older ones, which imports and corrections touch.
    fileprivate func isRecent(_ name: CounterName, at now: Timestamp) -> Bool {
        guard let end = name.end, end <= now else { return true }
        return calendar.period(name.kind, containing: now).start == end
    }
}
