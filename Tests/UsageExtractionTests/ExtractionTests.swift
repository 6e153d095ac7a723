import Domain
import Testing
import Wire

import UsageExtraction

private func read(_ provider: String, _ json: String) -> Result<ExtractedUsage, FieldProblem> {
    UsageExtraction.read(provider: provider, Array(json.utf8))
}

@Suite struct `A provider's own usage object` {
    static let providers = [
        "openai", "azure", "mistral", "anthropic", "gemini", "vertex_ai", "bedrock", "cohere", "elevenlabs",
        "unheard-of",
    ]

    @Test(arguments: try GoldenUsage.all())
    func `gives the quantities that were worked out by hand`(golden: GoldenUsage) throws {
        let found = try UsageExtraction.read(provider: golden.provider, golden.rawUsage).get()
        #expect(found.texts == golden.usage)
        #expect(found.fields == golden.fields)
    }

    @Test(arguments: providers)
    func `that says nothing is a problem and not zero`(provider: String) {
        let nothing = [
            "{}", "null", "5", "[]", #""text""#, #"{"usage":null}"#, #"{"usage":"many"}"#, #"{"usage":[]}"#,
            #"{"usage":{"some_tokens":5}}"#,
        ]
        for json in nothing {
            #expect(throws: FieldProblem.self, "\(json)") { try read(provider, json).get() }
        }
    }

    @Test(arguments: ["\"5\"", "-1", "true", "1.5", "{}", "1000000000001", "1e400"])
    func `with a count that is none is refused at its place`(count: String) {
        let found = read(
            "openai",
            #"{"usage":{"prompt_tokens":9,"prompt_tokens_details":{"cached_tokens":\#(count)}}}"#
        )
        guard case .failure(let problem) = found else {
            Issue.record("it was taken: \(found)")
            return
        }
        #expect(problem.name == "raw_usage.usage.prompt_tokens_details.cached_tokens")
        #expect(problem.code == .invalidType)
    }

    /// Objects of which each count may stand, and their sum may not.
    private static let large: [(String, String)] = {
        func ten(_ text: String) -> String { Array(repeating: text, count: 10).joined(separator: ",") }
        let count = "1000000000000"
        return [
            (
                "gemini",
                #"{"promptTokenCount":5,"candidatesTokenCount":5,"promptTokensDetails":["#
                    + ten(#"{"modality":"AUDIO","tokenCount":\#(count)}"#) + "]}"
            ),
            ("gemini", #"{"embeddings":["# + ten(#"{"statistics":{"tokenCount":\#(count)}}"#) + "]}"),
            ("gemini", #"{"promptTokenCount":5,"candidatesTokenCount":\#(count),"thoughtsTokenCount":1}"#),
            (
                "bedrock",
                #"{"inputTokens":5,"outputTokens":5,"cacheDetails":["#
                    + ten(#"{"ttl":"1h","inputTokens":\#(count)}"#) + "]}"
            ),
            ("bedrock", #"{"inputTokens":5,"outputTokens":5,"cacheReadInputTokens":\#(count)}"#),
            ("elevenlabs", #"{"transcripts":["# + ten(#"{"audio_duration_secs":\#(count)}"#) + "]}"),
            ("elevenlabs", #"{"transcripts":[{"audio_duration_secs":\#(count)},{"audio_duration_secs":0.000001}]}"#),
            ("anthropic", #"{"input_tokens":\#(count),"output_tokens":1,"cache_read_input_tokens":\#(count)}"#),
            (
                "anthropic",
                #"{"input_tokens":0,"output_tokens":1,"cache_creation":{"ephemeral_5m_input_tokens":\#(count),"#
                    + #""ephemeral_1h_input_tokens":1}}"#
            ),
        ]
    }()

    @Test(arguments: large) func `with counts that are too many together is refused`(provider: String, json: String) {
        guard case .failure(let problem) = read(provider, json) else {
            Issue.record("it was taken: \(json)")
            return
        }
        #expect(problem.name.hasPrefix("raw_usage"))
        #expect(problem.code == .outOfRange, "\(problem)")
    }

    @Test func `may have as many as one quantity may have`() throws {
        let json = #"{"input_tokens":999999999999,"output_tokens":1,"cache_read_input_tokens":1}"#
        #expect(try read("anthropic", json).get().texts["input_tokens"] == "1000000000000")
    }

    @Test func `never ends the process by a number that nobody checked`() {
        #expect(Amount(units: .max).millionths == .max)
        #expect(Amount(units: .min).millionths == .min)
    }

    @Test func `names the model that answered`() throws {
        #expect(
            try read("openai", #"{"model":"gpt-5-mini-1","usage":{"prompt_tokens":1}}"#).get().model == "gpt-5-mini-1"
        )
        #expect(try read("openai", #"{"prompt_tokens":1}"#).get().model == nil)
    }
}
