internal import BudgetBook
internal import Domain
internal import ServiceRuntime

/// The body of `POST /v1/budgets`, read and checked.
struct NewBudgetRequest {
    let workspace: String?
    private let scope: ScopeRequest?
    private let period: PeriodKind?
    private let name: String
    private let limit: MoneySum?
    private let action: BudgetAction?
    private let thresholds: [Int]?
    private let recipients: [String]?
    private let faults: [InvalidParameter]

    private static let members: Set<String> = [
        "name", "workspace", "scope", "period", "limit_usd", "action", "thresholds", "recipients",
    ]

    /// Reads a body; what is wrong is said when the workspace is known.
    init(_ body: JSONValue) {
        var fields = FieldReader(body, known: Self.members)
        workspace = fields.name("workspace")
        name = fields.required("name")
        scope = fields.scope("scope")
        period = fields.needed("period", PeriodKind.self)
        limit = fields.neededMoney("limit_usd")
        action = fields.word("action", BudgetAction.self)
        thresholds = fields.percentages("thresholds")
        recipients = fields.texts("recipients")
        faults = fields.faults
    }

    /// The budget that is asked for, in the workspace it is for; nil when none was named.
    ///
    /// Throws a 422 problem that names each field at fault.
    func budget(in workspace: String?, author: Author) throws(Problem) -> NewBudget {
        var faults = faults
        if workspace == nil { faults.append(InvalidParameter("workspace", code: "required", detail: "is missing")) }
        guard faults.isEmpty, let workspace, let scope, let period, let limit else { throw .invalid(faults) }
        guard let id = scope.id ?? (scope.type == .workspace ? workspace : nil) else {
            throw .invalid("scope.id", code: "required", detail: "is missing")
        }
        let budget = NewBudget(
            workspace: workspace,
            scope: Scope(type: scope.type, id: id),
            period: period,
            name: name,
            limit: limit,
            action: action ?? .notify,
            thresholds: thresholds ?? Budget.standardThresholds,
            recipients: recipients ?? [],
            author: author
        )
        guard budget.faults.isEmpty else { throw .invalid(budget.faults) }
        return budget
    }
}

/// A scope as a client names it: the workspace's own needs no id.
struct ScopeRequest {
    var type: ScopeType
    var id: String?
}

extension BudgetEdit {
    private static let members: Set<String> = ["name", "limit_usd", "action", "thresholds", "recipients"]
    private static let fixed: Set<String> = ["workspace", "scope", "period", "id"]

    /// Reads the body of `PATCH /v1/budgets/{id}`.
    ///
    /// - Throws: A 422 problem that names each field at fault.
    init(_ body: JSONValue) throws(Problem) {
        var fields = FieldReader(body, known: Self.members.union(Self.fixed))
        for name in Self.fixed.sorted() where fields[name] != nil {
            fields.fault(name, "immutable", "cannot be changed: make another budget")
        }
        self.init(
            name: fields.name("name"),
            limit: fields.money("limit_usd"),
            action: fields.word("action", BudgetAction.self),
            thresholds: fields.percentages("thresholds"),
            recipients: fields.texts("recipients")
        )
        guard fields.faults.isEmpty else { throw .invalid(fields.faults) }
    }
}

extension BudgetRaise {
    private static let members: Set<String> = ["limit_usd", "from", "until"]

    /// Reads the body of `PUT /v1/budgets/{id}/raise`.
    ///
    /// - Parameters:
    ///   - body: The JSON value.
    ///   - now: From when the raise runs when the body does not say.
    /// - Throws: A 422 problem that names each field at fault.
    init(_ body: JSONValue, now: Timestamp) throws(Problem) {
        var fields = FieldReader(body, known: Self.members)
        let limit = fields.neededMoney("limit_usd")
        let from = fields.time("from")
        let until = fields.time("until")
        if fields["until"] == nil { fields.fault("until", "required", "is missing") }
        guard fields.faults.isEmpty, let limit, let until else { throw .invalid(fields.faults) }
        self.init(limit: limit, from: from ?? now, until: until)
    }
}
