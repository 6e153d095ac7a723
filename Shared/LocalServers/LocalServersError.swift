/// What went wrong while preparing, starting or stopping a private server.
///
/// `message` is written for the person at the terminal: it says what to do next.
package struct LocalServersError: Error, CustomStringConvertible {
    /// The kind of failure.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Kind: String {
            case alreadyRunning, folder, missingBinary, missingAccount, startFailed, unexpectedExit, command
        }

        private let kind: Kind

        private init(_ kind: Kind) {
            self.kind = kind
        }

        /// Another process holds the home folder.
        package static let alreadyRunning = Code(.alreadyRunning)
        /// A file or folder cannot be made, read, written or entered.
        package static let folder = Code(.folder)
        /// A server program is not installed.
        package static let missingBinary = Code(.missingBinary)
        /// There is no unprivileged account to run the servers under.
        package static let missingAccount = Code(.missingAccount)
        /// A server ended, or was not ready in time, while starting.
        package static let startFailed = Code(.startFailed)
        /// A running server ended by itself.
        package static let unexpectedExit = Code(.unexpectedExit)
        /// A helper program failed.
        package static let command = Code(.command)

        package var description: String { kind.rawValue }
    }

    /// The kind of failure.
    package let code: Code
    /// What happened and what to do about it, in one or more lines.
    package let message: String
    /// The failure behind it, if there was one.
    package let underlying: (any Error)?

    init(_ code: Code, _ message: String, underlying: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.underlying = underlying
    }

    /// Whether trying again without changing anything may help.
    package var isRetriable: Bool {
        code == .unexpectedExit || code == .startFailed
    }

    package var description: String { message }
}
