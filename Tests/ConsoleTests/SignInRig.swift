import Access
import Console
import Directory
import Domain
import HTTPTypes
import Hummingbird
import ServiceRuntime
import Synchronization
import TestSupport
import Testing

/// The clock of a test, moved by hand.
final class RigClock: WallClock, UptimeClock {
    private let elapsed = Mutex(Duration.seconds(1_000))
    private let start: Timestamp

    init(start: Timestamp = Timestamp(seconds: 1_795_428_000)) {
        self.start = start.adding(.seconds(-1_000))
    }

    var uptime: Duration { elapsed.withLock { $0 } }
    var now: Timestamp { start.adding(uptime) }

    func advance(by duration: Duration) {
        elapsed.withLock { $0 += duration }
    }
}

/// The routes of sign-in over accounts in memory, and a route that needs a permission.
struct SignInRig: Sendable {
    let clock: RigClock
    let store = InMemoryAccountStore()
    let organisation = InMemoryOrganisationStore(workspaces: ["acme", "beta"])
    let front: HTTPFront
    /// Cheap ones: a hash takes a second without the optimizer.
    static let passwords = Passwords(rounds: 1 << 8)

    init(
        providers: [ProviderSettings] = [],
        publicURL: String = "http://test",
        clock: RigClock = RigClock()
    ) {
        self.clock = clock
        var settings = SignInConfiguration()
        settings.providers = providers
        let sessions = SessionVerifier(source: store, wallClock: clock, uptimeClock: clock)
        let verifier = KeyVerifier(wallClock: clock, uptimeClock: clock)
        let authenticator = Authenticator(verifier: verifier, sessions: sessions)
        let desk = SignInDesk(
            store: store,
            organisation: organisation,
            passwords: Self.passwords,
            isSecure: publicURL.hasPrefix("https"),
            clock: clock,
            uptimeClock: clock,
            logger: .quiet
        )
        let signIn = SignInRoutes(
            desk: desk,
            settings: settings,
            store: store,
            authenticator: authenticator,
            sessions: sessions,
            workspaces: {
                var workspaces = ["acme", "beta", "probe"].map { Workspace(id: $0, createdAt: clock.now) }
                workspaces[2].isHidden = true
                return workspaces
            },
            publicURL: publicURL,
            clock: clock,
            uptimeClock: clock
        )
        let people = PeopleRoutes(
            authenticator: authenticator,
            store: store,
            organisation: organisation,
            clock: clock
        )
        let routes: @Sendable (Router<OliverRequestContext>) -> Void = { router in
            signIn.add(to: router)
            people.add(to: router)
            router.get("/read") { request, _ in try await authenticator.caller(of: request, needing: .read).id }
            router.post("/change") { request, _ in try await authenticator.caller(of: request, needing: .budgets).id }
        }
        front = HTTPFront(
            parts: [ServiceParts(name: "test", routes: routes)],
            registry: PrometheusRegistry(),
            logger: .quiet,
            clock: clock
        )
    }

    /// Somebody with a role.
    @discardableResult func make(
        _ email: String? = "ada@example.com",
        _ grants: [Grant] = [Grant(role: .owner)],
        password: String? = nil
    ) async throws -> Person {
        let hash: String? = if let password { try await Self.passwords.hash(password) } else { nil }
        let administration = AccountAdministration(store: store, author: "test", clock: clock)
        return try await administration.create(email: email, name: "Ada", grants: grants, passwordHash: hash)
    }

    func link(to person: Person) async throws -> String {
        try await AccountAdministration(store: store, author: "test", clock: clock).link(to: person).text
    }

    /// Sends a request with a browser's cookies, and keeps those that the answer sets.
    @discardableResult func send(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ body: String = "",
        by browser: Browser,
        csrf: String? = nil,
        site: String? = "same-origin",
        ifMatch: String? = nil,
        from address: String? = nil,
        expecting status: HTTPResponse.Status = .ok
    ) async throws -> HTTPReply {
        var headers: HTTPFields = [:]
        if !browser.cookies.isEmpty { headers[.cookie] = browser.cookies }
        if !body.isEmpty { headers[.contentType] = "application/json" }
        if let csrf { headers[.csrfToken] = csrf }
        if let ifMatch { headers[.ifMatch] = ifMatch }
        if let site { headers[.secFetchSite] = site }
        let reply = try await front.send(method, path, headers: headers, body: body, from: address)
        #expect(reply.status == status, "\(method) \(path): \(reply.text)")
        browser.take(reply.headers[values: .setCookie])
        return reply
    }

    /// Signs somebody in by a link; the session as JSON.
    @discardableResult func signIn(_ person: Person, by browser: Browser) async throws -> JSONValue {
        let body = #"{"token":"\#(try await link(to: person))"}"#
        return try JSONValue(parsing: Array(try await send(.post, "/auth/link", body, by: browser).text.utf8))
    }

    /// What the audit log would hold of sign-ins.
    var audited: [String] {
        store.audited.map(\.action).filter { $0.hasPrefix("session.") }
    }
}

/// Keeps cookies as a browser does.
final class Browser: Sendable {
    private let jar = Mutex<[String: String]>([:])
    /// The last `Set-Cookie` headers, whole.
    private let last = Mutex<[String]>([])

    var cookies: String {
        jar.withLock { $0.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: "; ") }
    }

    var lastHeaders: [String] { last.withLock { $0 } }

    subscript(name: String) -> String? {
        get { jar.withLock { $0[name] } }
        set { jar.withLock { $0[name] = newValue } }
    }

    func take(_ headers: [String]) {
        if !headers.isEmpty { last.withLock { $0 = headers } }
        for header in headers {
            let pair = header.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2 else { continue }
            let isGone = header.contains("Max-Age=0")
            jar.withLock { $0[String(pair[0])] = isGone ? nil : String(pair[1]) }
        }
    }
}
