import Domain
import PriceBook
import Testing

@Suite struct NameTests {
    private static let entries = """
        "gpt-x": {"litellm_provider": "openai", "input_cost_per_token": 1},
        "azure/gpt-x": {"litellm_provider": "azure", "input_cost_per_token": 2},
        "acme.m-v1:0": {"litellm_provider": "bedrock_converse", "input_cost_per_token": 3},
        "eu.acme.m-v1:0": {"litellm_provider": "bedrock_converse", "input_cost_per_token": 4},
        "bedrock/us-gov-west-1/acme.m-v1:0": {"litellm_provider": "bedrock", "input_cost_per_token": 5},
        "gem-2": {"litellm_provider": "vertex_ai-language-models", "input_cost_per_token": 6},
        "ft:gpt-x": {"litellm_provider": "openai", "input_cost_per_token": 7},
        "Mixed/Case": {"litellm_provider": "together_ai", "input_cost_per_token": 8}
        """

    @Test(arguments: [
        ("openai", "gpt-x", "gpt-x"), ("azure", "gpt-x", "azure/gpt-x"), ("azure_ai", "gpt-x", "gpt-x"),
        ("azure", "azure/gpt-x", "azure/gpt-x"), ("openai", "gpt-x-2031-01-15", "gpt-x"),
        ("openai", "gpt-x-2031-1-15", nil), ("openai", "gpt-x-mini", nil), ("anthropic", "gpt-x", nil),
        ("bedrock", "acme.m-v1:0", "acme.m-v1:0"), ("bedrock", "us.acme.m-v1:0", "acme.m-v1:0"),
        ("bedrock", "eu.acme.m-v1:0", "eu.acme.m-v1:0"), ("bedrock", "xx.acme.m-v1:0", nil),
        ("bedrock", "converse/us-west-2/eu.acme.m-v1:0", "eu.acme.m-v1:0"),
        ("bedrock", "invoke/bedrock/us-gov-west-1/acme.m-v1:0", "bedrock/us-gov-west-1/acme.m-v1:0"),
        ("bedrock", "arn:aws:bedrock:us-east-1:123456789012:inference-profile/global.acme.m-v1:0", "acme.m-v1:0"),
        ("vertex_ai", "gem-2-006", "gem-2"), ("gemini", "gem-2-006", nil),
        ("openai", "ft:gpt-x:acme::Ab12", "ft:gpt-x"), ("openai", "ft:gpt-x:acme:name:Ab12", "ft:gpt-x"),
        ("TOGETHER_AI", "mixed/CASE", "Mixed/Case"), ("together_ai", "together_ai/mixed/case", "Mixed/Case"),
        ("", "", nil), ("openai", "", nil), ("openai", "-", nil),
    ])
    func `a name resolves to the entry of its provider or to none`(
        _ provider: String,
        _ model: String,
        _ key: String?
    ) throws {
        let book = try TestMap.book(Self.entries)
        #expect(book.plan(for: PriceQuery(provider: provider, model: model), at: noon)?.key == key)
    }

    @Test(arguments: ["1024x1536", "1024-x-1536", "1024X1536"])
    func `the size of an image is part of its key however it is written`(_ size: String) throws {
        let book = try TestMap.book(
            """
            "img": {"litellm_provider": "azure", "mode": "image_generation", "output_cost_per_image": 0.5},
            "azure/high/1024-x-1536/img": {"litellm_provider": "azure", "output_cost_per_image": 0.25}
            """
        )
        let call = PriceRequest(
            operation: .image,
            usage: Usage(items: [.init(.images, Amount(units: 2))]),
            attributes: PriceAttributes(size: size, quality: "high"),
            occurredAt: noon
        )
        let found = PlanCache(book).cost(provider: "azure", model: "img", call)
        #expect(found.money == Money(usd: "0.5"))
        #expect(found.provenance.key == "azure/high/1024-x-1536/img")
    }

    @Test func `a cache forgets when it is full and still answers`() throws {
        let cache = PlanCache(try TestMap.book(Self.entries), capacity: 2)
        for index in 0..<10 {
            #expect(cache.plan(for: PriceQuery(provider: "openai", model: "none-\(index)"), at: noon) == nil)
            #expect(cache.plan(for: PriceQuery(provider: "openai", model: "gpt-x"), at: noon)?.key == "gpt-x")
        }
    }
}
