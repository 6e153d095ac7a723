import Domain
import Testing

@testable import Wire

@Suite struct `A priced entry` {
    private static func raw() throws -> [UInt8] {
        guard case .event(let event)? = try RecordBody(json: Array(`A record body`.full.utf8), limit: 1).items.first
        else {
            throw WireError("the sample is no event")
        }
        let acceptance = Acceptance(
            eventID: "018f3c1e-1",
            isMinted: false,
            workspace: "acme",
            sourceApp: "app",
            keyID: "k",
            receivedAt: Timestamp(seconds: 1)
        )
        return try event.accepted(acceptance).payload
    }

    @Test func `carries event and cost through the stream`() throws {
        let raw = try Self.raw()
        var flags = CostFlags(.usageInconsistent)
        flags.insert(.unheld)
        let cost = Cost(
            state: .partiallyPriced,
            money: Money(picoDollars: -37_500_000),
            unpriced: [UnpricedQuantity("custom.a", .noRate)],
            provenance: Provenance(
                source: .litellm,
                priceVersion: 0xFEDC_BA98_7654_3210,
                key: "gpt-4o-mini",
                rules: PriceRules(.basicTokens),
                flags: flags,
                multiplier: 1_100_000_000_000,
                startVolume: 0
            )
        )
        let entry = try PricedEntry(PricedEntry.encode(raw: raw, operation: "tokens", cost: cost))
        #expect(entry.priced.cost == cost)
        #expect(entry.priced.operation == "tokens")
        #expect(entry.priced.event == (try RawEntry(raw)).event)
        #expect(entry.idHash == EventIDHash(workspace: "acme", eventID: "018f3c1e-1").bytes)
    }

    @Test func `is read for counting as it is read whole`() throws {
        for cost in [Int64?.none, 0, 37_500_000] {
            let payload = try PricedEntry.encode(
                raw: try Self.raw(),
                operation: "tokens",
                cost: Cost(
                    state: cost == nil ? .unpriced : .priced,
                    money: cost.map { Money(picoDollars: $0) },
                    provenance: Provenance(source: .litellm)
                )
            )
            let whole = try PricedEntry(payload).priced
            let counted = try CountedEntry(payload)
            #expect(counted.workspace == whole.event.identity.workspace)
            #expect(counted.occurredAt == whole.event.occurredAt)
            #expect(counted.cost == whole.cost.money)
        }
    }

    @Test func `an unpriced event has no cost, and zero is not taken for it`() throws {
        let unpriced = Cost(state: .unpriced, money: nil, provenance: Provenance(source: .litellm))
        let free = Cost(state: .free, money: .zero, provenance: Provenance(source: .litellm))
        let raw = try Self.raw()
        #expect(try PricedEntry(PricedEntry.encode(raw: raw, operation: "", cost: unpriced)).priced.cost.money == nil)
        #expect(try PricedEntry(PricedEntry.encode(raw: raw, operation: "", cost: free)).priced.cost.money == .zero)
        let broken = Cost(state: .unpriced, money: .zero, provenance: Provenance(source: .litellm))
        let payload = try PricedEntry.encode(raw: raw, operation: "", cost: broken)
        #expect(throws: WireError.self) { try PricedEntry(payload) }
    }

    @Test func `random bytes are refused or decoded, never a crash`() throws {
        var random = SplitMix(state: 11)
        let valid = try PricedEntry.encode(
            raw: try Self.raw(),
            operation: "tokens",
            cost: .reported(Money(picoDollars: 5))
        )
        var refused = 0
        for _ in 0..<5_000 {
            var payload = valid
            for _ in 0..<3 {
                payload[Int.random(in: payload.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            do {
                _ = try PricedEntry(payload)
            } catch {
                #expect(error is WireError)
                refused += 1
            }
        }
        #expect(refused > 500)
    }
}
