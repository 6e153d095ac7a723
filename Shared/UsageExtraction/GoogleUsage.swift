internal import Domain
internal import Wire

/// Google's Gemini API and Vertex AI: thoughts and tool prompts stand beside the totals there; Oliver's include them.
enum GoogleUsage {
    /// Reads a response or its usage metadata.
    static func read(_ response: RawObject) throws(FieldProblem) -> ExtractedUsage? {
        let model = response.text("modelVersion", "model_version")
        guard let usage = try metadata(of: response) else {
            guard let tokens = try embedded(response) else { return nil }
            return ExtractedUsage(usage: Usage(totals: [(.inputTokens, tokens)]), model: model)
        }
        guard let found = try tokens(usage) else { return nil }
        let tier: String? =
            switch usage.text("trafficType", "traffic_type") {
            case "ON_DEMAND_PRIORITY": "priority"
            case "ON_DEMAND_FLEX": "flex"
            default: nil
            }
        return ExtractedUsage(
            usage: found.adding(.webSearchRequests, searches(response)),
            model: model,
            attributes: PriceAttributes(serviceTier: tier)
        )
    }

    private static func metadata(of response: RawObject) throws(FieldProblem) -> RawObject? {
        if let usage = response.member("usageMetadata", "usage_metadata") { return usage }
        return try response.count("promptTokenCount", "prompt_token_count") == nil ? nil : response
    }

    private static func tokens(_ usage: RawObject) throws(FieldProblem) -> Usage? {
        let prompt = try usage.count("promptTokenCount", "prompt_token_count")
        let answer = try usage.count("candidatesTokenCount", "candidates_token_count", "responseTokenCount")
        let thoughts = try usage.count("thoughtsTokenCount", "thoughts_token_count")
        let tools = try usage.count("toolUsePromptTokenCount", "tool_use_prompt_token_count")
        guard prompt != nil || answer != nil || thoughts != nil else { return nil }
        let inside = try modalities(usage, usage.elements("promptTokensDetails", "prompt_tokens_details"))
        let outside = try modalities(usage, usage.elements("candidatesTokensDetails", "candidates_tokens_details"))
        let cached = try modalities(usage, usage.elements("cacheTokensDetails", "cache_tokens_details"))
        return Usage(
            totals: [
                (.inputTokens, try usage.total(prompt, tools)),
                (.outputTokens, try usage.total(answer, thoughts) ?? 0),
            ],
            parts: [
                (.cacheReadTokens, try usage.count("cachedContentTokenCount", "cached_content_token_count")),
                (.cachedAudioTokens, cached["AUDIO"]),
                (.audioInputTokens, inside["AUDIO"]),
                (.imageInputTokens, inside["IMAGE"]),
                (.videoInputTokens, inside["VIDEO"]),
                (.reasoningTokens, thoughts),
                (.audioOutputTokens, outside["AUDIO"]),
                (.imageOutputTokens, outside["IMAGE"]),
                (.videoOutputTokens, outside["VIDEO"]),
            ]
        )
    }

    private static func modalities(
        _ usage: RawObject,
        _ details: [RawObject]
    ) throws(FieldProblem) -> [String: Int64] {
        var found: [String: Int64] = [:]
        for part in details {
            guard let modality = part.text("modality")?.uppercased() else { continue }
            let count = try part.count("tokenCount", "token_count") ?? 0
            found[modality] = try usage.adding(count, to: found[modality] ?? 0)
        }
        return found
    }

    /// Google Search bills grounded prompts: the searches of all candidates.
    private static func searches(_ response: RawObject) -> Int64 {
        response.elements("candidates").reduce(0) { sum, candidate in
            let metadata = candidate.member("groundingMetadata", "grounding_metadata")
            return sum + Int64(metadata?.elements("webSearchQueries", "web_search_queries").count ?? 0)
        }
    }

    /// Vertex AI counts an embedding's tokens for each text; the Gemini API says nothing.
    private static func embedded(_ response: RawObject) throws(FieldProblem) -> Int64? {
        var sum: Int64?
        for embedding in response.elements("embeddings") {
            sum = try response.total(sum, try embedding.member("statistics")?.count("tokenCount", "token_count"))
        }
        return sum
    }
}
