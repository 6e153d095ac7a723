internal import Calendars
internal import Directory
internal import Domain
internal import HTTPTypes
internal import Redis
internal import ServiceRuntime

/// How the answers of a preflight look (`api.md`).
extension JSONWriter {
    mutating func write(_ allowance: PreflightAllowance) {
        beginObject()
        member("decision", allowance.cap == nil ? "allow" : "allow_with_caps")
        key("hold_id")
        if let id = allowance.holdID { string(id) } else { null() }
        if let expiry = allowance.expiresAt { member("expires_at", expiry.rfc3339) }
        key("estimated_cost_usd")
        if let amount = allowance.amount { string(amount.usd) } else { null() }
        if let cap = allowance.cap {
            key("caps")
            beginObject()
            member("max_output_tokens", cap)
            endObject()
        }
        key("estimate")
        write(allowance.estimate)
        if let mode = allowance.failMode { member("fail_mode", mode.rawValue) }
        key("budgets")
        beginArray()
        for state in allowance.budgets { value(state.json) }
        endArray()
        endObject()
    }

    private mutating func write(_ estimate: Estimate) {
        beginObject()
        member("source", estimate.source.rawValue)
        member("status", estimate.state.name)
        if let tokens = estimate.outputTokens { member("output_tokens", tokens) }
        endObject()
    }
}

extension BudgetState {
    /// A budget in an answer.
    fileprivate var json: JSONValue {
        .object([
            .init("id", .string(budget.id)), .init("name", .string(budget.name)),
            .init(
                "scope",
                ["type": .string(counter.scope.type.rawValue), "id": .string(counter.scope.id)]
            ),
            .init("period", .string(budget.period.rawValue)), .init("action", .string(budget.action.rawValue)),
            .init("limit_usd", .string(limit.usd)), .init("spent_usd", .string(level.spent.usd)),
            .init("held_usd", .string(level.held.usd)), .init("remaining_usd", .string(remaining.usd)),
            .init("period_end", counter.period.end.map { .string($0.rfc3339) } ?? .null),
        ])
    }
}

extension Problem {
    /// 402: a budget has no room.
    static func budgetExceeded(_ refusal: PreflightRefusal) -> Problem {
        let names = refusal.budgets.map { "\"\($0.budget.name)\"" }.joined(separator: ", ")
        return Problem(
            "budget-exceeded",
            status: .paymentRequired,
            title: "A budget has no room for this call",
            detail: "The call does not fit into \(names).",
            retryAfter: refusal.retryAfter,
            extras: [.init("budgets", .array(refusal.budgets.map(\.json)))]
        )
    }

    /// 402: nobody knows what the call will cost.
    static let unpricedModel = Problem(
        "unpriced-model",
        status: .paymentRequired,
        title: "The model has no price",
        detail: "A budget blocks, and this workspace refuses calls of models without a price. Set a price, or send the "
            + "estimate as \"cost_usd\"."
    )

    /// 503: counters cannot be asked, and the workspace refuses calls meanwhile.
    static func budgetUnavailable(_ reason: CounterError?) -> Problem {
        let detail = "This workspace refuses calls while its budgets cannot be checked."
        return Problem(
            "budget-unavailable",
            status: .serviceUnavailable,
            title: "Budgets cannot be checked at the moment",
            detail: reason.map { "\(detail) \($0.description)" } ?? detail,
            retryAfter: .seconds(reason == nil ? 1 : 60),
            extras: [.init("fail_mode", "closed")]
        )
    }
}
