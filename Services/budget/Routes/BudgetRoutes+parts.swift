internal import Access
internal import BudgetBook
internal import Domain
internal import ServiceRuntime

extension Budget {
    /// Whether a caller may know of it; who may see only some teams knows of these teams' budgets.
    func isVisible(to caller: Caller) -> Bool {
        switch caller.reach.teams(of: workspace) {
        case .all: true
        case .only(let teams): scope.type == .team && teams.contains(scope.id)
        case nil: false
        }
    }

    /// The scope of one value of a budget of every value.
    ///
    /// - Throws: A 422 problem for a budget of one value.
    func scope(ofValue text: String) throws(Problem) -> Scope {
        guard scope.isEveryValue else {
            throw .invalid("value", code: "unknown_parameter", detail: "is for budgets of every value only")
        }
        guard (1...512).contains(text.utf8.count), text.unicodeScalars.allSatisfy({ $0.value >= 0x20 }) else {
            throw .invalid("value", code: "out_of_range", detail: "must have 1 to 512 bytes and no control characters")
        }
        return Scope(type: scope.type, id: scope.tagKey.map { "\($0)=\(text)" } ?? text)
    }
}
