/// An error that knows whether trying the same again can help.
package protocol RetriableError: Error {
    /// Whether the cause is expected to pass by itself: a lost connection, a server that is starting.
    var isRetriable: Bool { get }
}

/// What goes wrong in streams.
package struct StreamsError: RetriableError, CustomStringConvertible {
    /// The kind of failure.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String {
            case partitioningChanged = "partitioning_changed"
            case notPrepared = "not_prepared"
            case unavailable
            case invalidReply = "invalid_reply"
        }

        private let value: Value

        /// The streams were made with another number of partitions.
        package static let partitioningChanged = Code(value: .partitioningChanged)
        /// Groups or epoch are missing: call `prepare`.
        package static let notPrepared = Code(value: .notPrepared)
        /// The streams cannot be reached.
        package static let unavailable = Code(value: .unavailable)
        /// The server answered with something that Oliver does not understand.
        package static let invalidReply = Code(value: .invalidReply)

        package var description: String { value.rawValue }
    }

    package var code: Code
    package var message: String
    package var underlying: (any Error)?

    package init(_ code: Code, _ message: String, underlying: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.underlying = underlying
    }

    package var isRetriable: Bool {
        switch code {
        case .unavailable, .notPrepared: true
        default: false
        }
    }

    package var description: String { "\(code): \(message)" }
}
