import Domain
import FoundationEssentials
import PriceBook
import Testing

/// What is kept of a cost is enough to compute it again.
@Suite struct ReplayTests {
    /// Computes a cost from its kept content and start volume alone.
    private func replay(_ stored: Cost, _ plan: PricePlan, _ request: PriceRequest) throws -> CostExplanation {
        let content = try #require(plan.contentJSON(version: stored.provenance.priceVersion))
        let kept = try PricePlan(content: Array(content.utf8))
        #expect(kept.contentJSON(version: stored.provenance.priceVersion) == content)
        var call = request
        call.volume = stored.provenance.startVolume
        return kept.explain(call)
    }

    @Test func `the kept content of every vector leads to the same cost, line by line`() throws {
        let cache = PlanCache(try #require(Fixtures.book))
        var contents: [UInt64: String] = [:]
        for vector in Fixtures.vectors {
            let query = PriceQuery(provider: vector.provider, model: vector.model, request: vector.request)
            guard let plan = cache.plan(for: query, at: vector.request.occurredAt) else { continue }
            let stored = plan.explain(vector.request)
            let again = try replay(stored.cost, plan, vector.request)
            #expect(again.cost.money == stored.cost.money, "\(vector.id)")
            #expect(again.components == stored.components, "\(vector.id)")
            #expect(again.cost.provenance.priceVersion == stored.cost.provenance.priceVersion, "\(vector.id)")
            #expect(again.cost.provenance.multiplier == stored.cost.provenance.multiplier, "\(vector.id)")
            #expect(again.cost.provenance.flags == stored.cost.provenance.flags, "\(vector.id)")
            // One version, one text.
            let version = stored.cost.provenance.priceVersion
            let text = plan.contentJSON(version: version)
            #expect(contents.updateValue(text ?? "", forKey: version) ?? text == text, "\(vector.id)")
        }
        #expect(contents.count > 500)
    }

    @Test func `the version of a single price is the entry's own, that of a companion's another one`() throws {
        let map = """
            "m": {"litellm_provider": "p", "input_cost_per_token": 1e-6, "output_cost_per_token": 1e-6},
            "azure_ai/model_router": {"litellm_provider": "azure_ai", "input_cost_per_token": RATE}
            """
        var versions: [Set<UInt64>] = [[], []]
        for rate in ["1e-7", "2e-7"] {
            let book = try TestMap.book(map.replacing("RATE", with: rate))
            var call = request([.inputTokens: 10])
            let plain = PlanCache(book).cost(provider: "p", model: "m", call)
            let entry = try #require(book.versions.first { $0.entry.key == "m" }?.entry)
            #expect(plain.provenance.priceVersion == entry.contentVersion(source: .litellm))
            call.attributes.routerFee = true
            let routed = PlanCache(book).cost(provider: "p", model: "m", call)
            versions[0].insert(plain.provenance.priceVersion)
            versions[1].insert(routed.provenance.priceVersion)
            let plan = try #require(book.plan(for: PriceQuery(provider: "p", model: "m"), at: noon))
            #expect(plan.contentJSON(version: routed.provenance.priceVersion)?.contains("router_fee") == true)
            #expect(plan.contentJSON(version: 1) == nil)
            #expect(try replay(routed, plan, call).cost.money == routed.money)
        }
        // A new fee of the router leaves the prices that do not bill it what they were.
        #expect(versions.map(\.count) == [1, 2])
    }

    @Test func `a merged price is replayed as it was, tiers and custom quantities with it`() throws {
        let book = PriceBook(versions: [
            try TestBook.version(.litellm, "m", TestBook.input("1e-6"), to: 10),
            try TestBook.version(
                .catalogue,
                "p/m",
                """
                "volume_tiers": {"custom.minutes": [{"up_to": 10, "rate": "1/3"}, {"rate": "1/7"}]},
                "custom": {"a": "2/3"}
                """
            ),
            try TestBook.version(.override, "p/m", TestBook.input("5e-6"), workspace: "acme"),
        ])
        var call = request([.inputTokens: 7], custom: ["minutes": 4, "a": 1], at: TestBook.day(5))
        call.volume = 8_500_000
        let cache = PlanCache(book)
        let query = PriceQuery(provider: "p", model: "m", workspace: "acme")
        let plan = try #require(cache.plan(for: query, at: call.occurredAt))
        let stored = plan.explain(call)
        // 7 × 5e-6 + 2/3 + 1.5/3 + 2.5/7
        #expect(stored.cost.money == Money(usd: "1.523844523810"))
        let again = try replay(stored.cost, plan, call)
        #expect(again == stored)
    }

    @Test(arguments: [
        "", "[]", "{}", "{\"entry\": {\"litellm_provider\": \"p\"}}", "{\"source\": \"litellm\"}",
        "{\"entry\": {\"litellm_provider\": \"p\"}, \"source\": \"moon\"}",
        "{\"companions\": {\"router_fee\": {}}, \"entry\": {\"litellm_provider\": \"p\"}, \"source\": \"litellm\"}",
        "{\"entry\": {\"litellm_provider\": \"p\", \"input_cost_per_token\": -1}, \"source\": \"litellm\"}",
    ])
    func `what is no content is an error`(_ text: String) {
        #expect(throws: PriceBookError.self) { try PricePlan(content: Array(text.utf8)) }
    }
}
