/// What went wrong between this process and PostgreSQL.
///
/// The description never holds a parameter, a row or a password: the server's `DETAIL`, which may quote data, stays in
/// `detail`. A cancelled task gets `CancellationError` instead.
package struct PostgresError: Error, CustomStringConvertible {
    /// The kind of failure.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String {
            case configuration, connectFailed, connectionLost, server, invalidValue, decoding
            case poolTimeout, poolOverloaded, poolClosed, migration, protocolViolation
        }
        private let value: Value

        /// The connection string is wrong.
        package static let configuration = Code(value: .configuration)
        /// No connection could be opened.
        package static let connectFailed = Code(value: .connectFailed)
        /// The connection broke; what it was doing may or may not have happened.
        package static let connectionLost = Code(value: .connectionLost)
        /// The server refused the statement: see `sqlState`.
        package static let server = Code(value: .server)
        /// A parameter cannot be sent, for example text with a NUL.
        package static let invalidValue = Code(value: .invalidValue)
        /// A column is missing, NULL, out of range or of another type than asked for.
        package static let decoding = Code(value: .decoding)
        /// No connection became free in time.
        package static let poolTimeout = Code(value: .poolTimeout)
        /// Too many callers wait for a connection already.
        package static let poolOverloaded = Code(value: .poolOverloaded)
        /// The pool was closed.
        package static let poolClosed = Code(value: .poolClosed)
        /// A migration cannot be applied, for example because an applied one was edited.
        package static let migration = Code(value: .migration)
        /// The server answered something that the statement cannot yield.
        package static let protocolViolation = Code(value: .protocolViolation)

        package var description: String { value.rawValue }
    }

    /// The part of a transaction that failed.
    package enum Phase: String, Hashable, Sendable {
        /// Nothing was done.
        case begin
        /// A statement failed and everything was undone.
        case body
        /// The body failed, then undoing failed too: the connection was dropped, with which the server undoes it.
        case rollback
        /// Everything was undone, or, with `connectionLost`, the outcome is unknown.
        case commit
    }

    /// The kind of failure.
    package var code: Code
    /// One line for people.
    package var message: String
    /// The server's five-character SQLSTATE, for example `40P01`.
    package var sqlState: String?
    /// The server's `DETAIL`; it may quote data, so it is not part of the description.
    package var detail: String?
    /// The constraint that a row violated.
    package var constraint: String?
    /// The phase, when the statement was part of `withTransaction`.
    package var phase: Phase?
    /// The error behind this one.
    package var underlying: (any Error)?

    package init(_ code: Code, _ message: String, sqlState: String? = nil, underlying: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.sqlState = sqlState
        self.underlying = underlying
    }

    /// Whether the same work may succeed when it is tried again, later or at once.
    ///
    /// > Warning: After `connectionLost` in phase `commit` the work may have been done: only repeat what is idempotent.
    package var isRetriable: Bool {
        switch code {
        case .connectFailed, .connectionLost, .poolTimeout, .poolOverloaded: return true
        case .server: break
        default: return false
        }
        guard let sqlState else { return false }
        return ["08", "40", "53"].contains(sqlState.prefix(2)) || sqlState.hasPrefix("57P0") || isLockTimeout
            || sqlState == "57014"
    }

    /// Whether a lock was not to be had in time.
    package var isLockTimeout: Bool { sqlState == "55P03" }

    /// Whether the transaction lost against a concurrent one (serialization failure or deadlock) and may run again.
    package var isSerializationFailure: Bool { sqlState == "40001" || sqlState == "40P01" }

    /// Whether a row with the same unique key exists.
    package var isUniqueViolation: Bool { sqlState == "23505" }

    package var description: String {
        var text = "postgres: \(code)"
        if let phase { text += " in \(phase.rawValue)" }
        if let sqlState { text += " [\(sqlState)]" }
        return text + ": \(message)"
    }
}
