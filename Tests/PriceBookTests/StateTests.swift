import Domain
import PriceBook
import Testing

@Suite struct StateTests {
    @Test func `a quantity without a rate is listed, and the rest is priced`() throws {
        let plan = try TestMap.plan("\"input_cost_per_token\": 1e-6, \"output_cost_per_token\": 2e-6")
        let cost = plan.cost(
            of: request([.inputTokens: 10, .webSearchRequests: 2], custom: ["agent_minutes": 3])
        )
        #expect(cost.state == .partiallyPriced)
        #expect(cost.money == Money(usd: "0.00001"))
        #expect(
            cost.unpriced == [
                UnpricedQuantity("web_search_requests", .noRate), UnpricedQuantity("agent_minutes", .noRate),
            ]
        )
    }

    @Test func `an output without a rate is not free`() throws {
        let plan = try TestMap.plan("\"input_cost_per_token\": 1e-6")
        let cost = plan.cost(of: request([.inputTokens: 10, .outputTokens: 5]))
        #expect(cost.state == .partiallyPriced)
        #expect(cost.unpriced == [UnpricedQuantity("output_tokens", .noRate)])
    }

    @Test func `an entry without any price leaves everything unpriced`() throws {
        let plan = try TestMap.plan("\"max_tokens\": 100")
        let cost = plan.cost(of: request([.inputTokens: 10]))
        #expect(cost.state == .unpriced)
        #expect(cost.money == nil)
        #expect(cost.unpriced == [UnpricedQuantity("input_tokens", .noPrice)])
    }

    @Test func `a model without standard rates is unpriced in the standard tier`() throws {
        let plan = try TestMap.plan("\"input_cost_per_token_priority\": 1e-6")
        #expect(plan.cost(of: request([.inputTokens: 10])).state == .unpriced)
        #expect(plan.exact(request([.inputTokens: 10], tier: "fast")) == "0.00001")
    }

    @Test func `rates that are all zero are free, which is not unpriced`() throws {
        let plan = try TestMap.plan("\"input_cost_per_token\": 0, \"output_cost_per_token\": 0.0")
        let cost = plan.cost(of: request([.inputTokens: 10]))
        #expect(cost.state == .free)
        #expect(cost.money == .zero)
    }

    @Test func `a zero rate among others is a price`() throws {
        let plan = try TestMap.plan("\"input_cost_per_token\": 0, \"output_cost_per_token\": 1e-6")
        #expect(plan.cost(of: request([.inputTokens: 10])).state == .priced)
    }

    @Test func `only input tokens that another unit pays for cost nothing of their own`() throws {
        let plan = try TestMap.plan("\"input_cost_per_query\": 1e-3", mode: "embedding")
        let both = plan.cost(of: request([.inputTokens: 10, .queries: 1]))
        #expect(both.state == .priced)
        #expect(both.money == Money(usd: "0.001"))
        #expect(both.provenance.flags.contains(.includedQuantity))
        let alone = plan.cost(of: request([.inputTokens: 10]))
        #expect(alone.state == .unpriced)
        #expect(alone.unpriced == [UnpricedQuantity("input_tokens", .noRate)])
    }

    @Test func `an unknown model is unpriced with everything that was used`() throws {
        let cache = PlanCache(try TestMap.book("\"m\": {\"litellm_provider\": \"p\", \"input_cost_per_token\": 1}"))
        let cost = cache.cost(provider: "q", model: "m", request([.inputTokens: 10, .outputTokens: 0]))
        #expect(cost.state == .unpriced)
        #expect(cost.unpriced == [UnpricedQuantity("input_tokens", .unknownModel)])
        #expect(cost.provenance.priceVersion == 0)
    }

    @Test(arguments: [(1_000_000, "1000000.000000000000"), (1_000_001, nil), (1_000_000_000_000, nil)])
    func `a cost beyond a million USD is out of range`(_ tokens: Int64, _ expected: String?) throws {
        let plan = try TestMap.plan("\"input_cost_per_token\": 1, \"output_cost_per_token\": 1e-6")
        let cost = plan.cost(of: request([.inputTokens: tokens]))
        #expect(cost.money?.usd == expected)
        #expect(cost.unpriced.first?.reason == (expected == nil ? .outOfRange : nil))
    }

    @Test func `a cost whose product does not fit any number is out of range and does not trap`() throws {
        let plan = try TestMap.plan(
            "\"input_cost_per_second\": 99999999999, \"input_cost_per_token\": 99999999999, \"output_cost_per_token\": 1"
        )
        let usage = Usage(items: [.init(.inputTokens, .limit), .init(.outputTokens, .limit)])
        #expect(plan.cost(of: PriceRequest(usage: usage, occurredAt: noon)).state == .unpriced)
        let time = Usage(items: [.init(.seconds, Amount(millionths: Amount.limit.millionths - 1))])
        let cost = plan.cost(of: PriceRequest(operation: .transcription, usage: time, occurredAt: noon))
        #expect(cost.unpriced.first?.reason == .outOfRange)
    }

    @Test(arguments: [
        ("0.0000000000005", "0.000000000000"), ("0.0000000000015", "0.000000000002"),
        ("0.0000000000025", "0.000000000002"), ("0.000000000002500000000000001", "0.000000000003"),
        ("0.0000000000035", "0.000000000004"),
    ])
    func `the cost is rounded once, half to even`(_ rate: String, _ expected: String) throws {
        let plan = try TestMap.plan("\"input_cost_per_token\": \(rate), \"output_cost_per_token\": 1e-6")
        #expect(plan.cost(of: request([.inputTokens: 1])).money?.usd == expected)
    }

    @Test func `lines are added before they are rounded`() throws {
        let plan = try TestMap.plan(
            "\"input_cost_per_token\": 0.0000000000004, \"output_cost_per_token\": 0.0000000000004"
        )
        #expect(plan.cost(of: request([.inputTokens: 1, .outputTokens: 1])).money?.picoDollars == 1)
    }

    @Test func `usage that does not add up is priced and flagged`() throws {
        let plan = try TestMap.plan("\"input_cost_per_token\": 1e-6, \"output_cost_per_token\": 1e-6")
        let cost = plan.cost(of: request([.inputTokens: 10, .outputTokens: 5, .reasoningTokens: 9]))
        #expect(cost.provenance.flags.contains(.usageInconsistent))
        #expect(cost.money == Money(usd: "0.000019"))
    }

    @Test func `tokens stand in when an operation's own unit has no rate`() throws {
        let plan = try TestMap.plan(
            "\"input_cost_per_token\": 1e-6, \"output_cost_per_token\": 1e-6",
            mode: "image_generation"
        )
        let cost = plan.cost(of: request([.images: 1, .inputTokens: 5], operation: .image))
        #expect(cost.state == .priced)
        #expect(cost.money == Money(usd: "0.000005"))
        #expect(plan.cost(of: request([.images: 1], operation: .image)).state == .unpriced)
    }
}

@Suite struct OperationTests {
    @Test(arguments: [
        ("chat", [UsageQuantity.inputTokens], PriceOperation.chat), ("embedding", [.inputTokens], .embedding),
        ("image_generation", [.images], .image), ("image_generation", [.images, .outputTokens], .tokens),
        ("video_generation", [.seconds], .video), ("audio_speech", [.characters], .speech),
        ("audio_transcription", [.seconds], .transcription), ("audio_transcription", [.inputTokens], .tokens),
        ("chat", [.webSearchRequests], .webSearch), ("chat", [.mapsRequests], .mapsGrounding),
        ("chat", [.sessions], .codeInterpreter), ("chat", [.webSearchRequests, .outputTokens], .chat),
        ("rerank", [.queries], .rerank), ("search", [.queries], .search), ("ocr", [.pages], .ocr),
    ])
    func `an absent operation is told from the mode and the quantities`(
        _ mode: String,
        _ quantities: [UsageQuantity],
        _ operation: PriceOperation
    ) throws {
        let plan = try TestMap.plan("\"input_cost_per_token\": 1, \"output_cost_per_token\": 1", mode: mode)
        let call = request(Dictionary(uniqueKeysWithValues: quantities.map { ($0, 1) }))
        #expect(plan.operation(of: call) == operation)
    }

    @Test func `a model that bills time alone meters the wall clock`() throws {
        let plan = try TestMap.plan("\"input_cost_per_second\": 0.5")
        #expect(plan.operation(of: request([.seconds: 2, .inputTokens: 9])) == .wallClock)
        #expect(plan.exact(request([.seconds: 2, .inputTokens: 9])) == "1")
    }

    @Test func `an operation that was sent is kept`() throws {
        let plan = try TestMap.plan("\"input_cost_per_token\": 1")
        #expect(plan.operation(of: request([.inputTokens: 1], operation: .responses)) == .responses)
    }
}
