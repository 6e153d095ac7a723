import AsyncHTTPClient
import Console
import Directory
import Domain
import HTTPTypes
import NIOCore
import NIOHTTP1
import ServiceRuntime
import TestSupport
import Testing

/// Against a provider that other people wrote.
@Suite(.timeLimit(.minutes(3))) struct `Signing in with a provider of other people` {
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
        var login = HTTPClientRequest(url: issuer.replacing("/api/oidc", with: "/api/auth/"))
        login.method = .POST
        login.headers.add(name: "Content-Type", value: "application/json")
        login.body = .bytes(ByteBuffer(string: #"{"username":"\#(name)","password":"correct horse"}"#))
        let configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        let answer = try await HTTPClient.withHTTPClient(configuration: configuration) { [login] client in
            let signedIn = try await client.execute(login, timeout: .seconds(30))
            #expect(signedIn.status == .ok)
            var onwards = HTTPClientRequest(url: location + "&g_continue")
            let cookies = signedIn.headers["Set-Cookie"].map { String($0.prefix { $0 != ";" }) }
            onwards.headers.add(name: "Cookie", value: cookies.joined(separator: "; "))
            return try await client.execute(onwards, timeout: .seconds(30)).headers.first(name: "Location")
        }
        let back = try #require(answer)
        #expect(back.hasPrefix("http://test/auth/callback/test?"))
        return (
            try #require(SignInRig.parameter("code", of: back)), try #require(SignInRig.parameter("state", of: back))
        )
    }

    /// What somebody does at the provider's page: the code and the state that the browser is sent back with.
    private func consent(_ subject: String, _ location: String) async throws -> (code: String, state: String) {
        var request = HTTPClientRequest(url: location)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
        request.body = .bytes(ByteBuffer(string: "sub=\(subject)"))
        let configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        let answer = try await HTTPClient.withHTTPClient(configuration: configuration) { [request] client in
            try await client.execute(request, timeout: .seconds(30)).headers.first(name: "Location")
        }
        let back = try #require(answer)
        return (
            try #require(SignInRig.parameter("code", of: back)), try #require(SignInRig.parameter("state", of: back))
        )
    }
}
