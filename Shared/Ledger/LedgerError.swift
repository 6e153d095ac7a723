package import Postgres

/// What went wrong in the ledger.
///
/// A cancelled task gets `CancellationError` instead.
package struct LedgerError: Error, CustomStringConvertible {
    /// The kind of failure.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String {
            case database, invalidEntry, invalidQuery, corruptRow, partitionCount, notFound, conflict, stale
        }
        private let value: Value

        /// The database refused or was away: see `underlying`.
        package static let database = Code(value: .database)
        /// An entry holds a time or a cost that no event can have; the rest of its batch is not at fault.
        package static let invalidEntry = Code(value: .invalidEntry)
        /// A report was asked for that is too large or makes no sense.
        package static let invalidQuery = Code(value: .invalidQuery)
        /// A row holds what this version cannot read.
        package static let corruptRow = Code(value: .corruptRow)
        /// The number of partitions differs from the one that was fixed at the first start.
        package static let partitionCount = Code(value: .partitionCount)

        /// There is no such job.
        package static let notFound = Code(value: .notFound)
        /// The state of a job, or another job under the same key, stands against it.
        package static let conflict = Code(value: .conflict)
        /// Another writer was faster: nothing was changed; read the job and its page again.
        package static let stale = Code(value: .stale)

        package var description: String { value.rawValue }
    }

    /// The kind of failure.
    package var code: Code
    /// One line for people.
    package var message: String
    /// The error behind this one.
    package var underlying: PostgresError?

    package init(_ code: Code, _ message: String, underlying: PostgresError? = nil) {
        self.code = code
        self.message = message
        self.underlying = underlying
    }

    /// Whether the same work may succeed when it is tried again; all of the ledger's writes may be repeated.
    package var isRetriable: Bool { underlying?.isRetriable ?? false }

    /// Whether the database gave up because a report took too long.
    package var isTooSlow: Bool { underlying?.sqlState == "57014" }

    package var description: String { "ledger: \(code): \(message)" }
}

/// Turns the database's errors into the ledger's.
func mapErrors<Value>(_ body: () async throws -> Value) async throws -> Value {
    do {
        return try await body()
    } catch let error as PostgresError {
        throw LedgerError(.database, error.description, underlying: error)
    }
}
