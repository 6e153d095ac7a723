import Domain
import PriceBook
import Testing

/// Overrides lie over the catalogue, the catalogue over LiteLLM's map.
@Suite struct LayerTests {
    private static let both = "\"input_cost_per_token\": 1e-6, \"output_cost_per_token\": 10e-6"

    private func source(_ book: PriceBook, day: Int64, workspace: String? = nil) -> String {
        book.explain(at: TestBook.day(day), workspace: workspace).cost.provenance.source.name
    }

    @Test func `an override of one rate leaves the others as they are`() throws {
        let book = PriceBook(versions: [
            try TestBook.version(.litellm, "m", Self.both),
            try TestBook.version(.override, "p/m", TestBook.input("2e-6")),
        ])
        let call = request([.inputTokens: 1_000_000, .outputTokens: 1_000_000])
        let found = PlanCache(book).explain(provider: "p", model: "m", call)
        #expect(found.exactCost == "12")
        #expect(found.cost.provenance.source == .override)
        #expect(found.cost.provenance.key == "p/m")
    }

    @Test func `the catalogue lies over the map, and overrides of a workspace over those of all`() throws {
        let book = PriceBook(versions: [
            try TestBook.version(.override, "p/m", TestBook.input("4e-6"), workspace: "acme"),
            try TestBook.version(.override, "p/m", TestBook.input("3e-6"), recorded: 5),
            try TestBook.version(.catalogue, "p/m", TestBook.input("2e-6")),
            try TestBook.version(.litellm, "m", Self.both),
        ])
        #expect(book.exact(day: 0, workspace: "acme") == "4")
        #expect(book.exact(day: 0, workspace: "other") == "3")
        #expect(book.exact(day: 0) == "3")
        #expect(source(book, day: 0) == "override")
    }

    @Test func `an override of an alias lies over what the alias stands for, in its own time only`() throws {
        let aliases = PriceAliases { _, model in model == "voice" ? ("p", "family") : nil }
        let book = PriceBook(
            versions: [
                try TestBook.version(.catalogue, "p/family", Self.both),
                try TestBook.version(.override, "p/voice", TestBook.input("7e-6"), from: 10, to: 20),
                try TestBook.version(.override, "p/voice", "\"custom\": {\"extra\": 2}", from: 30),
            ],
            aliases: aliases
        )
        // Neither before nor after its time, and never in the place of the rates below.
        let costs = [0, 9, 10, 19, 20, 40].map { book.exact("voice", day: $0) }
        #expect(costs == ["1", "1", "7", "7", "1", "1"])
        #expect(book.explain("voice", at: TestBook.day(0)).cost.provenance.flags.isEmpty)
    }

    @Test func `an override of a workspace is not seen by another`() throws {
        let book = PriceBook(versions: [
            try TestBook.version(.litellm, "m", Self.both),
            try TestBook.version(.override, "p/m", TestBook.input("0"), workspace: "acme"),
            try TestBook.version(.override, "p/n", TestBook.input("5e-6"), workspace: "acme"),
        ])
        let cache = PlanCache(book)
        for workspace in ["acme", "other", "acme", "other"] {
            let call = request([.inputTokens: 1_000_000])
            let cost = cache.cost(provider: "p", model: "m", workspace: workspace, call)
            #expect(cost.money == (workspace == "acme" ? .zero : Money(usd: "1")))
            #expect(cost.provenance.source == (workspace == "acme" ? .override : .litellm))
        }
        #expect(book.exact("n", day: 0, workspace: "other") == nil)
        #expect(book.exact("n", day: 0, workspace: "acme") == "5")
    }

    @Test func `an override in the middle of time holds there only`() throws {
        let book = PriceBook(versions: [
            try TestBook.version(.litellm, "m", TestBook.input("1e-6"), to: 15),
            try TestBook.version(.litellm, "m", TestBook.input("2e-6"), from: 15),
            try TestBook.version(.override, "p/m", TestBook.input("9e-6"), from: 10, to: 20),
        ])
        #expect([9, 10, 15, 19, 20].map { book.exact(day: $0) } == ["1", "9", "9", "9", "2"])
        #expect([9, 10, 19, 20].map { source(book, day: $0) } == ["litellm", "override", "override", "litellm"])
    }

    @Test func `of two overrides the one recorded last counts, rate by rate`() throws {
        let book = PriceBook(versions: [
            try TestBook.version(.litellm, "m", Self.both),
            try TestBook.version(.override, "p/m", TestBook.input("7e-6"), recorded: 2),
            try TestBook.version(
                .override,
                "p/m",
                "\"input_cost_per_token\": 3e-6, \"output_cost_per_token\": 30e-6",
                from: 1,
                recorded: 1
            ),
        ])
        #expect(book.exact(day: 5) == "7")
        let output = PlanCache(book).explain(provider: "p", model: "m", request([.outputTokens: 1_000_000]))
        #expect(output.exactCost == "30")
    }

    @Test func `an override without any rate changes nothing`() throws {
        let book = PriceBook(versions: [
            try TestBook.version(.litellm, "m", Self.both),
            try TestBook.version(.override, "p/m", "\"max_tokens\": 5"),
        ])
        #expect(book.exact(day: 0) == "1")
        #expect(source(book, day: 0) == "litellm")
    }

    @Test func `overrides and catalogue go by the exact name, whatever its case or prefix`() throws {
        let book = PriceBook(versions: [
            try TestBook.version(.litellm, "m", Self.both),
            try TestBook.version(.override, "P/M", TestBook.input("2e-6")),
        ])
        #expect(book.exact("m", day: 0) == "2")
        #expect(book.exact("p/M", day: 0) == "2")
        // The map's entry is found by stripping the date; the override is not.
        #expect(book.exact("m-2026-01-05", day: 0) == "1")
    }

    @Test func `the catalogue is asked for stripped names only where the map knows none`() throws {
        let book = PriceBook(versions: [
            try TestBook.version(.litellm, "m", Self.both),
            try TestBook.version(.catalogue, "p/m", TestBook.input("2e-6")),
            try TestBook.version(.catalogue, "p/only", TestBook.input("3e-6")),
        ])
        #expect(book.exact("m-2026-01-05", day: 0) == "1")
        #expect(book.exact("only-2026-01-05", day: 0) == "3")
        #expect(source(book, day: 0) == "catalogue")
    }

    @Test func `an alias is asked about only when the model has no price of its own at the time`() throws {
        let book = PriceBook(
            versions: [
                try TestBook.version(.catalogue, "p/family", TestBook.input("1e-6")),
                try TestBook.version(.litellm, "p/voice-b", TestBook.input("2e-6"), to: 10),
                try TestBook.version(.override, "p/family", TestBook.input("3e-6"), workspace: "acme"),
            ],
            aliases: PriceAliases { _, model in model.hasPrefix("voice-") ? ("P", "Family") : nil }
        )
        #expect(book.exact("voice-a", day: 0) == "1")
        #expect([9, 10].map { book.exact("voice-b", day: $0) } == ["2", "1"])
        #expect(book.exact("voice-a", day: 0, workspace: "acme") == "3")
        #expect(book.exact("other", day: 0) == nil)
        #expect(book.explain("voice-a", at: noon).cost.provenance.rules.contains(.nameResolution))
    }

    @Test func `an override prices a model that nobody else knows, from its start on and backwards`() throws {
        let book = PriceBook(versions: [
            try TestBook.version(.override, "p/m", TestBook.input("2e-6"), from: 10, to: 20)
        ])
        #expect([9, 10, 19, 20].map { book.exact(day: $0) } == ["2", "2", "2", nil])
        #expect(book.explain(at: TestBook.day(9)).cost.provenance.flags.contains(.priceBackdated))
        #expect(!book.explain(at: TestBook.day(10)).cost.provenance.flags.contains(.priceBackdated))
    }

    @Test func `an override does not hide that the price below it is backdated`() throws {
        let book = PriceBook(versions: [
            try TestBook.version(.litellm, "m", Self.both, from: 10),
            try TestBook.version(.override, "p/m", TestBook.input("2e-6")),
        ])
        let call = request([.inputTokens: 1_000_000, .outputTokens: 1_000_000], at: TestBook.day(5))
        let cost = PlanCache(book).cost(provider: "p", model: "m", call)
        #expect(cost.money == Money(usd: "12"))
        #expect(cost.provenance.flags.contains(.priceBackdated))
    }

    @Test func `a flat rate replaces those of the tables below it`() throws {
        let table = """
            "tiered_pricing": [{"range": [0, 1000], "input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6},
            {"range": [1000, 2000], "input_cost_per_token": 3e-6, "output_cost_per_token": 4e-6}]
            """
        let book = PriceBook(versions: [
            try TestBook.version(.litellm, "m", table),
            try TestBook.version(.override, "p/m", TestBook.input("7e-6")),
        ])
        let call = request([.inputTokens: 1_500, .outputTokens: 1_000])
        #expect(PlanCache(book).explain(provider: "p", model: "m", call).exactCost == "0.0145")
    }

    @Test func `provider rules stay those of the entry below`() throws {
        let book = PriceBook(versions: [
            try TestBook.version(.litellm, "vertex_ai/g", Self.both, provider: "vertex_ai-language-models"),
            try TestBook.version(
                .override,
                "vertex_ai/g",
                "\"regional_endpoint_uplift_multiplier\": 1.5, \(TestBook.input("2e-6"))",
                provider: "vertex_ai"
            ),
        ])
        var call = request([.inputTokens: 1_000_000])
        call.attributes.vertexLocation = "europe-west4"
        #expect(PlanCache(book).explain(provider: "vertex_ai", model: "g", call).exactCost == "3")
    }

    @Test func `an image's size of the map is overridden under the model's name or the size's own`() throws {
        let key = "p/high/1024-x-1536/img"
        let base = try TestBook.version(.litellm, key, "\"output_cost_per_image\": 1")
        let plain = try TestBook.version(.override, "p/img", "\"output_cost_per_image\": 2", recorded: 9)
        let sized = try TestBook.version(.override, key, "\"output_cost_per_image\": 3")
        let call = PriceRequest(
            operation: .image,
            usage: Usage(items: [.init(.images, Amount(units: 1))]),
            attributes: PriceAttributes(size: "1024x1536", quality: "high"),
            occurredAt: noon
        )
        for (versions, cost) in [([base], "1"), ([base, plain], "2"), ([sized, plain, base], "3")] {
            let cache = PlanCache(PriceBook(versions: versions))
            #expect(cache.explain(provider: "p", model: "img", call).exactCost == cost)
        }
    }
}
