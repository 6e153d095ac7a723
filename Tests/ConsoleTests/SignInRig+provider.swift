import Console
import Domain
import HTTPTypes
import ServiceRuntime
import Testing

extension SignInRig {
    /// A sign-in with the provider `test` that has begun.
    struct Begun {
        var location: String
        var state: String
        var nonce: String
    }

    /// Begins a sign-in: where the browser is sent.
    func begin(_ provider: String = "test", returning path: String = "/budgets", by browser: Browser) async throws
        -> Begun
    {
        let reply = try await send(.get, "/auth/login/\(provider)?return=\(path)", by: browser, expecting: .found)
        let location = try #require(reply.headers[.location])
        return Begun(
            location: location,
            state: try #require(Self.parameter("state", of: location)),
            nonce: try #require(Self.parameter("nonce", of: location))
        )
    }

    static func parameter(_ name: String, of url: String) -> String? {
        url.split(separator: "?").last?.split(separator: "&").first { $0.hasPrefix("\(name)=") }
            .map { String($0.dropFirst(name.count + 1)) }
    }

    /// What a good token says.
    func claims(_ provider: TestProvider, _ begun: Begun, _ changes: [String: JSONValue] = [:]) -> [String: JSONValue] {
        let now = clock.now.microseconds / 1_000_000
        let good: [String: JSONValue] = [
            "iss": .string(provider.url), "sub": "subject-1", "aud": "client", "nonce": .string(begun.nonce),
            "iat": .int(now), "exp": .int(now + 300), "email": "Ada@Example.com", "email_verified": true, "name": "Ada",
        ]
        return good.merging(changes) { $1 }.filter { $0.value != .null }
    }

    /// Comes back from the provider with a code.
    @discardableResult func comeBack(
        _ provider: String = "test",
        code: String,
        state: String,
        by browser: Browser,
        expecting status: HTTPResponse.Status
    ) async throws -> HTTPReply {
        try await send(
            .get,
            "/auth/callback/\(provider)?code=\(code)&state=\(state)",
            by: browser,
            site: "cross-site",
            expecting: status
        )
    }

    /// Signs in with a token that differs from a good one by some claims.
    @discardableResult func signIn(
        at provider: TestProvider,
        _ changes: [String: JSONValue] = [:],
        by browser: Browser = Browser(),
        expecting status: HTTPResponse.Status
    ) async throws -> HTTPReply {
        let begun = try await begin(by: browser)
        let code = provider.code(claims(provider, begun, changes))
        return try await comeBack(code: code, state: begun.state, by: browser, expecting: status)
    }
}
