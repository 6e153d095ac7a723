import HTTPTypes
package import Hummingbird
package import ServiceRuntime

/// Finds out who sent a request, for routes: a program by its key, or a person by the session's cookie.
package struct Authenticator: Sendable {
    private let verifier: KeyVerifier
    private let sessions: SessionVerifier?
    private let unhidden: @Sendable () -> [String]?
    private let refresh: @Sendable () async -> Void

    /// Makes an authenticator; without sessions it knows only keys.
    ///
    /// `refresh` brings the verifier's copy up to date when a key is not good by it: the key may have been made a moment
    /// ago. It must bound how often it asks, because anyone can send wrong keys. `unhidden` gives ``Caller/unhidden``.
    package init(
        verifier: KeyVerifier,
        sessions: SessionVerifier? = nil,
        refresh: @escaping @Sendable () async -> Void = {},
        unhidden: @escaping @Sendable () -> [String]? = { nil }
    ) {
        self.verifier = verifier
        self.sessions = sessions
        self.unhidden = unhidden
        self.refresh = refresh
    }

    /// The caller of a request, narrowed to where they may do what it needs.
    ///
    /// - Parameters:
    ///   - request: Its headers say who sent it; a key goes before a cookie.
    ///   - permission: What it needs; nothing is needed but to be known when it is empty.
    ///   - limitedToTeams: Whether the route keeps to the teams of ``Caller/reach``. Otherwise who may see only some teams
    ///     of a workspace is refused.
    /// - Returns: The caller, whose reach is not empty.
    /// - Throws: ``Problem``: 401, 403, 429, 503.
    package func caller(
        of request: Request,
        needing permission: Permission,
        limitedToTeams: Bool = false
    ) async throws(Problem) -> Caller {
        let authorization = request.headers.value(of: .authorization)
        if authorization == nil, let (signedIn, _) = try await session(of: request) {
            do {
                return shown(try signedIn.caller.narrowed(to: permission, limitedToTeams: limitedToTeams))
            } catch {
                throw error.problem
            }
        }
        do {
            let caller = try verifier.verify(
                authorization: authorization,
                needing: permission,
                limitedToTeams: limitedToTeams
            )
            return shown(caller)
        } catch let refusal where refusal.isWrongKey && RawKey.isPlausible(authorization: authorization) {
            // All wrong keys wait alike: how long it takes does not tell whether one was ever good.
            await refresh()
        } catch {
            throw error.problem
        }
        do {
            let caller = try verifier.verify(
                authorization: authorization,
                needing: permission,
                limitedToTeams: limitedToTeams
            )
            return shown(caller)
        } catch {
            throw error.problem
        }
    }

    /// The caller, who is told what is not hidden.
    private func shown(_ caller: Caller) -> Caller {
        guard caller.reach.isEverywhere, let unhidden = unhidden() else { return caller }
        var caller = caller
        caller.unhidden = unhidden
        return caller
    }

    /// The person who signed in, whatever they may do; nil when the request has no cookie of ours.
    ///
    /// - Returns: The session, and the token that its cookie brought.
    /// - Throws: ``Problem``: 401 for a session that has ended, 403 `csrf` for a change that a page of ours did not send,
    ///   429, 503.
    package func session(of request: Request) async throws(Problem) -> (signedIn: SignedIn, token: SessionToken)? {
        guard let sessions, let cookie = SessionCookie(of: request) else { return nil }
        let signedIn: SignedIn
        do {
            signedIn = try await sessions.verify(cookie)
        } catch {
            throw error.problem
        }
        try request.requireOwnOrigin(cookie.token)
        return (signedIn, cookie.token)
    }
}

extension AccessRefusal {
    /// Whether the key is none that is good now.
    fileprivate var isWrongKey: Bool {
        switch self {
        case .unknown, .revoked, .expired: true
        default: false
        }
    }
}

extension RawKey {
    /// Whether a header holds something of the form of a key, so that looking for it is worth while.
    fileprivate static func isPlausible(authorization: String?) -> Bool {
        authorization?.split(separator: " ").last.flatMap { RawKey($0) } != nil
    }
}
