internal import Domain

/// A model as the firm uses it: about what it costs, and how large a call is.
struct DemoModel: Sendable {
    var provider: String
    var name: String
    var operation = "chat"
    /// Pico-dollars per token in and out; cached ones cost a tenth.
    var rates: (input: Int64, output: Int64)
    /// Tokens of a usual call.
    var size: (input: Int, output: Int)
    /// How much it is used.
    var weight: Int
    var hasBatches: Bool { operation != "responses" }

    struct Call {
        var usage: Usage
        var picoDollars: Int64
    }

    func call(using random: inout DemoRandom) -> Call {
        let input = Int64(1 + size.input / 4 + random.skewed(below: size.input * 3))
        let cached = random.below(3) == 0 ? input * Int64(random.below(9)) / 10 : 0
        let output = size.output == 0 ? 0 : Int64(1 + random.skewed(below: size.output * 3))
        let reasoning = operation == "responses" ? output * Int64(random.below(8)) / 10 : 0
        var items = [Usage.Item(.inputTokens, Amount(units: input))]
        if output > 0 { items.append(Usage.Item(.outputTokens, Amount(units: output))) }
        if cached > 0 { items.append(Usage.Item(.cacheReadTokens, Amount(units: cached))) }
        if reasoning > 0 { items.append(Usage.Item(.reasoningTokens, Amount(units: reasoning))) }
        let fresh = (input - cached) * rates.input + cached * (rates.input / 10)
        return Call(usage: Usage(items: items), picoDollars: fresh + output * rates.output)
    }

    static let all: [DemoModel] = [
        DemoModel(provider: "openai", name: "gpt-4o-mini", rates: (150_000, 600_000), size: (1_200, 250), weight: 30),
        DemoModel(provider: "openai", name: "gpt-4o", rates: (2_500_000, 10_000_000), size: (1_800, 400), weight: 18),
        DemoModel(provider: "openai", name: "gpt-4.1", rates: (2_000_000, 8_000_000), size: (2_400, 500), weight: 12),
        DemoModel(provider: "openai", name: "gpt-4.1-mini", rates: (400_000, 1_600_000), size: (900, 200), weight: 14),
        reasoning("openai", "o3", (2_000_000, 8_000_000), (2_000, 2_500), 6),
        reasoning("openai", "o4-mini", (1_100_000, 4_400_000), (1_500, 1_800), 8),
        embedding("openai", "text-embedding-3-small", 20_000, 600, 16),
        embedding("openai", "text-embedding-3-large", 130_000, 700, 5),
        DemoModel(
            provider: "anthropic",
            name: "claude-sonnet-4",
            rates: (3_000_000, 15_000_000),
            size: (3_500, 700),
            weight: 20
        ),
        DemoModel(
            provider: "anthropic",
            name: "claude-opus-4",
            rates: (15_000_000, 75_000_000),
            size: (3_000, 600),
            weight: 4
        ),
        DemoModel(
            provider: "anthropic",
            name: "claude-3-5-haiku",
            rates: (800_000, 4_000_000),
            size: (1_400, 300),
            weight: 12
        ),
        DemoModel(
            provider: "gemini",
            name: "gemini-2.5-pro",
            rates: (1_250_000, 10_000_000),
            size: (4_000, 600),
            weight: 9
        ),
        DemoModel(
            provider: "gemini",
            name: "gemini-2.5-flash",
            rates: (300_000, 2_500_000),
            size: (2_500, 300),
            weight: 13
        ),
        DemoModel(
            provider: "mistral",
            name: "mistral-large",
            rates: (2_000_000, 6_000_000),
            size: (1_500, 300),
            weight: 5
        ),
        DemoModel(provider: "mistral", name: "mistral-small", rates: (100_000, 300_000), size: (1_200, 200), weight: 7),
        DemoModel(
            provider: "deepseek",
            name: "deepseek-chat",
            rates: (270_000, 1_100_000),
            size: (1_800, 400),
            weight: 6
        ),
        reasoning("deepseek", "deepseek-reasoner", (550_000, 2_190_000), (1_600, 2_000), 4),
        DemoModel(provider: "groq", name: "llama-3.3-70b", rates: (590_000, 790_000), size: (1_000, 250), weight: 6),
        DemoModel(
            provider: "bedrock",
            name: "amazon.nova-pro",
            rates: (800_000, 3_200_000),
            size: (1_300, 300),
            weight: 3
        ),
        embedding("cohere", "embed-v4", 120_000, 500, 3),
    ]

    private static func reasoning(
        _ provider: String,
        _ name: String,
        _ rates: (Int64, Int64),
        _ size: (Int, Int),
        _ weight: Int
    ) -> DemoModel {
        DemoModel(provider: provider, name: name, operation: "responses", rates: rates, size: size, weight: weight)
    }

    private static func embedding(
        _ provider: String,
        _ name: String,
        _ rate: Int64,
        _ size: Int,
        _ weight: Int
    ) -> DemoModel {
        DemoModel(
            provider: provider,
            name: name,
            operation: "embedding",
            rates: (rate, 0),
            size: (size, 0),
            weight: weight
        )
    }
}
