package import ServiceRuntime
internal import Streams

/// Why the price store could not do what was asked.
package struct PriceStoreError: RetriableError, Sendable {
    /// The kinds of failure.
    package struct Code: Sendable, Hashable {
        private enum Kind { case conflict, notFound, invalid, outdated, unavailable }
        private let kind: Kind

        /// It contradicts what is stored.
        package static let conflict = Code(kind: .conflict)
        /// Nothing has that id.
        package static let notFound = Code(kind: .notFound)
        /// A value cannot be stored.
        package static let invalid = Code(kind: .invalid)
        /// The book has changed since the caller read it: read it again.
        package static let outdated = Code(kind: .outdated)
        /// The store did not answer as it should.
        package static let unavailable = Code(kind: .unavailable)
    }

    package let code: Code
    /// What happened, in words for people.
    package let message: String
    /// The error below, for the log only.
    package let underlying: (any Error)?

    package init(_ code: Code, _ message: String, underlying: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.underlying = underlying
    }

    /// Whether the same call may succeed later.
    package var isRetriable: Bool {
        code == .unavailable
    }
}

extension PriceStoreError: AnswerableError {
    package var problem: Problem {
        switch code {
        case .conflict, .outdated: .conflict(message)
        case .notFound: .notFound(message)
        case .invalid: .invalid("body", code: "invalid", detail: message)
        default: .unavailable("The price store cannot be reached at the moment.", retryAfter: .seconds(2))
        }
    }
}

extension PriceStoreError: CustomStringConvertible {
    package var description: String {
        underlying.map { "\(message) (\($0))" } ?? message
    }
}
