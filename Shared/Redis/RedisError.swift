import Streams

/// What goes wrong between Oliver and Redis.
package struct RedisError: RetriableError, Hashable, CustomStringConvertible {
    /// The kind of failure.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        fileprivate enum Value: String {
            case connectionLost = "connection_lost"
            case timeout
            case loading
            case readOnly = "read_only"
            case tryAgain = "try_again"
            case masterDown = "master_down"
            case busy
            case stale
            case persistenceFailed = "persistence_failed"
            case outOfMemory = "out_of_memory"
            case backlog
            case notPrepared = "not_prepared"
            case authentication
            case configuration
            case functionConflict = "function_conflict"
            case functionMissing = "function_missing"
            case groupMissing = "group_missing"
            case poolExhausted = "pool_exhausted"
            case closed
            case invalidReply = "invalid_reply"
            case reply
        }

        fileprivate let value: Value

        /// The connection could not be made, or broke: what was under way may or may not have happened.
        package static let connectionLost = Code(value: .connectionLost)
        /// No answer in time: what was under way may or may not have happened.
        package static let timeout = Code(value: .timeout)
        /// The server is reading its data (LOADING).
        package static let loading = Code(value: .loading)
        /// The server is a replica (READONLY).
        package static let readOnly = Code(value: .readOnly)
        /// A cluster is moving the keys (TRYAGAIN, CLUSTERDOWN).
        package static let tryAgain = Code(value: .tryAgain)
        /// The replica has lost its master (MASTERDOWN).
        package static let masterDown = Code(value: .masterDown)
        /// A script runs too long (BUSY).
        package static let busy = Code(value: .busy)
        /// Budgets have changed since the caller learnt of them (STALE).
        package static let stale = Code(value: .stale)
        /// The server refuses writes because it cannot persist them (MISCONF, NOREPLICAS).
        package static let persistenceFailed = Code(value: .persistenceFailed)
        /// The server's memory limit is reached (OOM).
        package static let outOfMemory = Code(value: .outOfMemory)
        /// A stream holds as many entries as it may.
        package static let backlog = Code(value: .backlog)
        /// Groups or epoch are missing: the server lost its data, or `prepare` never ran.
        package static let notPrepared = Code(value: .notPrepared)
        /// The password is missing or wrong (NOAUTH, WRONGPASS, NOPERM).
        package static let authentication = Code(value: .authentication)
        /// The configuration of Oliver or of the server cannot work.
        package static let configuration = Code(value: .configuration)
        /// The server holds another library under our library's name.
        package static let functionConflict = Code(value: .functionConflict)
        /// The server does not hold our library.
        package static let functionMissing = Code(value: .functionMissing)
        /// A stream or its group does not exist (NOGROUP).
        package static let groupMissing = Code(value: .groupMissing)
        /// Too many callers wait for a connection.
        package static let poolExhausted = Code(value: .poolExhausted)
        /// The pool was closed.
        package static let closed = Code(value: .closed)
        /// An answer of another shape than expected.
        package static let invalidReply = Code(value: .invalidReply)
        /// Any other error reply.
        package static let reply = Code(value: .reply)

        package var description: String { value.rawValue }
    }

    package var code: Code
    /// What the server or the system said.
    ///
    /// Never holds a secret.
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var isRetriable: Bool {
        switch code.value {
        case .connectionLost, .timeout, .loading, .readOnly, .tryAgain, .masterDown, .busy, .stale, .persistenceFailed,
            .outOfMemory, .backlog, .notPrepared, .functionMissing, .groupMissing, .poolExhausted:
            true
        case .authentication, .configuration, .functionConflict, .closed, .invalidReply, .reply:
            false
        }
    }

    package var description: String { "\(code): \(message)" }
}

extension RedisError {
    private static let codes: [String: Code] = [
        "LOADING": .loading, "READONLY": .readOnly, "TRYAGAIN": .tryAgain, "CLUSTERDOWN": .tryAgain,
        "MASTERDOWN": .masterDown, "BUSY": .busy, "STALE": .stale,
        "MISCONF": .persistenceFailed, "NOREPLICAS": .persistenceFailed,
        "OOM": .outOfMemory, "BACKLOG": .backlog, "NOTPREPARED": .notPrepared, "NOAUTH": .authentication,
        "WRONGPASS": .authentication, "NOPERM": .authentication, "NOGROUP": .groupMissing,
    ]

    /// Reads an error reply: its first word says what it is.
    init(reply text: String) {
        if text.hasPrefix("ERR Function not found") {
            self.init(.functionMissing, text)
        } else if let code = Self.codes[String(text.prefix { $0 != " " })] {
            self.init(code, text)
        } else {
            self.init(.reply, text)
        }
    }
}
