internal import Domain
internal import Wire

/// OpenAI's chat, responses, embeddings, images and audio, and those who imitate them (Azure, Mistral, DeepSeek, …).
enum OpenAIUsage {
    /// Reads a response or its usage.
    static func read(_ response: RawObject) throws(FieldProblem) -> ExtractedUsage? {
        let given = response.member("usage")
        let usage = given ?? (looksLikeUsage(response) ? response : nil)
        let images = given != nil || usage == nil ? imageCount(response) : nil
        var found: Usage?
        if let usage { found = try quantities(usage, isImage: images != nil) }
        if found == nil, let images { found = Usage(totals: [(.images, images)]) }
        guard let found else { return nil }
        let searches = response.elements("output").count { $0.text("type") == "web_search_call" }
        return ExtractedUsage(
            usage: found.adding(.webSearchRequests, Int64(searches)),
            model: response.text("model"),
            operation: images == nil ? nil : "image",
            attributes: attributes(of: response, isImage: images != nil)
        )
    }

    private static func looksLikeUsage(_ object: RawObject) -> Bool {
        object.member("prompt_tokens", "input_tokens", "completion_tokens", "output_tokens", "seconds") != nil
    }

    /// A streamed image is told of by an event that holds it.
    private static func imageCount(_ response: RawObject) -> Int64? {
        var data = response.elements("data")
        if data.isEmpty, response.member("b64_json") != nil { data = [response] }
        guard let first = data.first, first.member("b64_json", "url", "revised_prompt") != nil else { return nil }
        return Int64(data.count)
    }

    private static func attributes(of response: RawObject, isImage: Bool) -> PriceAttributes {
        let tier = response.text("service_tier")
        return PriceAttributes(
            serviceTier: tier == "default" || tier == "auto" || tier == "standard" ? nil : tier,
            size: isImage ? response.text("size") : nil,
            quality: isImage ? response.text("quality") : nil
        )
    }

    private static func quantities(_ usage: RawObject, isImage: Bool) throws(FieldProblem) -> Usage? {
        if usage.text("type") == "duration", let seconds = try usage.seconds("seconds") {
            return Usage(.seconds, seconds)
        }
        let received = try usage.count("prompt_tokens", "input_tokens")
        let made = try usage.count("completion_tokens", "output_tokens")
        guard received != nil || made != nil else { return nil }
        let inside = usage.member("prompt_tokens_details", "input_tokens_details", "input_token_details")
        let outside = usage.member("completion_tokens_details", "output_tokens_details", "output_token_details")
        // An image model's output is images, unless it says otherwise.
        let images = try outside.count("image_tokens") ?? (isImage ? made : nil)
        return Usage(
            totals: [(.inputTokens, received), (.outputTokens, made)],
            parts: [
                (.cacheReadTokens, try cached(usage, inside)),
                (.cacheWriteTokens, try inside.count("cache_write_tokens")),
                (.cachedAudioTokens, try inside?.member("cached_tokens_details").count("audio_tokens")),
                (.audioInputTokens, try inside.count("audio_tokens")),
                (.imageInputTokens, try inside.count("image_tokens")),
                (.reasoningTokens, try outside.count("reasoning_tokens")),
                (.audioOutputTokens, try outside.count("audio_tokens")),
                (.imageOutputTokens, images),
                // Mistral's Voxtral counts audio by time, beside the tokens.
                (.audioSeconds, try usage.count("prompt_audio_seconds")),
            ]
        )
    }

    /// DeepSeek's and Mistral's names stand beside the totals.
    private static func cached(_ usage: RawObject, _ details: RawObject?) throws(FieldProblem) -> Int64? {
        if let cached = try details.count("cached_tokens"), cached > 0 { return cached }
        return try usage.count("prompt_cache_hit_tokens", "num_cached_tokens")
    }
}
