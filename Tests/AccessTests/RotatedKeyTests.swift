import Access
import Domain
import FoundationEssentials
import ServiceRuntime
import Testing

/// A key whose secret was changed.
@Suite struct RotatedKeyTests {
    let clocks = ManualClocks()
    let verifier: KeyVerifier

    init() {
        verifier = KeyVerifier(wallClock: clocks, uptimeClock: clocks)
        verifier.confirm(asOf: clocks.uptime)
    }

    private func makeKey(_ name: String = "k") -> (key: APIKey, raw: RawKey) {
        APIKey.make(name: name, sourceApp: "app", createdAt: clocks.now, createdBy: "test")
    }

    private func isGood(_ raw: RawKey) -> Bool {
        verifier.confirm(asOf: clocks.uptime)
        return (try? verifier.verify(authorization: "Bearer \(raw.text)", needing: .record)) != nil
    }

    @Test func `both secrets are good until the grace ends, and name one key`() throws {
        var (key, old) = makeKey()
        verifier.update([key])
        let new = RawKey.generate()
        key.rotate(to: new, at: clocks.now, grace: .seconds(60))
        verifier.update([key])
        let callers = try [old, new].map { try verifier.verify(authorization: "Bearer \($0.text)", needing: .record) }
        #expect(callers[0] == callers[1])
        clocks.advance(by: .seconds(59))
        #expect(isGood(old) && isGood(new))
        clocks.advance(by: .seconds(1))
        #expect(!isGood(old))
        #expect(isGood(new))
    }

    @Test func `without a grace the old secret ends at once`() {
        var (key, old) = makeKey()
        verifier.update([key])
        let new = RawKey.generate()
        key.rotate(to: new, at: clocks.now, grace: .zero)
        verifier.update([key])
        #expect(!isGood(old))
        #expect(isGood(new))
    }

    @Test func `a replica that missed a rotation forgets the secret before it too`() {
        var (key, first) = makeKey()
        verifier.update([key])
        let second = RawKey.generate()
        key.rotate(to: second, at: clocks.now, grace: .seconds(60))
        let third = RawKey.generate()
        key.rotate(to: third, at: clocks.now, grace: .seconds(60))
        verifier.update([key])
        #expect(!isGood(first))
        #expect(isGood(second) && isGood(third))
    }

    @Test func `a revoked key is refused by both secrets`() {
        var (key, old) = makeKey()
        let new = RawKey.generate()
        key.rotate(to: new, at: clocks.now, grace: .seconds(60))
        verifier.update([key])
        verifier.setRevoked([key.id])
        #expect(!isGood(old) && !isGood(new))
    }

    @Test func `uses by either secret are the key's, once`() throws {
        var (key, old) = makeKey()
        let new = RawKey.generate()
        key.rotate(to: new, at: clocks.now, grace: .seconds(60))
        verifier.update([key])
        #expect(isGood(old) && isGood(new))
        #expect(verifier.takeUses() == [KeyUse(keyID: key.id, at: clocks.now)])
        #expect(verifier.takeUses().isEmpty)
    }

    @Test func `a hundred thousand keys are found in the time of one`() throws {
        let before = residentBytes()
        let last = makeKey()
        verifier.update((0..<100_000).map { makeKey("key-\($0)").key } + [last.key])
        let bytes = (residentBytes() - before) / 100_000
        let header = "Bearer \(last.raw.text)"
        let rounds = 20_000
        let took = try ContinuousClock().measure {
            for _ in 0..<rounds { _ = try verifier.verify(authorization: header, needing: .record) }
        }
        print("100,000 keys: about \(bytes) bytes of memory for each, \(took / rounds) for a check (debug build)")
        // A search through them would take milliseconds.
        #expect(took / rounds < .milliseconds(1))
    }

    /// The memory that this process has, in bytes.
    private func residentBytes() -> Int {
        let fields = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ") ?? []
        return fields.count > 1 ? (Int(fields[1]) ?? 0) * 4_096 : 0
    }
}
