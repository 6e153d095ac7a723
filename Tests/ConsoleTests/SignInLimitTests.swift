import Access
import Console
import Directory
import Domain
import HTTPTypes
import ServiceRuntime
import Testing

@Suite(.timeLimit(.minutes(3))) struct `A flood of sign-ins` {
    private func begin(_ rig: SignInRig, from address: String) async throws -> HTTPReply {
        try await rig.front.send(.get, "/auth/login/test", headers: [:], body: "", from: address)
    }

    @Test func `of one network keeps nobody else out of signing in with a provider`() async throws {
        try await TestProvider.with { provider in
            let settings = ProviderSettings(name: "test", title: "Test", issuer: provider.url, clientID: "client")
            let rig = SignInRig(providers: [settings])
            var begun = 0
            // 25 a second for half a minute, by one client, which has 2⁶⁴ addresses.
            for number in 0..<750 {
                let flooding = "2001:db8:0:1::\(String(number, radix: 16))"
                if try await begin(rig, from: flooding).status == .found { begun += 1 }
                if number % 25 == 0 {
                    #expect(try await begin(rig, from: "192.0.2.\(number / 25)").status == .found)
                }
                rig.clock.advance(by: .milliseconds(40))
            }
            // 40 at once, then two a second.
            #expect((98...101).contains(begun), "\(begun)")
            _ = try await begin(rig, from: "2001:db8:0:1:ffff::")
            let refused = try await begin(rig, from: "2001:db8:0:1:ffff::")
            #expect(refused.status == .tooManyRequests && refused.headers[.retryAfter] == "1")
            rig.clock.advance(by: .seconds(1))
            #expect(try await begin(rig, from: "2001:db8:0:1:ffff::").status == .found)
        }
    }

    private func tryLink(_ rig: SignInRig, from address: String, expecting status: HTTPResponse.Status) async throws {
        let body = #"{"token":"\#(SessionToken.generate().text)"}"#
        try await rig.send(.post, "/auth/link", body, by: Browser(), from: address, expecting: status)
    }

    @Test func `by links of one network makes it wait, and takes nothing from the others`() async throws {
        let rig = SignInRig()
        let person = try await rig.make()
        for number in 0..<20 { try await tryLink(rig, from: "2001:db8:0:1::\(number)", expecting: .unauthorized) }
        for number in 0..<50 { try await tryLink(rig, from: "2001:db8:0:1::\(number)", expecting: .tooManyRequests) }
        // Nothing is looked up and nothing is written for those.
        #expect(rig.audited.count == 20)
        let body = #"{"token":"\#(try await rig.link(to: person))"}"#
        let waiting = "2001:db8:0:1::1"
        try await rig.send(.post, "/auth/link", body, by: Browser(), from: waiting, expecting: .tooManyRequests)
        try await rig.send(.post, "/auth/link", body, by: Browser(), from: "2001:db8:0:2::1")
    }

    @Test func `by links of many networks hides no refused password from the audit log`() async throws {
        let rig = SignInRig()
        for number in 0..<150 { try await tryLink(rig, from: "192.0.2.\(number)", expecting: .unauthorized) }
        #expect(rig.audited.count == 100)
        let body = #"{"email":"ada@example.com","password":"wrong password"}"#
        try await rig.send(.post, "/auth/password", body, by: Browser(), expecting: .unauthorized)
        let last = try #require(rig.store.audited.last)
        #expect(rig.audited.count == 101 && last.after?["method"] == "password")
    }

    @Test func `of ever new networks is remembered within a bound`() {
        let each = RateLimit(perSecond: 2, burst: 40)
        var limit = NetworkLimit(each: each, all: RateLimit(perSecond: 20, burst: 100))
        for number in 0..<100_000 {
            let now = Duration.milliseconds(number)
            _ = limit.take(from: KeyHash(of: "network \(number)".utf8), at: now)
            #expect(limit.count <= 100 + 2 * 21 * 20)
        }
        let last = KeyHash(of: "another network".utf8)
        #expect(limit.take(from: last, at: .seconds(1_000)) == nil && limit.count == 1)
    }
}
