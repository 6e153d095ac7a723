import Domain
import PriceBook
import Testing

/// Rates that fall with what a workspace's calendar month has had of a quantity.
@Suite struct VolumeTests {
    /// Google's speech to text: 60 minutes free, then by the minute, cheaper beyond 500,000 and a million.
    private static let speech = """
        "volume_tiers": {"input_cost_per_second": [{"up_to": 3600, "rate": 0}, {"up_to": 30000000, "rate": "0.016/60"},
        {"up_to": 60000000, "rate": "0.010/60"}, {"rate": "0.004/60"}]}
        """

    private func plan() throws -> PricePlan { try TestMap.plan(Self.speech, mode: "audio_transcription") }

    private func call(seconds: Int64, volume: Int64?) -> PriceRequest {
        PriceRequest(
            usage: Usage(items: [.init(.seconds, Amount(units: seconds))]),
            occurredAt: noon,
            volume: volume.map { $0 * 1_000_000 }
        )
    }

    @Test(
        arguments: [
            (60, nil, "0"), (3_600, 0, "0"), (3_660, 0, "0.016"), (60, 3_600, "0.016"), (120, 3_540, "0.016"),
            (60, 29_999_970, "0.013"), (60, 30_000_000, "0.01"), (60_000_060, 0, "12999.044"),
            (60, 1_000_000_000, "0.004"),
            (60, -5, "0"),
        ] as [(Int64, Int64?, String)]
    )
    func `each second costs what its place in the month's volume says`(
        _ seconds: Int64,
        _ volume: Int64?,
        _ cost: String
    ) throws {
        let found = try plan().explain(call(seconds: seconds, volume: volume))
        #expect(found.exactCost == cost)
        #expect(found.cost.state == .priced)
        #expect(found.cost.provenance.flags == CostFlags(.volumeTier))
        #expect(found.cost.provenance.startVolume == max(volume ?? 0, 0) * 1_000_000)
    }

    @Test func `the cost has a line for each tier`() throws {
        let lines = try plan().explain(call(seconds: 120, volume: 3_540)).components
        #expect(
            lines.map { "\($0.component) \($0.quantity) \($0.rateKey ?? "-") \($0.cost)" } == [
                "seconds 60 volume_tiers.input_cost_per_second.up_to_3600 0",
                "seconds 60 volume_tiers.input_cost_per_second.up_to_30000000 0.016",
            ]
        )
    }

    @Test(arguments: [1, 7, 2_026] as [UInt64])
    func `one after the other costs what all at once costs`(_ seed: UInt64) throws {
        let plan = try plan()
        var random = SeededGenerator(seed)
        var volume: Int64 = 0
        let amounts = (0..<300).map { _ in Int64.random(in: 1...500_000_000_000, using: &random) }
        // Each cost is rounded by itself, which is half a pico-dollar at most.
        var sum: Int64 = 0
        for amount in amounts {
            var call = call(seconds: 0, volume: nil)
            call.usage.items = [.init(.seconds, Amount(millionths: amount))]
            call.volume = volume
            sum += try #require(plan.cost(of: call).money).picoDollars
            #expect(plan.volume(of: call) == amount)
            volume += amount
        }
        var whole = call(seconds: 0, volume: nil)
        whole.usage.items = [.init(.seconds, Amount(millionths: volume))]
        let expected = try #require(plan.cost(of: whole).money).picoDollars
        #expect(abs(sum - expected) <= Int64(amounts.count) / 2 + 1)
        #expect(volume > 60_000_000_000_000)
    }

    @Test(arguments: [1, 7, 2_026] as [UInt64])
    func `splitting an event in whole minutes changes nothing at all`(_ seed: UInt64) throws {
        let plan = try plan()
        var random = SeededGenerator(seed)
        for _ in 0..<500 {
            let volume = Int64.random(in: 0...1_200_000, using: &random) * 60
            let parts = (0..<4).map { _ in Int64.random(in: 0...300_000, using: &random) * 60 }
            var (sum, start) = (Int64(0), volume)
            for part in parts {
                sum += try #require(plan.cost(of: call(seconds: part, volume: start)).money).picoDollars
                start += part
            }
            let whole = plan.cost(of: call(seconds: parts.reduce(0, +), volume: volume))
            #expect(whole.money?.picoDollars == sum)
        }
    }

    @Test func `a plan names the quantity whose volume counts`() throws {
        #expect(try plan().volumeQuantity == "seconds")
        let characters = try TestMap.plan("\"volume_tiers\": {\"input_cost_per_character\": [{\"rate\": 1}]}")
        #expect(characters.volumeQuantity == "characters")
        let custom = try TestMap.plan("\"volume_tiers\": {\"custom.agent_minutes\": [{\"rate\": 1}]}")
        #expect(custom.volumeQuantity == "agent_minutes")
        let plain = try TestMap.plan("\"input_cost_per_token\": 1")
        #expect(plain.volumeQuantity == nil)
        #expect(plain.volume(of: request([.inputTokens: 5])) == 0)
        #expect(plain.cost(of: request([.inputTokens: 5])).provenance.startVolume == nil)
    }

    @Test func `characters of speech and custom quantities have tiers too`() throws {
        let tiers = "[{\"up_to\": 100, \"rate\": 0}, {\"rate\": \"16/1000000\"}]"
        let speech = try TestMap.plan(
            "\"volume_tiers\": {\"input_cost_per_character\": \(tiers)}",
            mode: "audio_speech"
        )
        #expect(speech.exact(request([.characters: 1_100])) == "0.016")
        let custom = try TestMap.plan("\"volume_tiers\": {\"custom.units\": \(tiers)}")
        #expect(custom.exact(request([:], custom: ["units": 1_100])) == "0.016")
        #expect(custom.cost(of: request([:], custom: ["units": 1_100])).state == .priced)
    }

    @Test func `what the tiers do not bill adds nothing to the volume`() throws {
        let plan = try TestMap.plan("\(Self.speech), \"input_cost_per_token\": 1e-6", mode: "chat")
        let call = request([.inputTokens: 10])
        #expect(plan.volume(of: call) == 0)
        #expect(plan.cost(of: call).provenance.startVolume == nil)
        #expect(plan.cost(of: call).provenance.flags == [])
    }

    @Test func `two lines at the same rate follow each other in the volume`() throws {
        let plan = try TestMap.plan(
            "\"volume_tiers\": {\"ocr_cost_per_page\": [{\"up_to\": 10, \"rate\": 0}, {\"rate\": 1}]}",
            mode: "ocr"
        )
        // Annotated pages without a rate cost what pages cost: 6 + 6 are 2 beyond the tier.
        #expect(plan.exact(request([.pages: 6, .annotatedPages: 6])) == "2")
    }

    @Test func `a flat override ends the tiers`() throws {
        let book = PriceBook(versions: [
            try TestBook.version(.catalogue, "p/m", "\"mode\": \"audio_transcription\", \(Self.speech)"),
            try TestBook.version(.override, "p/m", "\"input_cost_per_second\": 1", workspace: "acme"),
        ])
        let cache = PlanCache(book)
        #expect(
            cache.explain(provider: "p", model: "m", workspace: "acme", call(seconds: 5, volume: 0)).exactCost == "5"
        )
        #expect(cache.explain(provider: "p", model: "m", call(seconds: 5, volume: 0)).exactCost == "0")
    }

    @Test func `a volume beyond all numbers does not trap`() throws {
        let call = PriceRequest(
            usage: Usage(items: [.init(.seconds, .limit)]),
            occurredAt: noon,
            volume: .max
        )
        #expect(try plan().cost(of: call).unpriced.first?.reason == .outOfRange)
        var less = call
        less.usage.items = [.init(.seconds, Amount(units: 60))]
        #expect(try plan().exact(less) == "0.004")
    }
}

@Suite struct CustomQuantityTests {
    private static let fields = """
        "mode": "chat", "custom": {"agent_minutes": "4.8/60", "sound_effects": 0.12, "nothing": 0}
        """

    @Test func `a custom quantity is billed at its rate`() throws {
        let plan = try TestMap.plan(Self.fields)
        let call = request([:], custom: ["agent_minutes": 90])
        #expect(plan.exact(call) == "7.2")
        #expect(plan.keys(call) == ["agent_minutes custom.agent_minutes"])
        #expect(plan.cost(of: call).state == .priced)
    }

    @Test func `one without a rate is listed, and the others are priced`() throws {
        let cost = try TestMap.plan(Self.fields).cost(
            of: request([.inputTokens: 5], custom: ["sound_effects": 2, "music_minutes": 3])
        )
        #expect(cost.state == .partiallyPriced)
        #expect(cost.money == Money(usd: "0.24"))
        #expect(
            cost.unpriced == [UnpricedQuantity("input_tokens", .noRate), UnpricedQuantity("music_minutes", .noRate)]
        )
    }

    @Test func `none with a rate leaves the call unpriced`() throws {
        let cost = try TestMap.plan(Self.fields).cost(of: request([:], custom: ["music_minutes": 3]))
        #expect(cost.state == .unpriced)
        #expect(cost.unpriced == [UnpricedQuantity("music_minutes", .noRate)])
    }

    @Test func `a rate of zero is a price`() throws {
        let cost = try TestMap.plan(Self.fields).cost(of: request([:], custom: ["nothing": 3]))
        #expect(cost.state == .priced)
        #expect(cost.money == .zero)
    }

    @Test func `an override prices a custom quantity of a model of the map`() throws {
        let book = PriceBook(versions: [
            try TestBook.version(.litellm, "m", TestBook.input("1e-6")),
            try TestBook.version(.override, "p/m", "\"custom\": {\"agent_minutes\": 2}"),
        ])
        let call = request([.inputTokens: 1_000_000], custom: ["agent_minutes": 3])
        #expect(PlanCache(book).explain(provider: "p", model: "m", call).exactCost == "7")
    }

    @Test func `no multiplier of the tokens applies to it`() throws {
        let plan = try TestMap.plan(
            "\"input_cost_per_token\": 1, \"custom\": {\"units\": 1}, \"regional_endpoint_uplift_multiplier\": 1.5",
            provider: "vertex_ai"
        )
        var call = request([.inputTokens: 2], custom: ["units": 2])
        call.attributes.vertexLocation = "europe-west4"
        #expect(plan.exact(call) == "5")
    }
}
