/// Why a provider's word is not taken.
package struct OpenIDFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kinds of failure.
    package enum Kind: Sendable, Hashable {
        /// It cannot be reached, or answers nonsense: later it may be otherwise.
        case unavailable
        /// It says no, or what it says proves nothing.
        case refused
    }

    package let kind: Kind
    /// What happened, for the log and the audit; no part of a token.
    package let description: String

    package init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }

    static func refused(_ description: String) -> OpenIDFailure { OpenIDFailure(.refused, description) }
    static func unavailable(_ description: String) -> OpenIDFailure { OpenIDFailure(.unavailable, description) }
}
