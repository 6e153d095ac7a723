internal import Calendars
package import Directory
package import Domain
internal import Redis

/// What a preflight says.
package enum PreflightAnswer: Sendable {
    case allowed(PreflightAllowance)
    /// A budget has no room.
    case refused(PreflightRefusal)
    /// The model has no price, and the workspace refuses such calls under a blocking budget.
    case unpriced
    /// Another request got a hold under the same idempotency key.
    case conflict
    /// Counters cannot be asked, and the workspace refuses calls meanwhile; with the reason when a person must do
    /// something about it.
    case unavailable(CounterError?)

    /// All values of `word`.
    static let words = [
        "allow", "allow_with_caps", "allow_unchecked", "deny", "deny_unpriced", "deny_unchecked", "conflict",
    ]

    /// The answer in one word, for metrics.
    var word: String {
        switch self {
        case .allowed(let allowance) where allowance.failMode != nil: "allow_unchecked"
        case .allowed(let allowance): allowance.cap == nil ? "allow" : "allow_with_caps"
        case .refused: "deny"
        case .unpriced: "deny_unpriced"
        case .unavailable: "deny_unchecked"
        case .conflict: "conflict"
        }
    }
}

/// A call that may be made.
package struct PreflightAllowance: Sendable {
    package var holdID: String?
    /// `nil` without a hold, and for one that an event has committed.
    package var expiresAt: Timestamp?
    package var estimate: Estimate
    /// What is held, or would be; `nil` when the model has no price.
    package var amount: MoneySum?
    /// The output tokens that the call must not pass; `nil` when it fits as it was asked for.
    package var cap: Int64?
    /// Each applicable budget with what it holds now.
    package var budgets: [BudgetState] = []
    /// Set when the counters could not be asked.
    package var failMode: FailMode?
}

/// A call that may not be made now.
package struct PreflightRefusal: Sendable {
    /// The budgets without room.
    package let budgets: [BudgetState]
    /// When it may fit, as far as time alone can tell: a period ends, or a hold that is in the way expires.
    package let retryAfter: Duration?
    /// What the tightest of them has left.
    private let room: MoneySum

    /// Finds the budgets that refuse an amount.
    ///
    /// - Parameters:
    ///   - states: Each applicable budget.
    ///   - ends: When the first hold on the counter of a budget ends, by counter in the order of the states' counters.
    ///   - amount: What was asked for.
    ///   - now: The time.
    init(_ states: [BudgetState], _ ends: [Timestamp?], _ amount: MoneySum, at now: Timestamp) {
        budgets = states.filter { $0.refuses(amount) }
        room = states.filter { $0.budget.action == .block }.map(\.remaining).min() ?? .zero
        var names: [String] = []
        for state in states where names.last != state.counter.name { names.append(state.counter.name) }
        let firstEnds = Dictionary(zip(names, ends)) { first, _ in first }
        let waits = budgets.map { state -> Duration? in
            let periodEnd = state.counter.period.end
            // Without the holds it would fit: the first of them to end may make room.
            let holdEnd = state.limit - state.level.spent < amount ? nil : firstEnds[state.counter.name] ?? nil
            return [periodEnd, holdEnd].compactMap(\.self).min().map { max(.seconds(1), $0.since(now)) }
        }
        retryAfter = waits.contains(nil) ? nil : waits.compactMap(\.self).max()
    }

    /// The most output tokens that fit, with what they cost.
    func cap(for estimate: Estimate) -> (tokens: Int64, cost: Money)? {
        guard let reckoning = estimate.reckoning, let tokens = estimate.outputTokens, room > .zero else { return nil }
        guard
            let cap = reckoning.cap(within: room, below: tokens),
            let cost = reckoning.cost(outputTokens: cap)
        else { return nil }
        return (cap, cost)
    }
}

extension Timestamp {
    /// The time from another time to this one.
    fileprivate func since(_ other: Timestamp) -> Duration {
        .microseconds(microseconds - other.microseconds)
    }
}
