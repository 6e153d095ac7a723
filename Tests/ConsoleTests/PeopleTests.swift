import Access
import Console
import Directory
import HTTPTypes
import ServiceRuntime
import Testing

@Suite(.timeLimit(.minutes(1))) struct `People by HTTP` {
    let rig = SignInRig()

    /// Somebody with a role who has signed in.
    private func signedIn(_ email: String, _ grant: Grant) async throws -> (browser: Browser, csrf: String, id: String)
    {
        let person = try await rig.make(email, [grant])
        let browser = Browser()
        let session = try await rig.signIn(person, by: browser)
        return (browser, try #require(session["csrf_token"]?.text), person.id)
    }

    @Test func `are made, listed, edited and given roles`() async throws {
        let owner = try await signedIn("owner@example.com", Grant(role: .owner))
        let body =
            #"{"email":"Bob@example.com","name":"Bob","grants":[{"role":"viewer","workspace":"acme","team":"growth"}]}"#
        let made = try await rig.send(
            .post,
            "/v1/people",
            body,
            by: owner.browser,
            csrf: owner.csrf,
            expecting: .created
        )
        let path = try #require(made.headers[.location])
        let bob = try JSONValue(parsing: Array(made.text.utf8))
        #expect(bob["email"]?.text == "bob@example.com" && bob["grants"]?.list?.count == 1)
        let list = try await rig.send(.get, "/v1/people?q=bob", by: owner.browser).text
        #expect(list.contains("growth") && !list.contains("owner@"))
        let tag = made.headers[.eTag]
        try await rig.send(
            .patch,
            path,
            #"{"name":"Robert"}"#,
            by: owner.browser,
            csrf: owner.csrf,
            expecting: .preconditionRequired
        )
        let edited = try await rig.send(
            .patch,
            path,
            #"{"name":"Robert","disabled":true}"#,
            by: owner.browser,
            csrf: owner.csrf,
            ifMatch: tag
        )
        #expect(edited.text.contains("Robert") && edited.headers[.eTag] == "\"2\"")
        try await rig.send(
            .patch,
            path,
            #"{"name":"x"}"#,
            by: owner.browser,
            csrf: owner.csrf,
            ifMatch: tag,
            expecting: .preconditionFailed
        )
        let grants = #"{"grants":[{"role":"finance","workspace":null},{"role":"admin","workspace":"acme"}]}"#
        try await rig.send(
            .put,
            path + "/grants",
            grants,
            by: owner.browser,
            csrf: owner.csrf,
            ifMatch: edited.headers[.eTag]
        )
        let read = try await rig.send(.get, path + "/grants", by: owner.browser)
        #expect(read.text.contains("finance") && read.headers[.eTag] == "\"3\"")
        for wrong in [
            #"{"grants":[{"role":"king"}]}"#, #"{"grants":[{"role":"viewer","team":"growth"}]}"#, "{}",
            #"{"grants":[{"role":"viewer"},{"role":"admin"}]}"#,
        ] {
            try await rig.send(
                .put,
                path + "/grants",
                wrong,
                by: owner.browser,
                csrf: owner.csrf,
                ifMatch: "*",
                expecting: .unprocessableContent
            )
        }
    }

    @Test func `nobody reaches above their own role, and an owner remains`() async throws {
        let owner = try await signedIn("owner@example.com", Grant(role: .owner))
        let admin = try await signedIn("admin@example.com", Grant(role: .admin))
        let lead = try await signedIn("lead@example.com", Grant(role: .admin, workspace: "acme", team: "growth"))
        let finance = try await signedIn("finance@example.com", Grant(role: .finance))
        for other in [lead, finance] {
            try await rig.send(.get, "/v1/people", by: other.browser, expecting: .forbidden)
        }
        let grants = { (id: String) in "/v1/people/\(id)/grants" }
        let ownerRole = #"{"grants":[{"role":"owner"}]}"#
        let none = #"{"grants":[]}"#
        for (id, body) in [(admin.id, ownerRole), (owner.id, none)] {
            try await rig.send(
                .put,
                grants(id),
                body,
                by: admin.browser,
                csrf: admin.csrf,
                ifMatch: "*",
                expecting: .forbidden
            )
        }
        try await rig.send(
            .patch,
            "/v1/people/\(owner.id)",
            #"{"disabled":true}"#,
            by: admin.browser,
            csrf: admin.csrf,
            ifMatch: "*",
            expecting: .forbidden
        )
        try await rig.send(
            .put,
            grants(finance.id),
            #"{"grants":[{"role":"admin"}]}"#,
            by: admin.browser,
            csrf: admin.csrf,
            ifMatch: "*"
        )
        try await rig.send(
            .put,
            grants(owner.id),
            none,
            by: owner.browser,
            csrf: owner.csrf,
            ifMatch: "*",
            expecting: .conflict
        )
        try await rig.send(.put, grants(admin.id), ownerRole, by: owner.browser, csrf: owner.csrf, ifMatch: "*")
        try await rig.send(.put, grants(owner.id), none, by: owner.browser, csrf: owner.csrf, ifMatch: "*")
    }

    @Test func `who manages one workspace manages who comes into it, and hears of nothing else`() async throws {
        let local = try await signedIn("local@example.com", Grant(role: .admin, workspace: "acme"))
        let owner = try await rig.make("owner@example.com", [Grant(role: .owner)])
        let bob = try await rig.make(
            "bob@example.com",
            [Grant(role: .viewer, workspace: "acme"), Grant(role: .owner, workspace: "beta")]
        )
        let eve = try await rig.make("eve@example.com", [Grant(role: .finance, workspace: "beta")])
        try await rig.make("idle@example.com", [])
        let list = try await rig.send(.get, "/v1/people", by: local.browser).text
        for (email, isSeen) in [("local@", true), ("owner@", true), ("bob@", true), ("eve@", false), ("idle@", false)] {
            #expect(list.contains(email) == isSeen, "\(email)")
        }
        #expect(!list.contains("beta"))
        try await rig.send(.get, "/v1/people?workspace=beta", by: local.browser, expecting: .forbidden)
        for path in ["/v1/people/\(eve.id)", "/v1/people/\(eve.id)/grants"] {
            try await rig.send(.get, path, by: local.browser, expecting: .notFound)
        }
        let path = "/v1/people/\(bob.id)/grants"
        let read = try await rig.send(.get, path, by: local.browser)
        #expect(read.text == #"{"grants":[{"role":"viewer","workspace":"acme","team":null}]}"#)
        func put(_ id: String, _ body: String, _ status: HTTPResponse.Status) async throws -> HTTPReply {
            try await rig.send(
                .put,
                "/v1/people/\(id)/grants",
                body,
                by: local.browser,
                csrf: local.csrf,
                ifMatch: "*",
                expecting: status
            )
        }
        let finance = #"{"grants":[{"role":"finance","workspace":"acme"}]}"#
        #expect(try await put(bob.id, finance, .ok).headers[.eTag] == "\"2\"")
        #expect(try await put(bob.id, finance, .ok).headers[.eTag] == "\"2\"")
        let kept: Set = [Grant(role: .finance, workspace: "acme"), Grant(role: .owner, workspace: "beta")]
        #expect(try await Set(rig.store.grants(of: bob.id)) == kept)
        let told = try #require(rig.store.audited.last)
        #expect(told.workspace == "acme" && told.action == "person.grants")
        #expect(!String(decoding: try #require(told.after).bytes, as: UTF8.self).contains("beta"))
        for (id, body) in [
            (bob.id, #"{"grants":[{"role":"owner","workspace":"acme"}]}"#),
            (bob.id, #"{"grants":[{"role":"viewer","workspace":"beta"}]}"#),
            (bob.id, #"{"grants":[{"role":"viewer"}]}"#), (owner.id, finance),
        ] { _ = try await put(id, body, .forbidden) }
        _ = try await put(eve.id, finance, .notFound)
        try await rig.send(
            .patch,
            "/v1/people/\(bob.id)",
            #"{"disabled":true}"#,
            by: local.browser,
            csrf: local.csrf,
            ifMatch: "*",
            expecting: .forbidden
        )
        _ = try await put(bob.id, #"{"grants":[]}"#, .ok)
        try await rig.send(.get, path, by: local.browser, expecting: .notFound)
        #expect(try await rig.store.grants(of: bob.id) == [Grant(role: .owner, workspace: "beta")])
    }

    @Test func `who manages one workspace lets people in, also those who are known elsewhere`() async throws {
        let local = try await signedIn("local@example.com", Grant(role: .admin, workspace: "acme"))
        let eve = try await rig.make("eve@example.com", [Grant(role: .finance, workspace: "beta")])
        func invite(_ email: String, _ grants: String, _ status: HTTPResponse.Status) async throws -> String {
            let body = #"{"email":"\#(email)","name":"New","grants":[\#(grants)]}"#
            return try await rig.send(
                .post,
                "/v1/people",
                body,
                by: local.browser,
                csrf: local.csrf,
                expecting: status
            ).text
        }
        let viewer = #"{"role":"viewer","workspace":"acme"}"#
        let new = try await invite("new@example.com", viewer, .created)
        #expect(new.contains(#""name":"New""#) && new.contains("viewer"))
        #expect(rig.store.audited.suffix(2).map(\.workspace) == [nil, "acme"])
        _ = try await invite("new@example.com", viewer, .conflict)
        _ = try await invite("other@example.com", "", .unprocessableContent)
        for grant in [#"{"role":"viewer"}"#, #"{"role":"viewer","workspace":"beta"}"#] {
            _ = try await invite("other@example.com", grant, .forbidden)
        }
        let known = try await invite("Eve@example.com", viewer, .created)
        #expect(known.contains(eve.id) && known.contains(#""name":"Ada""#) && !known.contains("beta"))
        let grants: Set = [Grant(role: .viewer, workspace: "acme"), Grant(role: .finance, workspace: "beta")]
        #expect(try await Set(rig.store.grants(of: eve.id)) == grants)
        #expect(rig.store.audited.last?.workspace == "acme")
    }
}
