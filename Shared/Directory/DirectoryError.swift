import Postgres

/// Why the directory could not do what was asked.
package struct DirectoryError: Error, Sendable {
    /// The kinds of failure.
    package struct Code: Sendable, Hashable {
        private enum Kind { case conflict, notFound, invalid, unavailable, outdated, lastOwner }
        private let kind: Kind

        /// Something with that id exists already.
        package static let conflict = Code(kind: .conflict)
        /// Nothing has that id.
        package static let notFound = Code(kind: .notFound)
        /// A value cannot be stored.
        package static let invalid = Code(kind: .invalid)
        /// It has another version than the one that an edit was made from.
        package static let outdated = Code(kind: .outdated)
        /// Nobody would be left who owns all.
        package static let lastOwner = Code(kind: .lastOwner)
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

extension DirectoryError {
    /// Runs a body of queries; turns PostgreSQL's errors into the directory's.
    ///
    /// - Parameters:
    ///   - conflict: What a broken uniqueness means.
    ///   - missing: What a broken reference means.
    ///   - body: The queries.
    /// - Returns: What the body returns.
    /// - Throws: ``DirectoryError``, and whatever else the body throws.
    static func translating<Value>(
        conflict: DirectoryError? = nil,
        missing: DirectoryError? = nil,
        _ body: () async throws -> Value
    ) async throws -> Value {
        do {
            return try await body()
        } catch let error as PostgresError {
            if error.isUniqueViolation, let conflict { throw conflict }
            if error.sqlState == "23503", let missing { throw missing }
            throw DirectoryError(.unavailable, "the directory's store failed", underlying: error)
        }
    }
}
