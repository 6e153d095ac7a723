internal import Access
internal import Directory
internal import Domain
internal import HTTPTypes
internal import Hummingbird
package import ServiceRuntime
internal import Synchronization

/// Who has signed in and what they may do, as `GET /auth/session` shows it.
struct SessionAnswer {
    private let signedIn: SignedIn
    private let token: SessionToken
    private let workspaces: [Workspace]

    init(_ signedIn: SignedIn, _ token: SessionToken, workspaces: [Workspace]) {
        self.signedIn = signedIn
        self.token = token
        self.workspaces = workspaces
    }

    var body: JSONWriter {
        let caller = signedIn.caller
        var writer = JSONWriter(reserving: 1_024)
        writer.beginObject()
        writer.key("person")
        writer.beginObject()
        writer.member("id", signedIn.personID)
        writer.member("name", signedIn.name)
        writer.key("email")
        writer.optional(signedIn.email)
        writer.endObject()
        writer.key("grants")
        writer.beginArray()
        for grant in signedIn.grants {
            writer.beginObject()
            writer.member("role", grant.role.rawValue)
            writer.key("workspace")
            writer.optional(grant.workspace)
            writer.key("team")
            writer.optional(grant.team)
            writer.endObject()
        }
        writer.endArray()
        writer.write(permissions: caller.allowances.reduce(into: []) { $0.formUnion($1.permissions) })
        writer.key("workspaces")
        writer.beginArray()
        for workspace in workspaces.sorted(by: { $0.id < $1.id }) where !workspace.isHidden {
            Self.write(workspace, caller, to: &writer)
        }
        writer.endArray()
        writer.member("csrf_token", token.csrfToken)
        writer.member("expires_at", signedIn.expiresAt.rfc3339)
        writer.endObject()
        return writer
    }

    /// A workspace that the person reaches, with what they may do in it, and of which teams they may read.
    private static func write(_ workspace: Workspace, _ caller: Caller, to writer: inout JSONWriter) {
        let permissions = caller.allowances.reduce(into: Permission()) { permissions, allowance in
            if allowance.reach.teams(of: workspace.id) != nil { permissions.formUnion(allowance.permissions) }
        }
        guard !permissions.isEmpty else { return }
        writer.beginObject()
        writer.member("id", workspace.id)
        writer.member("name", workspace.name)
        writer.member("time_zone", workspace.timeZone)
        writer.member("week_start", workspace.weekStart)
        writer.member("fiscal_year_start", workspace.fiscalYearStart)
        writer.member("currency", workspace.currency)
        writer.write(permissions: permissions)
        writer.key("teams")
        if case .only(let teams)? = caller.reach(for: .read).teams(of: workspace.id) {
            writer.beginArray()
            for team in teams.sorted() { writer.string(team) }
            writer.endArray()
        } else {
            writer.null()
        }
        writer.endObject()
    }
}

extension JSONWriter {
    fileprivate mutating func write(permissions: Permission) {
        key("permissions")
        beginArray()
        for name in permissions.names { string(name) }
        endArray()
    }
}

/// Bounds how many sign-ins begin, of each network and of all: each leaves a row for ten minutes, and anyone can begin one.
final class SignInGate: Sendable {
    enum Step {
        case go
        /// What has expired is to be removed first.
        case sweep
        case wait(Duration)
    }

    private struct State {
        var limit = NetworkLimit(each: SignInGate.each, all: SignInGate.all)
        var sweptAt: Timestamp?
    }

    private let state = Mutex(State())
    private let clock: any UptimeClock

    // An office shares one address, and all begin in the morning.
    fileprivate static let each = RateLimit(perSecond: 2, burst: 40)
    fileprivate static let all = RateLimit(perSecond: 20, burst: 100)

    init(clock: any UptimeClock) {
        self.clock = clock
    }

    /// What becomes of a sign-in that somebody wants to begin.
    func step(from address: String?, at now: Timestamp) -> Step {
        let (network, uptime) = (KeyHash.network(of: address), clock.uptime)
        return state.withLock { state in
            if let pause = state.limit.take(from: network, at: uptime) { return .wait(pause) }
            if let swept = state.sweptAt, now < swept.adding(.seconds(60)) { return .go }
            state.sweptAt = now
            return .sweep
        }
    }
}

extension OpenIDFailure {
    /// The answer to the browser.
    var problem: Problem {
        switch kind {
        case .unavailable: .unavailable("The sign-in did not work: \(description).", retryAfter: .seconds(5))
        case .refused: .signIn("The sign-in did not work: \(description).")
        }
    }
}

extension SignInDesk.Refusal: AnswerableError {
    package var problem: Problem {
        switch self {
        case .credentials:
            .signIn("The address, the password or the link is wrong, or it is no longer valid.")
        case .noAccess(let email):
            .noAccess(
                "Nobody gave a role to \(email ?? "this account"): ask an administrator of Oliver for access, then sign in "
                    + "again."
            )
        case .otherIdentity:
            .noAccess("The account with this e-mail address belongs to another sign-in: ask an administrator.")
        case .email(.notASCII):
            .signIn(
                "Your e-mail address has letters beyond a to z, by which Oliver finds no account: ask an administrator for "
                    + "an address without them at your provider, or for a link."
            )
        case .email(.unproven):
            .signIn(
                "Microsoft does not say that your e-mail address is verified. An administrator must add the optional claim "
                    + "xms_edov to the ID tokens of Oliver's app registration, or ask for the scope profile, with which "
                    + "Microsoft sends preferred_username."
            )
        case .state:
            .badRequest("This sign-in was not begun in this browser, or too long ago: start again.")
        case .provider(let failure): failure.problem
        }
    }
}

extension Problem {
    /// 403: somebody who is known and may do nothing here.
    static func noAccess(_ detail: String) -> Problem {
        Problem("no-access", status: .forbidden, title: "You have no access to Oliver yet", detail: detail)
    }

    /// 401: a sign-in that proves nothing.
    static func signIn(_ detail: String) -> Problem {
        Problem("sign-in-failed", status: .unauthorized, title: "The sign-in did not work", detail: detail)
    }
}

/// Answers somebody who comes back from a provider with a page: a browser shows it as it is.
func page(_ answer: () async throws -> Response) async throws -> Response {
    let problem: Problem
    do {
        return try await answer()
    } catch let error as any AnswerableError {
        problem = error.problem
    }
    let text = """
        <!doctype html><html lang="en"><meta charset="utf-8"><title>Oliver: \(escaped(problem.title))</title>
        <body style="font:16px/1.5 system-ui;max-width:36em;margin:15vh auto;padding:0 1em">
        <h1 style="font-size:1.4em">\(escaped(problem.title))</h1><p>\(escaped(problem.detail ?? ""))</p>
        <p><a href="/sign-in">Back to the sign-in</a></p></body></html>
        """
    return Response(
        status: problem.status,
        headers: [
            .contentType: "text/html; charset=utf-8", .cacheControl: "no-store",
            .contentSecurityPolicy: "default-src 'none'; style-src 'unsafe-inline'",
        ],
        body: ResponseBody(byteBuffer: ByteBuffer(string: text))
    )
}

private func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
        .replacing("\"", with: "&quot;")
}
