import Access
import Console
import Directory
import Domain
import HTTPTypes
import ServiceRuntime
import Testing

@Suite(.timeLimit(.minutes(2))) struct `Signing in with a password` {
    let rig = SignInRig()

    private func attempt(
        _ email: String,
        _ password: String,
        from address: String? = nil,
        expecting status: HTTPResponse.Status
    ) async throws -> HTTPReply {
        let body = #"{"email":"\#(email)","password":"\#(password)"}"#
        return try await rig.send(.post, "/auth/password", body, by: Browser(), from: address, expecting: status)
    }

    @Test func `the right one signs in, and what is wrong is not said`() async throws {
        try await rig.make(password: "correct horse")
        try await rig.make("link@example.com")
        let right = try await attempt("ADA@example.com", "correct horse", expecting: .ok)
        #expect(right.headers[.setCookie]?.hasPrefix("oliver_session=") == true)
        #expect(!right.text.contains("scrypt"))
        let wrong = try await attempt("ada@example.com", "correct house", expecting: .unauthorized)
        for email in ["nobody@example.com", "link@example.com"] {
            let reply = try await attempt(email, "correct horse", expecting: .unauthorized)
            let (one, other) = try (
                JSONValue(parsing: Array(reply.text.utf8)), JSONValue(parsing: Array(wrong.text.utf8))
            )
            #expect(one["detail"] == other["detail"] && one["title"] == other["title"])
        }
        try await rig.send(.post, "/auth/password", "{}", by: Browser(), expecting: .unprocessableContent)
        try await rig.send(
            .post,
            "/auth/password",
            #"{"email":"a@b","password":"correct horse"}"#,
            by: Browser(),
            site: "cross-site",
            expecting: .forbidden
        )
    }

    @Test func `no wrong password is taken for the right one`() async throws {
        let passwords = Passwords(rounds: 2)
        for _ in 0..<50 {
            let kept = try await passwords.hash("correct horse")
            for number in 0..<50 { #expect(try await !passwords.matches("wrong \(number)", kept)) }
            #expect(try await passwords.matches("correct horse", kept))
        }
    }

    @Test func `unknown accounts cost the same work as known ones`() async throws {
        let passwords = Passwords()
        let kept = try await passwords.hash("correct horse")
        #expect(kept.hasPrefix("scrypt$32768$8$1$") && !kept.contains("horse"))
        #expect(try await passwords.hash("correct horse") != kept)
        #expect(try await passwords.matches("correct horse", kept))
        var times: [Duration] = []
        for hash in [kept, nil, "rubbish"] {
            let start = ContinuousClock.now
            #expect(try await !passwords.matches("wrong", hash))
            times.append(ContinuousClock.now - start)
        }
        // All of them hash; a look-up alone would be thousands of times faster.
        let slowest = times.max() ?? .zero
        #expect(times.allSatisfy { $0 * 100 > slowest }, "\(times)")
    }

    @Test func `who fails too often waits, whether the account exists or not, and others do not`() async throws {
        try await rig.make(password: "correct horse")
        try await rig.make("bob@example.com", password: "battery staple")
        for email in ["ada@example.com", "nobody@example.com"] {
            for _ in 0..<8 {
                _ = try await attempt(email, "wrong password", expecting: .unauthorized)
                rig.clock.advance(by: .seconds(1))
            }
            let reply = try await attempt(email, "correct horse", expecting: .tooManyRequests)
            #expect(reply.headers[.retryAfter] != nil)
        }
        _ = try await attempt("bob@example.com", "battery staple", expecting: .ok)
        rig.clock.advance(by: .seconds(900))
        _ = try await attempt("ada@example.com", "correct horse", expecting: .ok)
    }

    @Test func `an address from which too many accounts fail waits, whoever has it in its network, and others do not`()
        async throws
    {
        try await rig.make(password: "correct horse")
        for number in 0..<40 {
            let address = "2001:db8:0:1::\(String(number, radix: 16))"
            // What succeeds does not count.
            _ = try await attempt("ada@example.com", "correct horse", from: address, expecting: .ok)
            _ = try await attempt("no\(number)@example.com", "wrong password", from: address, expecting: .unauthorized)
            rig.clock.advance(by: .seconds(1))
        }
        let waiting = "2001:db8:0:1:ffff::"
        let reply = try await attempt("ada@example.com", "correct horse", from: waiting, expecting: .tooManyRequests)
        let wait = try #require(reply.headers[.retryAfter].flatMap { Int($0) })
        #expect((800...900).contains(wait))
        // Attempts that are refused take nothing from the others.
        for _ in 0..<100 {
            _ = try await attempt("ada@example.com", "correct horse", from: waiting, expecting: .tooManyRequests)
        }
        _ = try await attempt("ada@example.com", "correct horse", from: "2001:db8:0:2::1", expecting: .ok)
        rig.clock.advance(by: .seconds(Double(wait)))
        _ = try await attempt("ada@example.com", "correct horse", from: waiting, expecting: .ok)
        let opened = try #require(rig.store.audited.last { $0.action == "session.open" })
        #expect(opened.author.address == waiting)
    }

    @Test func `accounts with letters beyond ASCII sign in as before, in capitals too`() async throws {
        try await rig.make("josé@example.com", password: "correct horse")
        _ = try await attempt("JOSÉ@example.com", "correct horse", expecting: .ok)
    }

    @Test func `another password ends the sessions`() async throws {
        let person = try await rig.make(password: "correct horse")
        let browser = Browser()
        let body = #"{"email":"ada@example.com","password":"correct horse"}"#
        try await rig.send(.post, "/auth/password", body, by: browser)
        try await rig.send(.get, "/read", by: browser)
        let administration = AccountAdministration(store: rig.store, author: "test", clock: rig.clock)
        _ = try await administration.setPassword(try await SignInRig.passwords.hash("battery staple"), of: person)
        rig.clock.advance(by: .seconds(2))
        try await rig.send(.get, "/read", by: browser, expecting: .unauthorized)
        _ = try await attempt("ada@example.com", "correct horse", expecting: .unauthorized)
        _ = try await attempt("ada@example.com", "battery staple", expecting: .ok)
    }
}
