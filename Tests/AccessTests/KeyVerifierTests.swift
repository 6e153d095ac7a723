import Access
import Domain
import HTTPTypes
import ServiceRuntime
import Testing

@Suite struct KeyVerifierTests {
    let clocks = ManualClocks()
    let verifier: KeyVerifier

    init() {
        verifier = KeyVerifier(
            rateLimit: RateLimit(perSecond: 1, burst: 3),
            wallClock: clocks,
            uptimeClock: clocks
        )
    }

    func makeKey(
        scopes: Scopes = .standard,
        workspace: String? = nil,
        expiresAt: Timestamp? = nil
    ) -> (key: APIKey, header: String) {
        let (key, raw) = APIKey.make(
            name: "test",
            scopes: scopes,
            workspace: workspace,
            sourceApp: "app",
            createdAt: clocks.now,
            createdBy: "test",
            expiresAt: expiresAt
        )
        return (key, "Bearer \(raw.text)")
    }

    func confirm() {
        verifier.confirm(asOf: clocks.uptime)
    }

    @Test func `names the caller of a good key`() throws {
        let (key, header) = makeKey(workspace: "acme")
        verifier.update([key])
        confirm()
        let caller = try verifier.verify(authorization: header, needing: .record)
        #expect(caller == Caller(keyID: key.id, name: "test", scopes: .standard, workspace: "acme", sourceApp: "app"))
        let lower = header.replacing("Bearer", with: "bearer")
        #expect(try verifier.verify(authorization: lower, needing: .record) == caller)
    }

    @Test func `refuses no header, another scheme, nonsense and unknown keys`() throws {
        confirm()
        let unknown = "Bearer \(RawKey.generate().text)"
        #expect(throws: AccessRefusal.missing) { try verifier.verify(authorization: nil, needing: .record) }
        #expect(throws: AccessRefusal.missing) { try verifier.verify(authorization: "Basic abc", needing: .record) }
        #expect(throws: AccessRefusal.missing) { try verifier.verify(authorization: "Bearer", needing: .record) }
        #expect(throws: AccessRefusal.unknown) { try verifier.verify(authorization: "Bearer x", needing: .record) }
        #expect(throws: AccessRefusal.unknown) { try verifier.verify(authorization: unknown, needing: .record) }
    }

    @Test func `refuses a key without the scope and lets admin do everything`() throws {
        let reader = makeKey(scopes: [.read])
        let admin = makeKey(scopes: [.admin])
        verifier.update([reader.key, admin.key])
        confirm()
        #expect(throws: AccessRefusal.scope("record")) {
            try verifier.verify(authorization: reader.header, needing: .record)
        }
        #expect(try verifier.verify(authorization: admin.header, needing: .reportCost).id == admin.key.id)
    }

    @Test func `refuses a key from its revocation on, however it hears of it`() throws {
        var first = makeKey()
        let second = makeKey()
        verifier.update([first.key, second.key])
        confirm()
        _ = try verifier.verify(authorization: first.header, needing: .record)
        first.key.revokedAt = clocks.now
        verifier.update([first.key])
        #expect(throws: AccessRefusal.revoked) { try verifier.verify(authorization: first.header, needing: .record) }
        verifier.setRevoked([second.key.id])
        #expect(throws: AccessRefusal.revoked) { try verifier.verify(authorization: second.header, needing: .record) }
    }

    @Test func `refuses a key from its expiry on`() throws {
        let (key, header) = makeKey(expiresAt: clocks.now.adding(.seconds(10)))
        verifier.update([key])
        confirm()
        clocks.advance(by: .milliseconds(9999))
        _ = try verifier.verify(authorization: header, needing: .record)
        clocks.advance(by: .milliseconds(1))
        #expect(throws: AccessRefusal.expired) { try verifier.verify(authorization: header, needing: .record) }
    }

    @Test func `trusts its copy for a minute after the last confirmation, then answers 503`() throws {
        let (key, header) = makeKey()
        verifier.update([key])
        #expect(throws: AccessRefusal.stale) { try verifier.verify(authorization: header, needing: .record) }
        confirm()
        clocks.advance(by: .seconds(60))
        _ = try verifier.verify(authorization: header, needing: .record)
        clocks.advance(by: .milliseconds(1))
        #expect(throws: AccessRefusal.stale) { try verifier.verify(authorization: header, needing: .record) }
        #expect(AccessRefusal.stale.problem.status.code == 503)
        confirm()
        _ = try verifier.verify(authorization: header, needing: .record)
    }

    @Test func `an old confirmation never makes a copy look newer or older`() {
        confirm()
        verifier.confirm(asOf: clocks.uptime - .seconds(50))
        clocks.advance(by: .seconds(30))
        #expect(verifier.isFresh)
    }

    @Test func `throttles one key without touching another, also across an update`() throws {
        let noisy = makeKey()
        let quiet = makeKey()
        verifier.update([noisy.key, quiet.key])
        confirm()
        for _ in 0..<3 {
            _ = try verifier.verify(authorization: noisy.header, needing: .record)
        }
        verifier.update([noisy.key])
        #expect(throws: AccessRefusal.rate(retryAfter: .seconds(1))) {
            try verifier.verify(authorization: noisy.header, needing: .record)
        }
        _ = try verifier.verify(authorization: quiet.header, needing: .record)
        clocks.advance(by: .seconds(1))
        _ = try verifier.verify(authorization: noisy.header, needing: .record)
    }

    @Test func `forgets keys that are gone after a replacement`() throws {
        let (key, header) = makeKey()
        verifier.update([key])
        confirm()
        verifier.replace([])
        #expect(throws: AccessRefusal.unknown) { try verifier.verify(authorization: header, needing: .record) }
    }

    @Test func `gives each use once, at most one a minute, and again when it could not be written`() throws {
        let (key, header) = makeKey()
        verifier.update([key])
        confirm()
        #expect(verifier.takeUses().isEmpty)
        _ = try verifier.verify(authorization: header, needing: .record)
        let uses = verifier.takeUses()
        #expect(uses == [KeyUse(keyID: key.id, at: clocks.now)])
        #expect(verifier.takeUses().isEmpty)
        verifier.returnUses(uses)
        #expect(verifier.takeUses() == uses)
        clocks.advance(by: .seconds(30))
        _ = try verifier.verify(authorization: header, needing: .record)
        #expect(verifier.takeUses().isEmpty)
        clocks.advance(by: .seconds(30))
        confirm()
        _ = try verifier.verify(authorization: header, needing: .record)
        #expect(verifier.takeUses() == [KeyUse(keyID: key.id, at: clocks.now)])
    }

    @Test func `a bound caller works in its workspace only and an unbound one in any`() throws {
        let bound = Caller(keyID: "k", scopes: .standard, workspace: "acme", sourceApp: "a")
        let unbound = Caller(keyID: "k", scopes: .standard, workspace: nil, sourceApp: "a")
        #expect(try bound.workspace(naming: nil) == "acme")
        #expect(try bound.workspace(naming: "acme") == "acme")
        #expect(throws: AccessRefusal.workspace) { try bound.workspace(naming: "other") }
        #expect(try unbound.workspace(naming: "other") == "other")
        #expect(try unbound.workspace(naming: nil) == nil)
    }

    @Test func `reads and writes the names of scopes`() {
        #expect(Scopes(names: ["record", "report_cost"]) == [.record, .reportCost])
        #expect(Scopes(names: ["record", "root"]) == nil)
        #expect(Scopes.standard.names == ["preflight", "record", "upsert"])
    }
}
