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
        let local = try await signedIn("local@example.com", Grant(role: .admin, workspace: "acme"))
        let finance = try await signedIn("finance@example.com", Grant(role: .finance))
        for other in [local, finance] {
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
}
