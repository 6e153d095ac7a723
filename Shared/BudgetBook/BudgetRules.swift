package import Domain
internal import FoundationEssentials
package import ServiceRuntime

/// What a budget may be.
package enum BudgetRules {
    /// Budgets of one workspace at most.
    package static let budgetsPerWorkspace = 1_000
    /// The highest limit: 10⁹ USD, which a counter holds nine times over.
    package static let highestLimit = MoneySum(picoDollars: 1_000_000_000 * 1_000_000_000_000)
    /// Thresholds of one budget at most.
    package static let thresholdCount = 10
    /// The percentages that a threshold may have.
    package static let thresholdRange = 1...1_000
    /// Recipients of one budget at most.
    package static let recipientCount = 20
    /// The longest time that a raise may run.
    package static let longestRaise = Duration.seconds(366 * 86_400)

    /// An id for a new budget.
    package static func makeID() -> String { UUID().uuidString.lowercased() }

    static func faults(ofName name: String) -> [InvalidParameter] {
        isClean(name, limit: 128) ? [] : [fault("name", "must have 1 to 128 characters and no control characters")]
    }

    static func faults(ofLimit limit: MoneySum, _ field: String = "limit_usd") -> [InvalidParameter] {
        limit > .zero && limit <= highestLimit ? [] : [fault(field, "must be above 0 and at most 1000000000")]
    }

    static func faults(ofThresholds thresholds: [Int]) -> [InvalidParameter] {
        if thresholds.count > thresholdCount {
            return [fault("thresholds", "must have at most \(thresholdCount) entries")]
        }
        if let index = thresholds.firstIndex(where: { !thresholdRange.contains($0) }) {
            return [fault("thresholds[\(index)]", "must be a percentage from 1 to 1000")]
        }
        let isAscending = zip(thresholds, thresholds.dropFirst()).allSatisfy { $0 < $1 }
        return isAscending ? [] : [fault("thresholds", "must be in ascending order, each once", code: "order")]
    }

    static func faults(ofRecipients recipients: [String]) -> [InvalidParameter] {
        if recipients.count > recipientCount {
            return [fault("recipients", "must have at most \(recipientCount) entries")]
        }
        if let index = recipients.firstIndex(where: { !MailAddress.isValid($0) }) {
            return [fault("recipients[\(index)]", "must be an e-mail address", code: "invalid_format")]
        }
        let isOnce = Set(recipients.map { $0.lowercased() }).count == recipients.count
        return isOnce ? [] : [fault("recipients", "names an address twice", code: "duplicate")]
    }

    static func faults(of raise: BudgetRaise, over limit: MoneySum, at now: Timestamp) -> [InvalidParameter] {
        var faults = faults(ofLimit: raise.limit)
        if faults.isEmpty, raise.limit <= limit {
            faults.append(fault("limit_usd", "must be above the budget's limit, \(limit.usd)"))
        }
        if raise.until <= max(raise.from, now) {
            faults.append(fault("until", "must be after 'from' and in the future"))
        } else if raise.until > raise.from.adding(longestRaise) {
            faults.append(fault("until", "must be within 366 days after 'from'"))
        }
        return faults
    }

    static func faults(of scope: Scope, in workspace: String) -> [InvalidParameter] {
        switch scope.type {
        case .workspace:
            return scope.id == workspace ? [] : [fault("scope.id", "must be the budget's workspace")]
        case .tag:
            let key = scope.tagKey ?? ""
            let value = scope.id.dropFirst(key.count + 1)
            let fits = (1...64).contains(key.utf8.count) && (1...256).contains(value.utf8.count)
            let isTag = fits && scope.id.contains("=") && isClean(scope.id, limit: 321)
            return isTag ? [] : [fault("scope.id", "must be a tag like feature=summarise", code: "invalid_format")]
        case .team, .project, .user, .sourceApp, .provider, .model:
            return isClean(scope.id, limit: 128)
                ? [] : [fault("scope.id", "must have 1 to 128 characters and no control characters")]
        }
    }

    /// Whether a text has 1 to `limit` characters, none of which breaks lines or is otherwise a control.
    private static func isClean(_ text: String, limit: Int) -> Bool {
        (1...limit).contains(text.unicodeScalars.count)
            && text.unicodeScalars.allSatisfy { scalar in
                switch scalar.value {
                case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029: false
                default: true
                }
            }
    }

    private static func fault(_ field: String, _ detail: String, code: String = "out_of_range") -> InvalidParameter {
        InvalidParameter(field, code: code, detail: detail)
    }
}

extension NewBudget {
    /// The fields that cannot be stored, as the API names them.
    package var faults: [InvalidParameter] {
        BudgetRules.faults(ofName: name) + BudgetRules.faults(of: scope, in: workspace)
            + BudgetRules.faults(ofLimit: limit) + BudgetRules.faults(ofThresholds: thresholds)
            + BudgetRules.faults(ofRecipients: recipients)
    }

    /// The budget as it is first stored.
    func budget(version: Int64, at time: Timestamp) -> Budget {
        Budget(
            id: id,
            workspace: workspace,
            scope: scope,
            period: period,
            name: name,
            limit: limit,
            action: action,
            thresholds: thresholds,
            recipients: recipients,
            version: version,
            createdAt: time,
            createdBy: author.signature
        )
    }
}

extension BudgetEdit {
    /// The fields that a budget cannot have, as the API names them.
    func faults(for budget: Budget, at now: Timestamp) -> [InvalidParameter] {
        var faults = name.map(BudgetRules.faults(ofName:)) ?? []
        faults += limit.map { BudgetRules.faults(ofLimit: $0) } ?? []
        faults += thresholds.map(BudgetRules.faults(ofThresholds:)) ?? []
        faults += recipients.map(BudgetRules.faults(ofRecipients:)) ?? []
        if case .set(let raise) = raise {
            faults += BudgetRules.faults(of: raise, over: limit ?? budget.limit, at: now)
        }
        return faults
    }
}
