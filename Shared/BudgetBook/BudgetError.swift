internal import Domain
package import ServiceRuntime
internal import Streams

/// Why the budgets' store could not do what was asked.
package struct BudgetError: RetriableError, Sendable {
    /// The kinds of failure.
    package struct Code: Sendable, Hashable {
        private enum Kind { case conflict, notFound, invalid, outdated, unavailable }
        private let kind: Kind

        /// It contradicts what is stored.
        package static let conflict = Code(kind: .conflict)
        /// No budget that still holds has that id.
        package static let notFound = Code(kind: .notFound)
        /// Values cannot be stored: the faults name them.
        package static let invalid = Code(kind: .invalid)
        /// The budget has changed since the caller read it.
        package static let outdated = Code(kind: .outdated)
        /// The store did not answer as it should.
        package static let unavailable = Code(kind: .unavailable)
    }

    package let code: Code
    /// What happened, in words for people.
    package let message: String
    /// The fields at fault, when a value is invalid.
    package let faults: [InvalidParameter]
    /// The error below, for the log only.
    package let underlying: (any Error)?

    package init(
        _ code: Code,
        _ message: String,
        faults: [InvalidParameter] = [],
        underlying: (any Error)? = nil
    ) {
        self.code = code
        self.message = message
        self.faults = faults
        self.underlying = underlying
    }

    /// Whether the same call may succeed later.
    package var isRetriable: Bool { code == .unavailable }
}

extension BudgetError: AnswerableError {
    package var problem: Problem {
        switch code {
        case .conflict: .conflict(message)
        case .notFound: .notFound("There is no such budget, or it is archived.")
        case .invalid: .invalid(faults)
        case .outdated: .outdated(message)
        default: .unavailable("The budgets cannot be reached at the moment.", retryAfter: .seconds(2))
        }
    }
}

extension BudgetError: CustomStringConvertible {
    package var description: String {
        underlying.map { "\(message) (\($0))" } ?? message
    }
}

extension BudgetError {
    static func invalid(_ faults: [InvalidParameter]) -> BudgetError {
        let text = faults.map { "\($0.name) \($0.detail)" }.joined(separator: "; ")
        return BudgetError(.invalid, "The budget cannot be stored: \(text).", faults: faults)
    }

    static func none(_ id: String) -> BudgetError {
        BudgetError(.notFound, "There is no budget \"\(id)\".")
    }

    static func taken(_ id: String) -> BudgetError {
        BudgetError(.conflict, "There is a budget \"\(id)\" already.")
    }

    static func outdated(_ budget: Budget) -> BudgetError {
        BudgetError(.outdated, "The budget \"\(budget.id)\" has changed meanwhile; its version is \(budget.version).")
    }

    static func tooMany(in workspace: String) -> BudgetError {
        let most = BudgetRules.budgetsPerWorkspace
        return BudgetError(.conflict, "The workspace \"\(workspace)\" has \(most) budgets, as many as it may.")
    }
}
