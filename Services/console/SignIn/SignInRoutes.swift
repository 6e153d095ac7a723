package import Access
internal import Crypto
package import Directory
internal import Domain
internal import HTTPTypes
package import Hummingbird
package import ServiceRuntime
internal import Synchronization

/// `/auth/…`: how people sign in and out.
package struct SignInRoutes: Sendable {
    private let desk: SignInDesk
    private let providers: [String: OpenIDProvider]
    private let settings: SignInConfiguration
    private let store: any AccountStore
    private let authenticator: Authenticator
    private let sessions: SessionVerifier
    private let workspaces: @Sendable () -> [Workspace]
    private let publicURL: String
    private let clock: any WallClock
    private let gate: SignInGate

    private static let bodyLimit = 8 << 10
    /// How long a provider may take to send somebody back.
    private static let stateLifetime = Duration.seconds(600)

    /// - Parameters:
    ///   - desk: Decides who is let in.
    ///   - settings: The providers, and whether passwords are good.
    ///   - store: Keeps sign-ins that have begun.
    ///   - authenticator: Knows who has signed in.
    ///   - sessions: What it knows is forgotten when a session ends.
    ///   - workspaces: All there are.
    ///   - publicURL: Where people find Oliver, without a slash at its end.
    ///   - clock: The present.
    ///   - uptimeClock: Bounds how many sign-ins begin.
    package init(
        desk: SignInDesk,
        settings: SignInConfiguration,
        store: any AccountStore,
        authenticator: Authenticator,
        sessions: SessionVerifier,
        workspaces: @escaping @Sendable () -> [Workspace],
        publicURL: String,
        clock: any WallClock,
        uptimeClock: any UptimeClock
    ) {
        self.desk = desk
        self.settings = settings
        self.store = store
        self.authenticator = authenticator
        self.sessions = sessions
        self.workspaces = workspaces
        self.publicURL = publicURL
        self.clock = clock
        gate = SignInGate(clock: uptimeClock)
        providers = Dictionary(
            uniqueKeysWithValues: settings.providers.map { ($0.name, OpenIDProvider($0, clock: clock)) }
        )
    }

    private var isSecure: Bool { publicURL.hasPrefix("https://") }

    /// Adds the routes.
    package func add(to router: Router<OliverRequestContext>) {
        router.get("/auth/providers") { _, _ in listProviders() }
        router.get("/auth/login/:provider") { request, context in
            try await begin(request, context, context.parameters.get("provider"))
        }
        router.get("/auth/callback/:provider") { request, context in
            try await page { try await finish(request, context, context.parameters.get("provider")) }
        }
        router.post("/auth/password", use: takePassword)
        router.post("/auth/link", use: takeLink)
        router.get("/auth/session") { request, _ in try await session(request) }
        router.post("/auth/sign-out", use: signOut)
    }

    private func listProviders() -> Response {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("providers")
        writer.beginArray()
        for provider in settings.providers {
            writer.beginObject()
            writer.member("id", provider.name)
            writer.member("name", provider.title)
            writer.member("url", "/auth/login/\(provider.name)")
            writer.endObject()
        }
        writer.endArray()
        writer.key("password")
        writer.bool(settings.allowsPasswords)
        writer.endObject()
        return .json(writer)
    }

    // MARK: - By a provider

    private func begin(
        _ request: Request,
        _ context: OliverRequestContext,
        _ name: String?
    ) async throws -> Response {
        guard let provider = name.flatMap({ providers[$0] }) else {
            throw Problem.notFound("There is no such provider.")
        }
        let now = clock.now
        switch gate.step(from: context.address, at: now) {
        case .wait(let pause): throw Problem.rateLimitedSignIn(pause)
        case .sweep: try await store.sweep(at: now)
        case .go: break
        }
        let token = SessionToken.generate()
        let state = SignInState(
            provider: provider.settings.name,
            nonce: SessionToken.generate().text,
            verifier: SessionToken.generate().text,
            returnPath: Self.returnPath(request.query("return")),
            expiresAt: now.adding(Self.stateLifetime)
        )
        let url: String
        do {
            url = try await provider.authorizationURL(
                redirect: redirect(to: provider.settings),
                state: token.text,
                nonce: state.nonce,
                verifier: state.verifier
            )
        } catch {
            throw error.problem
        }
        try await store.keep(state, token.hash)
        var response = Response(status: .found, headers: [.location: url, .cacheControl: "no-store"])
        response.headers.append(setCookie: stateCookie(token.text, seconds: Self.stateLifetime.components.seconds))
        return response
    }

    private func finish(
        _ request: Request,
        _ context: OliverRequestContext,
        _ name: String?
    ) async throws -> Response {
        guard let provider = name.flatMap({ providers[$0] }) else {
            throw Problem.notFound("There is no such provider.")
        }
        let origin = origin(of: request, context)
        let sent = request.query("state").flatMap { SessionToken($0) }
        let own = request.cookies[stateCookieName].flatMap { SessionToken($0.value) }
        // The browser that comes back must be the one that was sent: else somebody would be signed in as another.
        guard let sent, let own, sent.hash == own.hash, let state = try await store.takeState(sent.hash, at: clock.now),
            state.provider == provider.settings.name
        else { throw SignInDesk.Refusal.state.problem }
        let identity: ProvenIdentity
        do throws(OpenIDFailure) {
            if let word = request.query("error") {
                throw OpenIDFailure(.refused, "the provider says: \(word.prefix(64))")
            }
            guard let code = request.query("code"), code.utf8.count <= 8_192 else {
                throw OpenIDFailure(.refused, "the provider sent no code")
            }
            identity = try await provider.identity(
                code: code,
                redirect: redirect(to: provider.settings),
                verifier: state.verifier,
                nonce: state.nonce
            )
        } catch {
            try await desk.note(error, of: provider.settings, origin)
            throw error.problem
        }
        let token = try await desk.signIn(identity, of: provider.settings, origin)
        var response = Response(status: .found, headers: [.location: state.returnPath, .cacheControl: "no-store"])
        response.headers.append(setCookie: stateCookie("", seconds: 0))
        response.headers.append(
            setCookie: SessionCookie.header(token, isSecure: isSecure, lifetime: SessionRules.absolute)
        )
        return response
    }

    private func redirect(to provider: ProviderSettings) -> String {
        "\(publicURL)/auth/callback/\(provider.name)"
    }

    /// A path of ours to go to after the sign-in; anything else would lead people astray.
    static func returnPath(_ text: String?) -> String {
        guard let text, text.utf8.count <= 1_024, text.hasPrefix("/"), !text.hasPrefix("//"),
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") })
        else { return "/" }
        return text
    }

    private var stateCookieName: String { isSecure ? "__Host-oliver_sign_in" : "oliver_sign_in" }

    private func stateCookie(_ value: String, seconds: Int64) -> String {
        let secure = isSecure ? "; Secure" : ""
        return "\(stateCookieName)=\(value); Path=/; Max-Age=\(seconds); HttpOnly; SameSite=Lax\(secure)"
    }

    private func origin(of request: Request, _ context: OliverRequestContext) -> SignInDesk.Origin {
        SignInDesk.Origin(
            requestID: context.requestID,
            previous: SessionCookie(of: request)?.token.hash,
            address: context.address
        )
    }

    // MARK: - By a password or a link

    private func takePassword(_ request: Request, _ context: OliverRequestContext) async throws -> Response {
        guard settings.allowsPasswords else { throw Problem.notFound("Passwords are switched off.") }
        var fields = try await fields(of: request, ["email", "password"])
        let email = fields.required("email", limit: 254)
        let password = fields.required("password", limit: Passwords.lengths.upperBound)
        guard fields.faults.isEmpty else { throw Problem.invalid(fields.faults) }
        return try await opened(
            try await desk.signIn(email: email, password: password, origin(of: request, context))
        )
    }

    private func takeLink(_ request: Request, _ context: OliverRequestContext) async throws -> Response {
        var fields = try await fields(of: request, ["token"])
        let text = fields.required("token")
        guard fields.faults.isEmpty else { throw Problem.invalid(fields.faults) }
        guard let token = SessionToken(text) else { throw SignInDesk.Refusal.credentials.problem }
        return try await opened(try await desk.signIn(link: token, origin(of: request, context)))
    }

    private func fields(of request: Request, _ known: Set<String>) async throws -> FieldReader {
        // Another site cannot send JSON without being asked first, and is not allowed to.
        try request.requireJSON()
        let site = request.headers[.secFetchSite]
        guard site == nil || site == "same-origin" || site == "none" else {
            throw Problem.csrf("The browser says that another site sent this.")
        }
        let bytes = Array(buffer: try await request.readBody(limit: Self.bodyLimit))
        return FieldReader(try JSONValue(body: bytes), known: known)
    }

    /// The session as the page that signed in gets to know it.
    private func opened(_ token: SessionToken) async throws -> Response {
        guard let signedIn = try await store.session(token.hash) else { throw SignInDesk.Refusal.credentials.problem }
        var response = Response.json(SessionAnswer(signedIn, token, workspaces: workspaces()).body)
        response.headers[.cacheControl] = "no-store"
        response.headers.append(
            setCookie: SessionCookie.header(token, isSecure: isSecure, lifetime: SessionRules.absolute)
        )
        return response
    }

    // MARK: - The session

    private func session(_ request: Request) async throws -> Response {
        guard let (signedIn, token) = try await authenticator.session(of: request) else {
            throw AccessRefusal.signedOut.problem
        }
        var response = Response.json(SessionAnswer(signedIn, token, workspaces: workspaces()).body)
        response.headers[.cacheControl] = "no-store"
        return response
    }

    private func signOut(_ request: Request, _ context: OliverRequestContext) async throws -> Response {
        guard let (signedIn, token) = try await authenticator.session(of: request) else {
            throw AccessRefusal.signedOut.problem
        }
        let bytes = Array(buffer: try await request.readBody(limit: Self.bodyLimit))
        let body = bytes.isEmpty ? JSONValue.object([]) : try JSONValue(body: bytes)
        var fields = FieldReader(body, known: ["everywhere"])
        if let value = fields["everywhere"], value != .bool(true), value != .bool(false) {
            fields.fault("everywhere", "type", "must be true or false")
        }
        guard fields.faults.isEmpty else { throw Problem.invalid(fields.faults) }
        let everywhere = fields["everywhere"] == .bool(true)
        try await desk.signOut(signedIn, token, everywhere: everywhere, origin(of: request, context))
        sessions.forget()
        var response = Response(status: .noContent)
        response.headers.append(setCookie: SessionCookie.header(nil, isSecure: isSecure, lifetime: .zero))
        return response
    }
}

extension HTTPFields {
    /// Adds a cookie: each has a header of its own.
    fileprivate mutating func append(setCookie value: String) {
        append(HTTPField(name: .setCookie, value: value))
    }
}
