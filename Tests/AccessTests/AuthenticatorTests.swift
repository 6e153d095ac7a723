import Access
import Domain
import HTTPTypes
import Hummingbird
import Logging
import ServiceRuntime
import Synchronization
import Testing

@Suite struct AuthenticatorTests {
    let clocks = ManualClocks()
    let verifier: KeyVerifier
    let refreshes = RefreshCount()

    init() {
        verifier = KeyVerifier(wallClock: clocks, uptimeClock: clocks)
        verifier.confirm(asOf: clocks.uptime)
    }

    func front(refresh: @escaping @Sendable () async -> Void = {}) -> HTTPFront {
        let refreshes = refreshes
        let authenticator = Authenticator(verifier: verifier) {
            refreshes.increment()
            await refresh()
        }
        let routes: @Sendable (Router<OliverRequestContext>) -> Void = { router in
            router.get("me") { request, _ in
                try await authenticator.caller(of: request, needing: .read).id
            }
        }
        return HTTPFront(
            parts: [ServiceParts(name: "test", routes: routes)],
            registry: PrometheusRegistry(),
            logger: LogSystem(level: .critical).logger(service: "test")
        )
    }

    func makeKey(scopes: Scopes = [.read]) -> (key: APIKey, raw: RawKey) {
        APIKey.make(name: "k", scopes: scopes, sourceApp: "app", createdAt: clocks.now, createdBy: "test")
    }

    @Test func `answers 401 without a key and 403 without the scope, as problems`() async throws {
        let (key, raw) = makeKey(scopes: [.record])
        verifier.update([key])
        let none = try await front().send(.get, "/me")
        #expect(none.status == .unauthorized)
        #expect(none.headers[.wwwAuthenticate]?.hasPrefix("Bearer") == true)
        let wrong = try await front().send(.get, "/me", headers: [.authorization: "Bearer \(raw.text)"])
        #expect(wrong.status == .forbidden)
        #expect(wrong.text.contains("urn:oliver:problem:forbidden"))
        #expect(!wrong.text.contains(raw.text))
        #expect(refreshes.value == 0)
    }

    @Test func `looks again when a well formed key is not known yet`() async throws {
        let (key, raw) = makeKey()
        let verifier = verifier
        let front = front { verifier.update([key]) }
        let reply = try await front.send(.get, "/me", headers: [.authorization: "Bearer \(raw.text)"])
        #expect(reply.text == key.id)
        #expect(refreshes.value == 1)
        let nonsense = try await front.send(.get, "/me", headers: [.authorization: "Bearer nonsense"])
        #expect(nonsense.status == .unauthorized)
        #expect(refreshes.value == 1)
    }

    @Test func `looks again for a key that is good no more, as for one that never was, and says the same`() async throws
    {
        let made = makeKey()
        var key = made.key
        key.revokedAt = clocks.now
        verifier.update([key])
        let unknown = try await front().send(.get, "/me", headers: [.authorization: "Bearer \(makeKey().raw.text)"])
        let revoked = try await front().send(.get, "/me", headers: [.authorization: "Bearer \(made.raw.text)"])
        #expect(unknown.status == .unauthorized && revoked.status == .unauthorized)
        #expect(refreshes.value == 2)
    }
}

final class RefreshCount: Sendable {
    private let count = Mutex(0)

    var value: Int {
        count.withLock { $0 }
    }

    func increment() {
        count.withLock { $0 += 1 }
    }
}
