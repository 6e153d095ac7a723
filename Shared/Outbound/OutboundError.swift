/// Why something could not be handed to another server, or had from it.
package struct OutboundError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of failure.
    package struct Code: Hashable, Sendable {
        private enum Kind {
            case invalid, refusedAddress, unreachable, tls, credentials, timeout, tooLarge, refused, busy, unknown
        }
        private let kind: Kind

        /// The request itself cannot be sent: a bad address or setting.
        package static let invalid = Code(kind: .invalid)
        /// The host has an address that may not be connected to.
        package static let refusedAddress = Code(kind: .refusedAddress)
        /// There is no such host, or nobody listens there or takes a connection in time.
        package static let unreachable = Code(kind: .unreachable)
        /// The connection could not be made safe, or the certificate is not trusted.
        package static let tls = Code(kind: .tls)
        /// The server does not take the user or the password.
        package static let credentials = Code(kind: .credentials)
        /// It took too long.
        package static let timeout = Code(kind: .timeout)
        /// The answer has more bytes than are taken.
        package static let tooLarge = Code(kind: .tooLarge)
        /// The server refused it for good: the same again would be refused again.
        package static let refused = Code(kind: .refused)
        /// The server refused it for now.
        package static let busy = Code(kind: .busy)
        /// The connection broke: whether the server took it is not known.
        package static let unknown = Code(kind: .unknown)
    }

    package let code: Code
    /// What happened, for people; holds no secret.
    package let message: String
    /// The server's status (SMTP or HTTP), when it gave one.
    package let status: Int?

    package init(_ code: Code, _ message: String, status: Int? = nil) {
        self.code = code
        self.message = message
        self.status = status
    }

    /// Whether the same again may succeed later.
    ///
    /// Credentials and certificates count as such, since somebody will mend them.
    package var isRetriable: Bool {
        code != .invalid && code != .refusedAddress && code != .refused && code != .tooLarge
    }

    package var description: String { message }
}
