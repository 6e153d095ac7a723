import Access
import Console
import Directory
import HTTPTypes
import ServiceRuntime
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(3))) struct `Signing in with Microsoft` {
    private func withRig(_ body: @escaping @Sendable (SignInRig, TestProvider) async throws -> Void) async throws {
        try await TestProvider.with { provider in
            let environment = [
                "OLIVER_CONSOLE_OIDC_MICROSOFT_TENANT": "contoso.com",
                "OLIVER_CONSOLE_OIDC_MICROSOFT_AUTHORITY": provider.url,
                "OLIVER_CONSOLE_OIDC_MICROSOFT_GRAPH_URL": provider.url,
                "OLIVER_CONSOLE_OIDC_MICROSOFT_CLIENT_ID": "client",
                "OLIVER_CONSOLE_OIDC_MICROSOFT_CLIENT_SECRET": "secret",
                "OLIVER_CONSOLE_OIDC_MICROSOFT_ROLES": "g-1=finance@acme, g-2=viewer@acme/growth",
            ]
            let reader = await SettingsReader.load(environment: environment, file: nil)
            let settings = SignInConfiguration(reader: reader.scoped(to: "console"))
            #expect(reader.problems.isEmpty)
            try await body(SignInRig(providers: settings.providers), provider)
        }
    }

    private func signIn(
        _ rig: SignInRig,
        _ provider: TestProvider,
        _ changes: [String: JSONValue],
        by browser: Browser = Browser(),
        expecting status: HTTPResponse.Status
    ) async throws -> HTTPReply {
        let begun = try await rig.begin("microsoft", by: browser)
        let own: [String: JSONValue] = [
            "iss": .string("\(provider.url)/tenant-1/v2.0"), "tid": "tenant-1", "email": .null, "email_verified": .null,
            "preferred_username": "ada@contoso.com", "groups": ["g-1"],
        ]
        let code = provider.code(rig.claims(provider, begun, own.merging(changes) { $1 }))
        return try await rig.comeBack("microsoft", code: code, state: begun.state, by: browser, expecting: status)
    }

    @Test func `people of the one tenant sign in with what their groups allow`() async throws {
        try await withRig { rig, provider in
            let browser = Browser()
            _ = try await signIn(rig, provider, [:], by: browser, expecting: .found)
            let id = try await rig.send(.get, "/read", by: browser).text
            #expect(try await rig.store.person(id: id)?.email == "ada@contoso.com")
            #expect(try await rig.store.grants(of: id) == [Grant(role: .finance, workspace: "acme")])
            let foreign = try await signIn(rig, provider, ["tid": "tenant-2"], expecting: .unauthorized)
            #expect(foreign.text.contains("another tenant"))
        }
    }

    @Test func `without a name of the tenant's the address counts only when Microsoft vouches for it`() async throws {
        try await withRig { rig, provider in
            let person = try await rig.make("ada@contoso.com")
            let bare: [String: JSONValue] = ["preferred_username": .null, "email": "Ada@contoso.com"]
            for claims in [[:], ["xms_edov": false], ["email_verified": false]] as [[String: JSONValue]] {
                let refused = try await signIn(rig, provider, bare.merging(claims) { $1 }, expecting: .unauthorized)
                #expect(refused.text.contains("xms_edov") && refused.text.contains("administrator"))
                #expect(try await rig.store.person(id: person.id)?.identity == nil)
            }
            #expect(rig.audited == Array(repeating: "session.refuse", count: 3))
            _ = try await signIn(rig, provider, bare.merging(["xms_edov": true]) { $1 }, expecting: .found)
            #expect(try await rig.store.person(id: person.id)?.identity?.subject == "subject-1")
            // Who is known needs no address.
            _ = try await signIn(rig, provider, bare, expecting: .found)
            let other = try await rig.make("bob@contoso.com")
            let bob: [String: JSONValue] = [
                "preferred_username": .null, "email": "bob@contoso.com", "email_verified": true, "sub": "subject-2",
            ]
            _ = try await signIn(rig, provider, bob, expecting: .found)
            #expect(try await rig.store.person(id: other.id)?.identity?.subject == "subject-2")
        }
    }

    @Test func `more groups than a token holds are asked of Graph, or the refusal says what to permit`() async throws {
        try await withRig { rig, provider in
            let overage: [String: JSONValue] = ["groups": .null, "_claim_names": ["groups": "src1"]]
            provider.state.withLock { $0.graph = (.ok, ["g-2", "g-7"]) }
            let browser = Browser()
            _ = try await signIn(rig, provider, overage, by: browser, expecting: .found)
            let session = try JSONValue(
                parsing: Array(try await rig.send(.get, "/auth/session", by: browser).text.utf8)
            )
            #expect(session["workspaces"]?.list?.first?["teams"]?.list?.compactMap(\.text) == ["growth"])
            provider.state.withLock { $0.graph = (.forbidden, []) }
            let refused = try await signIn(rig, provider, overage, expecting: .unauthorized)
            #expect(refused.text.contains("GroupMember.Read.All"))
        }
    }

    @Test(arguments: [
        ["MICROSOFT_TENANT": "common", "MICROSOFT_CLIENT_ID": "x"], ["MICROSOFT_TENANT": "t"],
        ["PROVIDERS": "okta"], ["PROVIDERS": "okta", "OKTA_ISSUER": "http://okta.example.com", "OKTA_CLIENT_ID": "x"],
        ["PROVIDERS": "Okta!"],
        ["PROVIDERS": "okta", "OKTA_ISSUER": "https://o.example.com", "OKTA_CLIENT_ID": "x", "OKTA_ROLES": "a=king"],
    ])
    func `settings that would be unsafe or mean nothing are refused`(settings: [String: String]) async {
        let environment = Dictionary(uniqueKeysWithValues: settings.map { ("OLIVER_CONSOLE_OIDC_\($0.key)", $0.value) })
        let reader = await SettingsReader.load(environment: environment, file: nil)
        _ = SignInConfiguration(reader: reader.scoped(to: "console"))
        #expect(!reader.problems.isEmpty)
    }
}
