/// Why the directory could not do what was asked.
package struct DirectoryError: Error, Sendable {
    /// The kinds of failure.
    package struct Code: Sendable, Hashable {
        private enum Kind { case conflict, notFound, invalid, unavailable }
        private let kind: Kind

        /// Something with that id exists already.
        package static let conflict = Code(kind: .conflict)
        /// Nothing has that id.
        package static let notFound = Code(kind: .notFound)
        /// A value cannot be stored.
        package static let invalid = Code(kind: .invalid)
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

extension DirectoryError: CustomStringConvertible {
    package var description: String {
        underlying.map { "\(message) (\($0))" } ?? message
    }
}
