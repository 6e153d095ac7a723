internal import Domain
internal import Wire

/// Amazon Bedrock's Converse: its input excludes cached and written tokens, as Anthropic's does.
enum BedrockUsage {
    /// Reads an answer of Converse, the metadata event of ConverseStream, or an Anthropic body of InvokeModel.
    static func read(_ response: RawObject) throws(FieldProblem) -> ExtractedUsage? {
        let usage = response.member("usage") ?? response.member("metadata")?.member("usage") ?? response
        let fresh = try usage.count("inputTokens")
        let made = try usage.count("outputTokens")
        guard fresh != nil || made != nil else { return try AnthropicUsage.read(response) }
        let cached = try usage.count("cacheReadInputTokens", "cacheReadInputTokenCount")
        let written = try usage.count("cacheWriteInputTokens", "cacheWriteInputTokenCount")
        var hour: Int64 = 0
        for part in usage.elements("cacheDetails") where part.text("ttl") == "1h" {
            hour = try usage.adding(try part.count("inputTokens") ?? 0, to: hour)
        }
        let tier = response.member("serviceTier")?.text("type")
        let latency = response.member("performanceConfig")?.text("latency")
        return ExtractedUsage(
            usage: Usage(
                totals: [(.inputTokens, try usage.total(fresh, cached, written)), (.outputTokens, made)],
                parts: [(.cacheReadTokens, cached), (.cacheWriteTokens, written), (.cacheWrite1hTokens, hour)]
            ),
            attributes: PriceAttributes(
                serviceTier: tier == "default" ? nil : tier,
                speed: latency == "optimized" ? "fast" : nil
            )
        )
    }
}
