import Domain
import FoundationEssentials
import Testing

@testable import Wire

/// The streams hold what other releases have written, while one replaces another: they read each other's entries.
@Suite struct `Entries of other releases` {
    private static func payload(_ name: String) throws -> [UInt8] {
        let folder = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
        let text = try String(contentsOfFile: "/\(folder)/Fixtures/stream-payloads.txt", encoding: .utf8)
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("\(name) ") })
        let digits = Array(line.dropFirst(name.count + 1))
        return try stride(from: 0, to: digits.count, by: 2).map {
            try #require(UInt8(String(digits[$0..<$0 + 2]), radix: 16))
        }
    }

    @Test func `a raw entry of 0_1_0 is read whole`() throws {
        let entry = try RawEntry(try Self.payload("raw"))
        let event = entry.event
        #expect(event.eventID == "evt-golden")
        #expect(event.occurredAt == Timestamp(microseconds: 1_795_428_000_123_456))
        #expect(event.receivedAt == Timestamp(seconds: 1_795_428_001))
        #expect(event.identity.workspace == "acme")
        #expect(event.identity.team == "growth")
        #expect(event.identity.sourceApp == "chatbot")
        #expect(event.identity.tags.map(\.value) == ["prod"])
        #expect(event.usage[.inputTokens] == Amount(millionths: 1_200_000_000))
        #expect(event.attributes.serviceTier == "flex")
        #expect(event.holdID == "hold_p03_x")
        #expect(entry.idHash == Array(0..<16))
        #expect(entry.digest == 0x0123_4567_89AB_CDEF)
        #expect(entry.keyID == "key_1")
        #expect(entry.traceParent == nil)
    }

    @Test func `what the body left open is read from beside it`() throws {
        let event = try RawEntry(try Self.payload("raw-minted")).event
        #expect(event.eventID == "minted-1")
        #expect(event.identity.workspace == "acme")
        #expect(event.occurredAt == event.receivedAt)
    }

    @Test func `a priced entry of 0_1_0 is read whole and for counting`() throws {
        let payload = try Self.payload("priced")
        let priced = try PricedEntry(payload).priced
        #expect(priced.event == (try RawEntry(try Self.payload("raw")).event))
        #expect(priced.cost.state == .partiallyPriced)
        #expect(priced.cost.money == Money(picoDollars: 37_500_000))
        #expect(priced.cost.provenance.priceVersion == 0xFEDC_BA98_7654_3210)
        #expect(priced.cost.provenance.startVolume == 0)
        #expect(priced.cost.unpriced == [UnpricedQuantity("pages", .noRate)])
        let counted = try CountedEntry(payload)
        #expect(counted.workspace == "acme")
        #expect(counted.cost == Money(picoDollars: 37_500_000))
        #expect(try PricedEntry(try Self.payload("priced-unpriced")).priced.cost.money == nil)
    }

    @Test func `what a later release adds does no harm, and goes on to the stages behind`() throws {
        let later = try Self.payload("raw-of-a-later-release")
        #expect(try RawEntry(later).event == RawEntry(try Self.payload("raw")).event)
        let cost = Cost(state: .free, money: .zero, provenance: Provenance(source: .litellm))
        let priced = try PricedEntry.encode(raw: later, operation: "tokens", cost: cost)
        let isCarried = priced.indices.contains { priced[$0...].starts(with: later) }
        #expect(isCarried)
    }

    @Test func `a trace is carried along, and nothing is when there is none`() throws {
        guard case .event(let event)? = try RecordBody(json: Array(`A record body`.full.utf8), limit: 1).items.first
        else {
            throw WireError("the sample is no event")
        }
        func payload(_ trace: TraceParent?) throws -> [UInt8] {
            try event.accepted(
                Acceptance(
                    eventID: "e",
                    isMinted: false,
                    workspace: "acme",
                    sourceApp: "app",
                    keyID: "k",
                    receivedAt: Timestamp(seconds: 1),
                    traceParent: trace
                )
            ).payload
        }
        let trace = try #require(TraceParent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"))
        let cost = Cost(state: .free, money: .zero, provenance: Provenance(source: .litellm))
        let traced = try PricedEntry.encode(raw: try payload(trace), operation: "tokens", cost: cost)
        #expect(try PricedEntry(traced).traceParent == trace)
        #expect(try payload(trace).count == payload(nil).count + 57)
        #expect(try RawEntry(try payload(nil)).traceParent == nil)
    }
}
