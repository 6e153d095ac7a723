internal import Domain
internal import Wire

/// Anthropic's messages: their input excludes what was read from and written to the cache.
enum AnthropicUsage {
    static func read(_ response: RawObject) throws(FieldProblem) -> ExtractedUsage? {
        let usage = response.member("usage") ?? response
        let fresh = try usage.count("input_tokens")
        let made = try usage.count("output_tokens")
        guard fresh != nil || made != nil else { return nil }
        let split = usage.member("cache_creation")
        let hour = try split.count("ephemeral_1h_input_tokens")
        var written = try usage.count("cache_creation_input_tokens")
        if written == nil { written = try usage.total(try split.count("ephemeral_5m_input_tokens"), hour) }
        let cached = try usage.count("cache_read_input_tokens")
        let thought = try usage.member("output_tokens_details").count("thinking_tokens", or: "reasoning_tokens")
        let searches = try usage.member("server_tool_use").count("web_search_requests")
        return ExtractedUsage(
            usage: Usage(
                totals: [(.inputTokens, try usage.total(fresh, cached, written)), (.outputTokens, made)],
                parts: [
                    (.cacheReadTokens, cached), (.cacheWriteTokens, written), (.cacheWrite1hTokens, hour),
                    (.reasoningTokens, thought), (.webSearchRequests, searches),
                ]
            ),
            model: response.text("model"),
            attributes: attributes(of: usage)
        )
    }

    /// Tier, place and speed, where they are not the usual ones.
    private static func attributes(of usage: RawObject) -> PriceAttributes {
        let tier = usage.text("service_tier")
        let geo = usage.text("inference_geo")
        let speed = usage.text("speed")
        return PriceAttributes(
            serviceTier: tier == "standard" ? nil : tier,
            inferenceGeo: geo == "global" || geo == "not_available" ? nil : geo,
            speed: speed == "standard" ? nil : speed
        )
    }
}
