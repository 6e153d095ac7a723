internal import Access
internal import BudgetBook
internal import Domain
internal import HTTPTypes
internal import Hummingbird
internal import ServiceRuntime

/// Tells the client what the budgets' store says.
func answering(_ answer: () async throws -> Response) async throws -> Response {
    do {
        return try await answer()
    } catch let error as BudgetError {
        throw error.problem
    }
}

extension BudgetError {
    /// The answer to a client.
    var problem: Problem {
        switch code {
        case .conflict: .conflict(message)
        case .notFound: .notFound("There is no such budget, or it is archived.")
        case .invalid: .invalid(faults)
        case .outdated:
            Problem(
                "precondition-failed",
                status: .preconditionFailed,
                title: "It has changed since it was read",
                detail: message
            )
        default: .unavailable("The budgets cannot be reached at the moment.", retryAfter: .seconds(2))
        }
    }
}

extension Request {
    /// The version that `If-Match` names; nil when any will do.
    ///
    /// - Throws: A 422 problem when it is no `ETag` of a budget.
    func expectedVersion() throws(Problem) -> Int64? {
        guard let text = headers[.ifMatch], text != "*" else { return nil }
        let digits = text.hasPrefix("\"") && text.hasSuffix("\"") ? text.dropFirst().dropLast() : text[...]
        guard let version = Int64(digits) else {
            throw .invalid("If-Match", code: "invalid_format", detail: "must be the ETag of the budget")
        }
        return version
    }
}

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
