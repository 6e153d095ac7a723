package import BudgetBook
package import Calendars
package import Domain
package import Ledger

/// Finds the thresholds that spend has reached, from its level in the ledger, and has them told.
///
/// It may be asked at any time and as often as one likes: what was told before is not told again.
package struct BudgetEvaluator: Sendable {
    /// How long after its end a period is still looked at: late events come that long.
    package static let closedPeriodAge = Duration.seconds(35 * 86_400)

    private let levels: SpendLevels
    private let history: any BudgetStore
    private let desk: AlertDesk
    private let calendar: @Sendable (_ workspace: String) -> CalendarRules

    /// - Parameters:
    ///   - ledger: Where spend is read.
    ///   - history: Where the limits of closed periods are read.
    ///   - desk: Told what was found.
    ///   - calendar: The calendar of a workspace.
    package init(
        ledger: any LedgerStore,
        history: any BudgetStore,
        desk: AlertDesk,
        calendar: @escaping @Sendable (_ workspace: String) -> CalendarRules
    ) {
        levels = SpendLevels(ledger: ledger)
        self.history = history
        self.desk = desk
        self.calendar = calendar
    }

    /// Looks at a budget's present period.
    ///
    /// - Parameters:
    ///   - budget: As it is now.
    ///   - value: The one value to look at, of a budget of every value; nil for all.
    ///   - happened: When a crossing happened, as far as is known; nil for now.
    ///   - now: The present.
    /// - Returns: What has been reached, told before or not.
    /// - Throws: Errors of the ledger and the stores.
    package func evaluate(
        _ budget: Budget,
        value: String? = nil,
        happened: Timestamp? = nil,
        at now: Timestamp
    ) async throws -> Set<CrossingKey> {
        let period = calendar(budget.workspace).period(budget.period, containing: now)
        return try await evaluate(budget, in: period, limitAt: now, value: value, happened: happened ?? now)
    }

    /// Looks at the period before the present one, by the limit that held when it ended.
    package func evaluateClosed(
        _ budget: Budget,
        happened: Timestamp? = nil,
        at now: Timestamp
    ) async throws -> Set<CrossingKey> {
        let rules = calendar(budget.workspace)
        let present = rules.period(budget.period, containing: now)
        guard budget.period != .total, now < present.start.adding(Self.closedPeriodAge) else { return [] }
        let lastMoment = present.start.adding(microseconds: -1)
        guard budget.createdAt <= lastMoment, let then = try await asOf(lastMoment, budget) else { return [] }
        let closed = rules.period(budget.period, containing: lastMoment)
        return try await evaluate(then, in: closed, limitAt: lastMoment, value: nil, happened: happened ?? now)
    }

    /// The budget with the limit, thresholds and limit version that held at a time.
    private func asOf(_ time: Timestamp, _ budget: Budget) async throws -> Budget? {
        if budget.updatedAt <= time { return budget }
        var before: Int64?
        while true {
            let page = try await history.history(of: budget.id, before: before, limit: 100)
            if let change = page.first(where: { $0.at <= time }) {
                var copy = budget
                copy.limit = change.limit
                copy.raise = change.raise
                copy.thresholds = change.thresholds
                copy.limitVersion = change.limitVersion
                return copy
            }
            guard let last = page.last, page.count == 100 else { return nil }
            before = last.version
        }
    }

    private func evaluate(
        _ budget: Budget,
        in period: Period,
        limitAt time: Timestamp,
        value: String?,
        happened: Timestamp
    ) async throws -> Set<CrossingKey> {
        guard let lowest = budget.thresholds.first else { return [] }
        let start = period.kind == .total ? Timestamp.distantPast : period.start
        let found = try await levels.levels(of: budget, from: start, to: period.end, value: value)
        var reached: Set<CrossingKey> = []
        for (value, spent) in found where spent >= budget.level(ofThreshold: lowest, at: time) {
            let alerts = budget.thresholds(reachedBy: spent, at: time).map { threshold in
                NewAlert(
                    subject: .crossing(
                        Crossing(
                            key: CrossingKey(
                                budget: budget.id,
                                scopeValue: value,
                                period: period.name,
                                threshold: threshold,
                                limitVersion: budget.limitVersion
                            ),
                            budgetName: budget.name,
                            scopeType: budget.scope.type,
                            spent: spent,
                            limit: budget.limit(at: time)
                        )
                    ),
                    workspace: budget.workspace,
                    happenedAt: happened,
                    destinations: budget.recipients.map(Destination.email)
                )
            }
            reached.formUnion(alerts.compactMap { $0.subject.crossing?.key })
            try await desk.raise(alerts)
        }
        return reached
    }
}

extension AlertSubject {
    /// The crossing, when it is one.
    var crossing: Crossing? {
        if case .crossing(let crossing) = self { crossing } else { nil }
    }
}
