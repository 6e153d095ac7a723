internal import BudgetBook
internal import Calendars
internal import Domain
internal import ServiceRuntime

/// How budgets look.
extension JSONWriter {
    /// Writes a budget with its figures and, where it is shown by itself, the history of its limit.
    mutating func write(
        _ budget: Budget,
        _ figures: BudgetFigures,
        history: [BudgetLimitChange]? = nil,
        at now: Timestamp
    ) {
        beginObject()
        member("id", budget.id)
        member("name", budget.name)
        member("workspace", budget.workspace)
        key("scope")
        beginObject()
        member("type", budget.scope.type.rawValue)
        member("id", budget.scope.id)
        endObject()
        member("period", budget.period.rawValue)
        member("limit_usd", budget.limit.usd)
        member("action", budget.action.rawValue)
        write(thresholds: budget.thresholds)
        key("recipients")
        beginArray()
        for recipient in budget.recipients { string(recipient) }
        endArray()
        write(budget.raise)
        write(figures, of: budget, at: now)
        member("limit_version", budget.limitVersion)
        member("version", budget.version)
        member("created_at", budget.createdAt.rfc3339)
        member("created_by", budget.createdBy)
        member("updated_at", budget.updatedAt.rfc3339)
        key("archived_at")
        optional(budget.archivedAt?.rfc3339)
        if let history { write(history) }
        endObject()
    }

    private mutating func write(_ figures: BudgetFigures, of budget: Budget, at now: Timestamp) {
        member("state", figures.state.rawValue)
        member("effective_limit_usd", figures.limit.usd)
        key("period_start")
        optional(budget.period == .total ? nil : figures.period.start.rfc3339)
        key("period_end")
        optional(figures.period.end?.rfc3339)
        key("spent_usd")
        optional(figures.level?.spent.usd)
        key("held_usd")
        optional(figures.level?.held.usd)
        key("remaining_usd")
        optional(figures.remaining?.usd)
        key("forecast_usd")
        optional(figures.forecast(at: now)?.usd)
        key("crossings")
        beginArray()
        if let spent = figures.level?.spent {
            for threshold in budget.thresholds(reachedBy: spent, at: now) {
                beginObject()
                member("threshold", threshold)
                member("level_usd", budget.level(ofThreshold: threshold, at: now).usd)
                endObject()
            }
        }
        endArray()
    }

    private mutating func write(thresholds: [Int]) {
        key("thresholds")
        beginArray()
        for threshold in thresholds { int(threshold) }
        endArray()
    }

    private mutating func write(_ raise: BudgetRaise?) {
        key("raise")
        guard let raise else { return null() }
        beginObject()
        member("limit_usd", raise.limit.usd)
        member("from", raise.from.rfc3339)
        member("until", raise.until.rfc3339)
        endObject()
    }

    private mutating func write(_ history: [BudgetLimitChange]) {
        key("limit_history")
        beginArray()
        for change in history {
            beginObject()
            member("change", change.kind.rawValue)
            member("limit_usd", change.limit.usd)
            write(thresholds: change.thresholds)
            write(change.raise)
            member("limit_version", change.limitVersion)
            member("at", change.at.rfc3339)
            member("by", change.by)
            endObject()
        }
        endArray()
    }
}
