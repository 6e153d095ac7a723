import Domain
import Postgres

extension Budget {
    init(row: PostgresRow) throws {
        let type: String = try row.value("scope_type")
        let period: String = try row.value("period")
        let action: String = try row.value("action")
        guard let type = ScopeType(rawValue: type), let period = PeriodKind(rawValue: period),
            let action = BudgetAction(rawValue: action)
        else { throw BudgetError(.unavailable, "A stored budget has a word that this version does not know.") }
        self.init(
            id: try row.value("id"),
            workspace: try row.value("workspace"),
            scope: Scope(type: type, id: try row.value("scope_id")),
            period: period,
            name: try row.value("name"),
            limit: try row.value("limit_pico"),
            action: action,
            thresholds: try row.value("thresholds", as: [Int32].self).map(Int.init),
            recipients: try row.value("recipients"),
            raise: try BudgetRaise(row: row),
            limitVersion: try row.value("limit_version"),
            version: try row.value("version"),
            createdAt: try row.value("created_at"),
            createdBy: try row.value("created_by"),
            updatedAt: try row.value("updated_at"),
            archivedAt: try row.optional("archived_at")
        )
    }

    /// The parameters of the statement that changes a budget.
    var changeableValues: [PostgresValue] {
        [
            .text(id), .text(name), .numeric(limit.picoDollars), .text(action.rawValue),
            .int32Array(thresholds.map { Int32($0) }), .textArray(recipients), .numeric(raise?.limit.picoDollars),
            .timestamp(raise?.from), .timestamp(raise?.until), .int(limitVersion), .int(version),
            .timestamp(updatedAt), .timestamp(archivedAt),
        ]
    }

    /// The parameters of the statement that adds a budget.
    var values: [PostgresValue] {
        changeableValues + [
            .text(workspace), .text(scope.type.rawValue), .text(scope.id), .text(period.rawValue),
            .timestamp(createdAt), .text(createdBy),
        ]
    }
}

extension BudgetRaise {
    init?(row: PostgresRow) throws {
        guard let limit: MoneySum = try row.optional("raise_limit_pico") else { return nil }
        self.init(limit: limit, from: try row.value("raise_from"), until: try row.value("raise_until"))
    }
}

extension BudgetLimitChange {
    init(row: PostgresRow) throws {
        let kind: String = try row.value("kind")
        budgetID = try row.value("budget")
        // A word of a newer version is shown as what it is closest to.
        self.kind = Kind(rawValue: kind) ?? .limit
        limit = try row.value("limit_pico")
        raise = try BudgetRaise(row: row)
        thresholds = try row.value("thresholds", as: [Int32].self).map(Int.init)
        limitVersion = try row.value("limit_version")
        version = try row.value("version")
        at = try row.value("changed_at")
        by = try row.value("changed_by")
    }

    /// The parameters of the statement that adds it.
    var values: [PostgresValue] {
        [
            .text(budgetID), .int(version), .text(kind.rawValue), .numeric(limit.picoDollars),
            .numeric(raise?.limit.picoDollars), .timestamp(raise?.from), .timestamp(raise?.until),
            .int32Array(thresholds.map { Int32($0) }), .int(limitVersion), .timestamp(at), .text(by),
        ]
    }
}
