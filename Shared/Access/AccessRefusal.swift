package import ServiceRuntime

/// Why a request is not let in.
package enum AccessRefusal: Error, Sendable, Hashable {
    /// No `Authorization: Bearer` header.
    case missing
    /// Not a key, or one nobody knows.
    case unknown
    case revoked
    case expired
    /// No session, or one that has ended.
    case signedOut
    /// The key lacks the scope with this name.
    case scope(String)
    /// The person lacks the permission with this name.
    case permission(String)
    /// It is about a role above one's own.
    case role(Role)
    /// It is allowed in other workspaces only.
    case workspace
    /// It is allowed for some teams only, and this cannot be limited to teams.
    case team
    /// It is allowed in several workspaces and the request names none.
    case ambiguous
    /// It concerns all workspaces, and it is allowed in some only.
    case everywhere
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
        case .signedOut:
            .unauthorized("Sign in: there is no session, or it has ended.", title: "Sign in")
        case .scope(let name):
            .forbidden("The API key lacks the scope \"\(name)\".")
        case .permission(let name):
            .notAllowed("It needs the permission \"\(name)\": ask an administrator for a role that has it.")
        case .role(let role):
            .notAllowed(
                "Only who has the role \"\(role.rawValue)\" there may give or take it, or change what somebody with it may do."
            )
        case .workspace:
            .notAllowed("The API key or the role is for another workspace.")
        case .team:
            .notAllowed("The role is for single teams, and this shows or changes more than these.")
        case .ambiguous:
            .invalid("workspace", code: "missing", detail: "names one of the workspaces that the caller reaches")
        case .everywhere:
            .notAllowed("This concerns all workspaces, and the API key or the role is for some only.")
        case .rate(let retryAfter):
            .rateLimited(retryAfter: retryAfter)
        case .stale:
            .unavailable("API keys and sessions cannot be checked at the moment.", retryAfter: .seconds(2))
        }
    }
}

extension Problem {
    /// 403: a place or a permission that the key or the person does not have.
    fileprivate static func notAllowed(_ detail: String) -> Problem {
        var problem = Problem.forbidden(detail)
        problem.title = "This is not allowed"
        return problem
    }
}
