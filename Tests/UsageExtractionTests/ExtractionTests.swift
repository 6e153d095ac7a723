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

    @Test func `names the model that answered`() throws {
        #expect(
            try read("openai", #"{"model":"gpt-5-mini-1","usage":{"prompt_tokens":1}}"#).get().model == "gpt-5-mini-1"
        )
        #expect(try read("openai", #"{"prompt_tokens":1}"#).get().model == nil)
    }
}
