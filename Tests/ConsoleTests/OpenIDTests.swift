import Access
import Console
import Directory
import Domain
import HTTPTypes
import ServiceRuntime
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(3))) struct `Signing in with a provider` {
    private func withRig(
        roles: [String: [Grant]] = [:],
        _ body: @escaping @Sendable (SignInRig, TestProvider) async throws -> Void
    ) async throws {
        try await TestProvider.with { provider in
            var settings = ProviderSettings(
                name: "test",
                title: "Test",
                issuer: provider.url,
                clientID: "client",
                clientSecret: "s&cret"
            )
            settings.roles = roles
            try await body(SignInRig(providers: [settings]), provider)
        }
    }

    @Test func `a proven address leads to the account that waits for it, and the next time the identity does`()
        async throws
    {
        try await withRig { rig, provider in
            let person = try await rig.make()
            let browser = Browser()
            let begun = try await rig.begin(by: browser)
            for part in [
                "response_type=code", "client_id=client", "code_challenge_method=S256", "scope=openid%20profile",
            ] {
                #expect(begun.location.contains(part))
            }
            #expect(begun.location.contains("redirect_uri=http%3A%2F%2Ftest%2Fauth%2Fcallback%2Ftest"))
            let code = provider.code(rig.claims(provider, begun))
            let reply = try await rig.comeBack(code: code, state: begun.state, by: browser, expecting: .found)
            #expect(reply.headers[.location] == "/budgets")
            #expect(provider.state.withLock { $0.lastForm.contains("code_verifier=") })
            #expect(browser["oliver_sign_in"] == nil)
            #expect(try await rig.send(.get, "/read", by: browser).text == person.id)
            #expect(
                try await rig.store.person(id: person.id)?.identity == .init(provider: "test", subject: "subject-1")
            )
            let other = Browser()
            try await rig.signIn(
                at: provider,
                ["email": "new@example.com", "email_verified": false],
                by: other,
                expecting: .found
            )
            #expect(try await rig.send(.get, "/read", by: other).text == person.id)
            #expect(provider.state.withLock { $0.keyRequests } == 1)
        }
    }

    /// Claims that must not be believed.
    @Test func `a token that is not meant for us, now and for this sign-in signs nobody in`() async throws {
        try await withRig { rig, provider in
            try await rig.make()
            let now = rig.clock.now.microseconds / 1_000_000
            let bad: [(claims: [String: JSONValue], word: String)] = [
                (["nonce": "other"], "another sign-in"), (["nonce": .null], "another sign-in"),
                (["aud": "other"], "another audience"), (["aud": ["client", "other"]], "another party"),
                (["azp": "other"], "another party"), (["iss": "https://evil.example.com"], "another issuer"),
                (["exp": .int(now - 60)], "expired"), (["iat": .int(now + 60)], "future"),
                (["nbf": .int(now + 61)], "future"), (["sub": ""], "nobody"), (["exp": .null], "cannot be read"),
            ]
            for (claims, word) in bad {
                let browser = Browser()
                let reply = try await rig.signIn(at: provider, claims, by: browser, expecting: .unauthorized)
                #expect(reply.text.contains(word), "\(claims): \(reply.text)")
                #expect(reply.headers[.contentType]?.hasPrefix("text/html") == true)
                #expect(browser["oliver_session"] == nil)
            }
            #expect(rig.audited == Array(repeating: "session.refuse", count: bad.count))
            // A minute of difference between clocks is nothing.
            let skewed: [[String: JSONValue]] = [
                ["exp": .int(now - 59)], ["iat": .int(now + 59)], ["aud": ["client", "other"], "azp": "client"],
                ["aud": ["client"]],
            ]
            for claims in skewed { try await rig.signIn(at: provider, claims, expecting: .found) }
        }
    }

    @Test func `a token signed by another key, by none or with the public key as a secret signs nobody in`()
        async throws
    {
        try await withRig { rig, provider in
            try await rig.make()
            try await rig.signIn(at: provider, expecting: .found)
            for signature in [TestProvider.Signature.foreign, .none, .publicKeyAsSecret] {
                provider.state.withLock { $0.signature = signature }
                try await rig.signIn(at: provider, expecting: .unauthorized)
            }
            provider.state.withLock { $0.signature = .own }
            try await rig.signIn(at: provider, expecting: .found)
        }
    }

    @Test func `a new key of the provider is fetched, but not as often as somebody wants`() async throws {
        try await withRig { rig, provider in
            try await rig.make()
            try await rig.signIn(at: provider, expecting: .found)
            rig.clock.advance(by: .seconds(11))
            provider.rotate(to: "k2")
            try await rig.signIn(at: provider, expecting: .found)
            #expect(provider.state.withLock { $0.keyRequests } == 2)
            provider.rotate(to: "k3")
            for _ in 0..<3 { try await rig.signIn(at: provider, expecting: .unauthorized) }
            #expect(provider.state.withLock { $0.keyRequests } == 2)
            rig.clock.advance(by: .seconds(11))
            try await rig.signIn(at: provider, expecting: .found)
        }
    }

    @Test func `an answer counts once, in the browser that asked and for ten minutes`() async throws {
        try await withRig { rig, provider in
            try await rig.make()
            let browser = Browser()
            let begun = try await rig.begin(by: browser)
            let claims = rig.claims(provider, begun)
            let other = Browser()
            let foreign = try await rig.begin(by: other)
            // Somebody else's state, none, and one that nobody began.
            for state in [foreign.state, "", String(repeating: "x", count: 43)] {
                try await rig.comeBack(code: provider.code(claims), state: state, by: browser, expecting: .badRequest)
            }
            let code = provider.code(claims)
            let cookie = browser["oliver_sign_in"]
            try await rig.comeBack(code: code, state: begun.state, by: browser, expecting: .found)
            browser["oliver_sign_in"] = cookie
            try await rig.comeBack(code: code, state: begun.state, by: browser, expecting: .badRequest)
            // A code that was used before, in a sign-in that is good otherwise.
            let again = try await rig.begin(by: browser)
            try await rig.comeBack(code: code, state: again.state, by: browser, expecting: .unauthorized)
            let late = try await rig.begin(by: browser)
            rig.clock.advance(by: .seconds(600))
            let lateCode = provider.code(rig.claims(provider, late))
            try await rig.comeBack(code: lateCode, state: late.state, by: browser, expecting: .badRequest)
        }
    }

    @Test func `an address nobody has proven leads to no account, and who has no role is told so`() async throws {
        try await withRig { rig, provider in
            let person = try await rig.make()
            for verified in [JSONValue.bool(false), .null] {
                let reply = try await rig.signIn(at: provider, ["email_verified": verified], expecting: .forbidden)
                #expect(reply.text.contains("ask an administrator"))
            }
            #expect(try await rig.store.person(id: person.id)?.identity == nil)
            let nobody: [String: JSONValue] = ["email": "nobody@example.com", "sub": "s-2", "name": "<b>"]
            try await rig.signIn(at: provider, nobody, expecting: .forbidden)
            #expect(try await rig.store.people(matching: nil, reaching: nil, after: nil, limit: 10).count == 1)
            try await rig.make("idle@example.com", [])
            try await rig.signIn(at: provider, ["email": "idle@example.com", "sub": "s-3"], expecting: .forbidden)
            // The account is the first identity's for ever.
            try await rig.signIn(at: provider, expecting: .found)
            try await rig.signIn(at: provider, ["sub": "s-4"], expecting: .forbidden)
        }
    }

    @Test func `a proven address makes the users who have it that person, an unproven one does not`() async throws {
        try await withRig { rig, provider in
            let person = try await rig.make()
            for (id, workspace, email) in [("u1", "acme", "ADA@example.com"), ("u2", "beta", "new@example.com")] {
                let user = OrgUnit(.user, id: id, workspace: workspace, email: email, createdAt: rig.clock.now)
                _ = try await rig.organisation.create(user, by: "test")
            }
            func linked() async throws -> [String?] {
                try await [
                    rig.organisation.unit(.user, "u1", in: "acme")?.personID,
                    rig.organisation.unit(.user, "u2", in: "beta")?.personID,
                ]
            }
            try await rig.signIn(at: provider, ["email_verified": false], expecting: .forbidden)
            #expect(try await linked() == [nil, nil])
            let browser = Browser()
            try await rig.signIn(at: provider, by: browser, expecting: .found)
            #expect(try await linked() == [person.id, nil])
            // Known by their identity, with another address that they do not prove, and then do.
            let other: [String: JSONValue] = ["email": "new@example.com", "email_verified": false]
            try await rig.signIn(at: provider, other, expecting: .found)
            #expect(try await linked() == [person.id, nil])
            try await rig.signIn(at: provider, ["email": "new@example.com"], expecting: .found)
            #expect(try await linked() == [person.id, person.id])
            let shown = try await rig.send(.get, "/v1/people/\(person.id)", by: browser).text
            #expect(shown.contains(#""users":[{"workspace":"acme","id":"u1"},{"workspace":"beta","id":"u2"}]"#))
            #expect(rig.organisation.audited.filter { $0.action == "user.link" }.map(\.author.id) == ["test", "test"])
            let local = try await rig.make("local@example.com", [Grant(role: .admin, workspace: "acme")])
            let neighbour = Browser()
            try await rig.signIn(local, by: neighbour)
            let part = try await rig.send(.get, "/v1/people", by: neighbour).text
            #expect(part.contains("u1") && !part.contains("u2"))
        }
    }

    @Test(arguments: [[:], ["g-1": [Grant(role: .viewer)]]])
    func `an address that becomes another one in lower case leads to nobody, and the refusal says so`(
        roles: [String: [Grant]]
    ) async throws {
        try await withRig(roles: roles) { rig, provider in
            let person = try await rig.make("kate@example.com")
            let user = OrgUnit(.user, id: "u1", workspace: "acme", email: "kate@example.com", createdAt: rig.clock.now)
            _ = try await rig.organisation.create(user, by: "test")
            let kelvin: [String: JSONValue] = ["email": "\u{212A}ate@example.com", "groups": ["g-1"]]
            let reply = try await rig.signIn(at: provider, kelvin, expecting: .unauthorized)
            #expect(reply.text.contains("letters beyond a to z"))
            #expect(try await rig.store.person(id: person.id)?.identity == nil)
            #expect(try await rig.store.people(matching: nil, reaching: nil, after: nil, limit: 10).count == 1)
            // Who is known by the identity signs in as before, and proves no address with such letters.
            let known = Person(
                email: "josé@example.com",
                name: "José",
                identity: .init(provider: "test", subject: "subject-1"),
                createdAt: rig.clock.now,
                createdBy: "test"
            )
            try await rig.store.create(known, grants: [Grant(role: .viewer)], audit: [])
            let browser = Browser()
            try await rig.signIn(at: provider, kelvin, by: browser, expecting: .found)
            #expect(try await rig.send(.get, "/read", by: browser).text == known.id)
            #expect(try await rig.organisation.unit(.user, "u1", in: "acme")?.personID == nil)
        }
    }

    @Test func `groups and roles of the provider decide about roles at each sign-in`() async throws {
        let roles = ["g-1": [Grant(role: .viewer)], "Oliver.Finance": [Grant(role: .finance, workspace: "acme")]]
        try await withRig(roles: roles) { rig, provider in
            let browser = Browser()
            let groups: [String: JSONValue] = ["groups": ["g-1", "g-9"], "roles": ["Oliver.Finance"]]
            try await rig.signIn(at: provider, groups, by: browser, expecting: .found)
            let id = try await rig.send(.get, "/read", by: browser).text
            #expect(try await Set(rig.store.grants(of: id)) == Set(roles.values.joined()))
            try await rig.signIn(at: provider, ["groups": ["g-1"]], expecting: .found)
            #expect(try await rig.store.grants(of: id) == [Grant(role: .viewer)])
            try await rig.signIn(at: provider, ["groups": []], expecting: .forbidden)
            #expect(try await rig.store.grants(of: id).isEmpty)
        }
    }

    @Test func `a provider that is away is said to be, and nobody is led elsewhere afterwards`() async throws {
        try await withRig { rig, provider in
            provider.state.withLock { $0.isDown = true }
            try await rig.send(.get, "/auth/login/test", by: Browser(), expecting: .serviceUnavailable)
            try await rig.send(.get, "/auth/login/other", by: Browser(), expecting: .notFound)
            provider.state.withLock { $0.isDown = false }
            try await rig.make()
            for path in ["//evil.example.com", "https://evil.example.com", "/%5Cevil.example.com", "evil"] {
                let browser = Browser()
                let begun = try await rig.begin(returning: path, by: browser)
                let code = provider.code(rig.claims(provider, begun))
                let reply = try await rig.comeBack(code: code, state: begun.state, by: browser, expecting: .found)
                #expect(reply.headers[.location] == "/")
            }
            let shown = try await rig.send(.get, "/auth/providers", by: Browser()).text
            #expect(shown == #"{"providers":[{"id":"test","name":"Test","url":"/auth/login/test"}],"password":true}"#)
        }
    }
}
