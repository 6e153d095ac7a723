import Access
import Console
import Directory
import Domain
import HTTPTypes
import ServiceRuntime
import Testing

@Suite(.timeLimit(.minutes(2))) struct `Sessions` {
    let rig = SignInRig()
    let browser = Browser()

    private func session() async throws -> JSONValue {
        try JSONValue(parsing: Array(try await rig.send(.get, "/auth/session", by: browser).text.utf8))
    }

    @Test func `a link signs in once, and says who it is and what they may do where`() async throws {
        let person = try await rig.make(
            "ada@example.com",
            [
                Grant(role: .finance, workspace: "acme"), Grant(role: .viewer, workspace: "beta", team: "growth"),
            ]
        )
        let token = try await rig.link(to: person)
        try await rig.send(.get, "/auth/session", by: browser, expecting: .unauthorized)
        try await rig.send(.post, "/auth/link", #"{"token":"\#(token)"}"#, by: browser)
        let session = try await session()
        #expect(session["person"]?["email"]?.text == "ada@example.com")
        #expect(session["person"]?["id"]?.text == person.id)
        let workspaces = session["workspaces"]?.list ?? []
        #expect(workspaces.compactMap { $0["id"]?.text } == ["acme", "beta"])
        #expect(workspaces.first?["teams"] == .null || workspaces.first?["teams"] == nil)
        #expect(workspaces.last?["teams"]?.list?.compactMap(\.text) == ["growth"])
        #expect(workspaces.last?["permissions"]?.list?.compactMap(\.text) == ["read"])
        try await rig.send(.post, "/auth/link", #"{"token":"\#(token)"}"#, by: Browser(), expecting: .unauthorized)
        #expect(rig.audited == ["session.open", "session.refuse"])
    }

    @Test func `a link is good for a day, and a newer one ends it`() async throws {
        let person = try await rig.make()
        let late = try await rig.link(to: person)
        rig.clock.advance(by: .seconds(86_400))
        try await rig.send(.post, "/auth/link", #"{"token":"\#(late)"}"#, by: browser, expecting: .unauthorized)
        let first = try await rig.link(to: person)
        _ = try await rig.link(to: person)
        try await rig.send(.post, "/auth/link", #"{"token":"\#(first)"}"#, by: browser, expecting: .unauthorized)
    }

    @Test func `the cookie cannot be read by scripts or sent along by other sites, and over https only by https`()
        async throws
    {
        try await rig.signIn(try await rig.make(), by: browser)
        let header = try #require(browser.lastHeaders.first)
        #expect(header.hasPrefix("oliver_session=") && header.contains("; Path=/;") && !header.contains("Domain"))
        #expect(header.contains("; HttpOnly") && header.contains("; SameSite=Lax") && !header.contains("Secure"))
        let secure = SignInRig(publicURL: "https://oliver.example.com")
        let other = Browser()
        try await secure.signIn(try await secure.make(), by: other)
        let secureHeader = try #require(other.lastHeaders.first)
        #expect(secureHeader.hasPrefix("__Host-oliver_session=") && secureHeader.hasSuffix("; Secure"))
        try await secure.send(.get, "/read", by: other)
        // A name that another host of the same domain could set is not taken for it.
        other["oliver_session"] = other["__Host-oliver_session"]
        other["__Host-oliver_session"] = nil
        try await secure.send(.get, "/read", by: other, expecting: .unauthorized)
    }

    @Test func `a session that was there before the sign-in is no session after it`() async throws {
        let person = try await rig.make()
        try await rig.signIn(person, by: browser)
        let before = browser["oliver_session"]
        try await rig.signIn(person, by: browser)
        #expect(browser["oliver_session"] != before)
        rig.clock.advance(by: .seconds(2))
        let old = Browser()
        old["oliver_session"] = before
        try await rig.send(.get, "/read", by: old, expecting: .unauthorized)
        try await rig.send(.get, "/read", by: browser)
        let planted = Browser()
        planted["oliver_session"] = String(repeating: "A", count: 43)
        try await rig.send(.get, "/read", by: planted, expecting: .unauthorized)
        try await rig.signIn(person, by: planted)
        #expect(planted["oliver_session"] != String(repeating: "A", count: 43))
    }

    @Test func `a change needs the token and our own pages`() async throws {
        let session = try await rig.signIn(try await rig.make(), by: browser)
        let token = try #require(session["csrf_token"]?.text)
        try await rig.send(.post, "/change", by: browser, csrf: token)
        let refused = try await rig.send(.post, "/change", by: browser, expecting: .forbidden)
        #expect(refused.text.contains("urn:oliver:problem:csrf"))
        try await rig.send(.post, "/change", by: browser, csrf: token + "0", expecting: .forbidden)
        for site in ["cross-site", "same-site", "none", nil] {
            try await rig.send(.post, "/change", by: browser, csrf: token, site: site, expecting: .forbidden)
        }
        // Browsers that say nothing of sites name the origin of changes.
        for (origin, status) in [("http://test", HTTPResponse.Status.ok), ("http://evil", .forbidden)] {
            let headers: HTTPFields = [.cookie: browser.cookies, .csrfToken: token, .origin: origin]
            #expect(try await rig.front.send(.post, "/change", headers: headers).status == status)
        }
        // Looking changes nothing.
        try await rig.send(.get, "/read", by: browser, site: "cross-site")
        try await rig.send(.post, "/auth/sign-out", by: browser, expecting: .forbidden)
    }

    @Test func `a role is needed for what a route needs, and counts within a second`() async throws {
        let person = try await rig.make("ada@example.com", [Grant(role: .viewer)])
        try await rig.make("other@example.com")
        let token = try await rig.signIn(person, by: browser)["csrf_token"]?.text
        let refused = try await rig.send(.post, "/change", by: browser, csrf: token, expecting: .forbidden)
        #expect(refused.text.contains("budgets") && !refused.text.contains("API key"))
        try await rig.store.setGrants(
            [Grant(role: .finance)],
            of: person.id,
            expecting: nil,
            audit: .grants(of: person.id, before: [], after: [], by: "test"),
            at: rig.clock.now
        )
        rig.clock.advance(by: .milliseconds(1_001))
        try await rig.send(.post, "/change", by: browser, csrf: token)
        var disabled = try #require(try await rig.store.person(id: person.id))
        disabled.disabledAt = rig.clock.now
        _ = try await rig.store.update(disabled, audit: .person("edit", disabled, by: "test"), at: rig.clock.now)
        rig.clock.advance(by: .milliseconds(1_001))
        try await rig.send(.get, "/read", by: browser, expecting: .unauthorized)
    }

    @Test func `ends twelve hours after the last request`() async throws {
        try await rig.signIn(try await rig.make(), by: browser)
        for _ in 0..<3 {
            rig.clock.advance(by: .seconds(12 * 3_600 - 1))
            try await rig.send(.get, "/read", by: browser)
        }
        rig.clock.advance(by: .seconds(12 * 3_600))
        try await rig.send(.get, "/read", by: browser, expecting: .unauthorized)
    }

    @Test func `ends after seven days whatever happens`() async throws {
        try await rig.signIn(try await rig.make(), by: browser)
        for _ in 0..<14 {
            rig.clock.advance(by: .seconds(12 * 3_600 - 60))
            try await rig.send(.get, "/read", by: browser)
        }
        rig.clock.advance(by: .seconds(14 * 60))
        try await rig.send(.get, "/read", by: browser, expecting: .unauthorized)
    }

    @Test func `signing out ends this session, and everywhere ends all of the person's`() async throws {
        let person = try await rig.make()
        let other = Browser()
        let token = try await rig.signIn(person, by: browser)["csrf_token"]?.text
        try await rig.signIn(person, by: other)
        let cookies = browser["oliver_session"]
        try await rig.send(.post, "/auth/sign-out", by: browser, csrf: token, expecting: .noContent)
        #expect(browser["oliver_session"] == nil)
        browser["oliver_session"] = cookies
        try await rig.send(.get, "/read", by: browser, expecting: .unauthorized)
        try await rig.send(.get, "/read", by: other)
        browser["oliver_session"] = nil
        let again = try await rig.signIn(person, by: browser)["csrf_token"]?.text
        try await rig.send(
            .post,
            "/auth/sign-out",
            #"{"everywhere":true}"#,
            by: browser,
            csrf: again,
            expecting: .noContent
        )
        try await rig.send(.get, "/read", by: other, expecting: .unauthorized)
        #expect(rig.audited.suffix(2) == ["session.open", "session.close"])
    }

    @Test func `the first start makes an owner once`() async throws {
        let administration = AccountAdministration(store: rig.store, author: "oliver", clock: rig.clock)
        let link = try #require(try await administration.bootstrap())
        #expect(try await administration.bootstrap() == nil)
        try await rig.send(.post, "/auth/link", #"{"token":"\#(link.text)"}"#, by: browser)
        #expect(try await session()["grants"]?.list?.first?["role"]?.text == "owner")
    }
}
