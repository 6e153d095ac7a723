internal import Domain

/// What instrumentations call the same things: OpenTelemetry's GenAI conventions of today and before, OpenLLMetry's and
/// OpenInference's.
///
/// The names of today go first.
enum SpanNames {
    static let provider = ["gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.vendor", "llm.system"]
    static let operation = ["gen_ai.operation.name", "llm.request.type", "openinference.span.kind"]
    static let responseModel = ["gen_ai.response.model", "llm.response.model"]
    static let requestModel = [
        "gen_ai.request.model", "llm.request.model", "llm.model_name", "embedding.model_name", "reranker.model_name",
    ]
    static let responseID = ["gen_ai.response.id", "llm.response.id"]
    static let serviceTier = [
        "openai.response.service_tier", "gen_ai.openai.response.service_tier", "anthropic.response.service_tier",
        "gen_ai.response.service_tier",
    ]
    /// Attributes that only a GenAI span has.
    static let marks = ["gen_ai.", "llm.", "embedding.", "reranker."]

    /// Each quantity's names.
    static let quantities: [(UsageQuantity, [String])] = [
        (
            .inputTokens,
            [
                "gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.usage.prompt_tokens",
                "llm.token_count.prompt",
            ]
        ),
        (
            .outputTokens,
            [
                "gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.usage.completion_tokens",
                "llm.token_count.completion",
            ]
        ),
        (
            .cacheReadTokens,
            [
                "gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens",
                "llm.usage.cache_read_input_tokens", "llm.token_count.prompt_details.cache_read",
            ]
        ),
        (
            .cacheWriteTokens,
            [
                "gen_ai.usage.cache_creation.input_tokens", "gen_ai.usage.cache_write.input_tokens",
                "gen_ai.usage.cache_creation_input_tokens", "llm.usage.cache_creation_input_tokens",
                "llm.token_count.prompt_details.cache_write",
            ]
        ),
        (
            .reasoningTokens,
            [
                "gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.reasoning_tokens", "llm.usage.reasoning_tokens",
                "llm.token_count.completion_details.reasoning",
            ]
        ),
        (.audioInputTokens, ["llm.token_count.prompt_details.audio"]),
        (.audioOutputTokens, ["llm.token_count.completion_details.audio"]),
    ]
    static let written5m = ["anthropic.usage.cache_creation.ephemeral_5m_input_tokens"]
    static let written1h = ["anthropic.usage.cache_creation.ephemeral_1h_input_tokens"]

    /// Spans that stand for more than one call: what they say of usage is the sum of spans below them.
    static let aggregates: Set<String> = [
        "invoke_agent", "create_agent", "execute_tool", "invoke_workflow", "plan", "agent", "chain", "tool",
        "retriever", "workflow", "task", "guardrail", "evaluator",
    ]

    /// Oliver's names of providers that conventions name otherwise.
    static func provider(named name: String) -> String {
        guard name.isQuickToCompare else { return name }
        let name = name.lowercased()
        if let known = providers[name] { return known }
        // The Vercel AI SDK names the API too: openai.chat, openai.responses, anthropic.messages.
        guard let stem = name.split(separator: ".").first, vendors.contains(String(stem)) else { return name }
        return String(stem)
    }

    private static let vendors: Set<String> = ["openai", "anthropic", "mistral", "cohere", "groq", "deepseek", "xai"]

    private static let providers: [String: String] = [
        "az.ai.openai": "azure", "azure.ai.openai": "azure", "azure": "azure",
        "az.ai.inference": "azure_ai", "azure.ai.inference": "azure_ai",
        "aws.bedrock": "bedrock", "aws_bedrock": "bedrock", "aws": "bedrock", "amazon-bedrock": "bedrock",
        "gcp.gemini": "gemini", "gcp.gen_ai": "gemini", "google": "gemini", "google.generative-ai": "gemini",
        "gcp.vertex_ai": "vertex_ai", "vertexai": "vertex_ai", "google.vertex": "vertex_ai",
        "mistral_ai": "mistral", "mistralai": "mistral", "x_ai": "xai", "x-ai": "xai",
        "ibm.watsonx.ai": "watsonx", "moonshot_ai": "moonshot",
    ]

    /// Oliver's operation; what is not here follows from the price.
    static func operation(named name: String) -> String? {
        switch name {
        case "chat", "generate_content": "chat"
        case "text_completion", "completion": "completion"
        case "embeddings", "embedding": "embedding"
        case "rerank", "reranker": "rerank"
        default: nil
        }
    }
}
