internal import Domain
internal import Wire

/// Cohere's chat, embed and rerank: what is billed goes before what was counted.
enum CohereUsage {
    /// Reads a response (v1 and v2) or its usage.
    static func read(_ response: RawObject) throws(FieldProblem) -> ExtractedUsage? {
        let usage = response.member("usage", "meta") ?? response
        let billed = usage.member("billed_units", "billedUnits") ?? usage.member("tokens") ?? usage
        let searches = try billed.count("search_units", "searchUnits")
        let found = Usage(
            totals: [
                (.inputTokens, try billed.count("input_tokens", "inputTokens")),
                (.outputTokens, try billed.count("output_tokens", "outputTokens")),
            ],
            parts: [
                (.cacheReadTokens, try usage.count("cached_tokens", "cachedTokens")),
                (.queries, searches),
                (.images, try billed.count("images")),
            ]
        )
        guard !found.isEmpty else { return nil }
        return ExtractedUsage(usage: found, operation: (searches ?? 0) > 0 ? "rerank" : nil)
    }
}
