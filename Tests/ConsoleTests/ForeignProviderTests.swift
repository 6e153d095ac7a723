import Console
import Directory
import Domain
import HTTPTypes
import Outbound
import ServiceRuntime
import TestSupport
import Testing

/// Against a provider that other people wrote.
@Suite(.timeLimit(.minutes(3))) struct `Signing in with a provider of other people` {
    private let client = HTTPClient()
    private static let limits = HTTPClient.Limits(bytes: 1 << 20, time: .seconds(30), connecting: .seconds(10))

    @Test func `works as the standard says, and not for an address that is not proven`() async throws {
        try await withOpenIDProvider { issuer in
            let settings = ProviderSettings(
                name: "test",
                title: "Mock",
                issuer: issuer,
                clientID: "client",
                clientSecret: "secret"
            )
            let rig = SignInRig(providers: [settings], clock: RigClock(start: SystemWallClock().now))
            let person = try await rig.make()
            let user = OrgUnit(.user, id: "u1", workspace: "acme", email: "ada@example.com", createdAt: rig.clock.now)
            _ = try await rig.organisation.create(user, by: "test")
            let browser = Browser()
            let first = try await consent("ada", try await rig.begin(by: browser).location)
            try await rig.comeBack(code: first.code, state: first.state, by: browser, expecting: .found)
            #expect(try await rig.send(.get, "/read", by: browser).text == person.id)
            #expect(try await rig.store.person(id: person.id)?.identity?.subject == "ada")
            #expect(try await rig.organisation.unit(.user, "u1", in: "acme")?.personID == person.id)
            // The same code in another sign-in: the provider gives nothing for it.
            let again = try await rig.begin(by: browser)
            try await rig.comeBack(code: first.code, state: again.state, by: browser, expecting: .unauthorized)
            let eve = try await consent("eve", try await rig.begin(by: browser).location)
            try await rig.comeBack(code: eve.code, state: eve.state, by: browser, expecting: .forbidden)
            // A code for another sign-in of the same person carries that one's nonce.
            let other = Browser()
            let theirs = try await consent("ada", try await rig.begin(by: other).location)
            let own = try await rig.begin(by: browser)
            let mixed = try await rig.comeBack(
                code: theirs.code,
                state: own.state,
                by: browser,
                expecting: .unauthorized
            )
            #expect(mixed.text.contains("another sign-in"))
        }
    }

    @Test func `works with glewlwyd, which has passwords and a database, and wants a proof of the code's owner`()
        async throws
    {
        try await withOpenIDProvider(.glewlwyd) { issuer in
            let settings = ProviderSettings(
                name: "test",
                title: "glewlwyd",
                issuer: issuer,
                clientID: "client",
                clientSecret: "secret"
            )
            let rig = SignInRig(providers: [settings], clock: RigClock(start: SystemWallClock().now))
            let person = try await rig.make()
            let browser = Browser()
            let begun = try await rig.begin(by: browser)
            let ada = try await agree("ada", issuer, begun.location)
            try await rig.comeBack(code: ada.code, state: ada.state, by: browser, expecting: .found)
            #expect(try await rig.send(.get, "/read", by: browser).text == person.id)
            let again = try await rig.begin(by: browser)
            try await rig.comeBack(code: ada.code, state: again.state, by: browser, expecting: .unauthorized)
            // Known by the provider's id of her from now on.
            let other = Browser()
            let second = try await agree("ada", issuer, try await rig.begin(by: other).location)
            try await rig.comeBack(code: second.code, state: second.state, by: other, expecting: .found)
            #expect(try await rig.send(.get, "/read", by: other).text == person.id)
            let eve = try await agree("eve", issuer, try await rig.begin(by: other).location)
            try await rig.comeBack(code: eve.code, state: eve.state, by: other, expecting: .forbidden)
        }
    }

    /// What glewlwyd's page does for somebody who signs in and goes on.
    private func agree(_ name: String, _ issuer: String, _ location: String) async throws -> (
        code: String, state: String
    ) {
        let login = HTTPClient.Request(
            .post,
            issuer.replacing("/api/oidc", with: "/api/auth/"),
            headers: [("Content-Type", "application/json")],
            body: Array(#"{"username":"\#(name)","password":"correct horse"}"#.utf8)
        )
        let signedIn = try await client.send(login, within: Self.limits)
        #expect(signedIn.status == 200)
        let cookies = signedIn.headers.filter { $0.name.lowercased() == "set-cookie" }
            .map { String($0.value.prefix { $0 != ";" }) }
        let onwards = HTTPClient.Request(
            .get,
            location + "&g_continue",
            headers: [("Cookie", cookies.joined(separator: "; "))]
        )
        let answer = try await client.send(onwards, within: Self.limits).header("Location")
        let back = try #require(answer)
        #expect(back.hasPrefix("http://test/auth/callback/test?"))
        return (
            try #require(SignInRig.parameter("code", of: back)), try #require(SignInRig.parameter("state", of: back))
        )
    }

    /// What somebody does at the provider's page: the code and the state that the browser is sent back with.
    private func consent(_ subject: String, _ location: String) async throws -> (code: String, state: String) {
        let request = HTTPClient.Request(
            .post,
            location,
            headers: [("Content-Type", "application/x-www-form-urlencoded")],
            body: Array("sub=\(subject)".utf8)
        )
        let answer = try await client.send(request, within: Self.limits).header("Location")
        let back = try #require(answer)
        return (
            try #require(SignInRig.parameter("code", of: back)), try #require(SignInRig.parameter("state", of: back))
        )
    }
}
