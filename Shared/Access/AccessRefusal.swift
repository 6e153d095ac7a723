package import ServiceRuntime

/// Why a request is not let in.
package enum AccessRefusal: Error, Sendable, Hashable {
    /// No `Authorization: Bearer` header.
    case missing
    /// Not a key, or one nobody knows.
    case unknown
    case revoked
    case expired
    /// The key lacks the scope with this name.
    case scope(String)
    /// The key is bound to another workspace.
    case workspace
    /// The key's rate limit is used up.
    case rate(retryAfter: Duration)
    /// Neither PostgreSQL nor Redis could be asked for too long: the key may have been revoked meanwhile.
    case stale

    /// The answer to the client.
    package var problem: Problem {
        switch self {
        case .missing:
            .unauthorized("Send an API key as \"Authorization: Bearer olv_…\".")
        // One text for all: a client learns nothing about keys that exist.
        case .unknown, .revoked, .expired:
            .unauthorized("The API key is not known, or it is no longer valid.")
        case .scope(let name):
            .forbidden("The API key lacks the scope \"\(name)\".")
        case .workspace:
            .forbidden("The API key is bound to another workspace.")
        case .rate(let retryAfter):
            .rateLimited(retryAfter: retryAfter)
        case .stale:
            .unavailable("API keys cannot be checked at the moment.", retryAfter: .seconds(2))
        }
    }
}
