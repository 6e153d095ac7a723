internal import Domain

/// A budget with where it stands.
struct BudgetAnswer: Decodable, Sendable {
    let id: String
    let name: String
    let workspace: String
    let scope: Scope
    let period: String
    let limitUSD: MoneySum
    let effectiveLimitUSD: MoneySum?
    let action: String
    let thresholds: [Int]
    let recipients: [String]
    let raise: Raise?
    let state: String
    let periodStart: String?
    let periodEnd: String?
    /// `nil` unless the state is ready.
    let spentUSD: MoneySum?
    let heldUSD: MoneySum?
    let remainingUSD: MoneySum?
    let forecastUSD: MoneySum?
    let archivedAt: String?

    struct Scope: Decodable, Sendable {
        let type: String
        let id: String
    }

    struct Raise: Decodable, Sendable {
        let limitUSD: MoneySum
        let from: String
        let until: String
    }

    /// One line for each budget.
    static func table(_ budgets: [BudgetAnswer]) -> String {
        let head = ["ID", "NAME", "WORKSPACE", "SCOPE", "PERIOD", "ACTION", "LIMIT", "SPENT", "HELD", "LEFT", "STATE"]
        let rows = budgets.map { budget in
            [
                budget.id, budget.name, budget.workspace, budget.scopeText, budget.period, budget.action,
                budget.holding.shown, budget.spentUSD?.shown ?? "", budget.heldUSD?.shown ?? "",
                budget.remainingUSD?.shown ?? "", budget.state,
            ]
        }
        return TextTable([head] + rows).text
    }

    /// Everything about one budget.
    var text: String {
        var facts = [
            ["workspace", workspace], ["scope", scopeText], ["period", period], ["action", action],
            ["limit", "\(limitUSD.shown) USD"],
        ]
        if let raise {
            facts.append(["raised", "\(raise.limitUSD.shown) USD from \(raise.from) until \(raise.until)"])
        }
        if let start = periodStart, let end = periodEnd { facts.append(["now", "\(start) to \(end)"]) }
        let amounts = [("spent", spentUSD), ("held", heldUSD), ("left", remainingUSD), ("forecast", forecastUSD)]
        for (name, amount) in amounts {
            if let amount { facts.append([name, "\(amount.shown) USD"]) }
        }
        facts.append(["state", archivedAt.map { "archived at \($0)" } ?? state])
        facts.append(["warns at", thresholds.map { "\($0) %" }.joined(separator: ", ")])
        facts.append(["recipients", recipients.joined(separator: ", ")])
        let lines = facts.filter { !$0[1].isEmpty }.map { ["  " + $0[0], $0[1]] }
        return "\(name) (\(id))\n" + TextTable(facts: lines).text
    }

    /// The limit that holds now.
    private var holding: MoneySum { effectiveLimitUSD ?? limitUSD }

    private var scopeText: String {
        scope.type == "workspace" ? scope.type : "\(scope.type):\(scope.id)"
    }
}
