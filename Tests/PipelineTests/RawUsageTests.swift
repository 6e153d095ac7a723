import FoundationEssentials
import HTTPTypes
import ServiceRuntime
import Testing

private struct GoldenCost: Decodable {
    var name: String
    var provider: String
    var model: String
    var costUsd: String?
    /// The event with the provider's own object.
    var event = ""

    private enum CodingKeys: String, CodingKey { case name, provider, model, costUsd }

    static func all() throws -> [GoldenCost] {
        let path = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
        let text = try String(contentsOfFile: "/\(path)/Fixtures/usage.jsonl", encoding: .utf8)
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try text.split(separator: "\n").map { line in
            var golden = try decoder.decode(GoldenCost.self, from: Data(line.utf8))
            let raw = try #require(try JSONValue(parsing: Array(line.utf8))["raw_usage"])
            let event: JSONValue = [
                "provider": .string(golden.provider), "model": .string(golden.model), "raw_usage": raw,
            ]
            golden.event = String(decoding: event.bytes, as: UTF8.self)
            return golden
        }
    }
}

private struct Estimates: Decodable {
    struct Item: Decodable { var status, exactCostUsd: String? }
    var items: [Item]
}

@Suite(.timeLimit(.minutes(2))) struct `An event with a provider's own usage object` {
    @Test func `costs what was worked out by hand`() async throws {
        let golden = try GoldenCost.all().filter { $0.costUsd != nil }
        try #require(golden.count > 20)
        try await Pipeline.run { pipeline in
            let body = #"{"items":["# + golden.map(\.event).joined(separator: ",") + "]}"
            let answer = try decode(Estimates.self, try await pipeline.post("/v1/estimate", body))
            for (golden, item) in zip(golden, answer.items) {
                #expect(item.status == "priced", "\(golden.name)")
                #expect(item.exactCostUsd == golden.costUsd, "\(golden.name)")
            }
        }
    }

    @Test func `is recorded with its quantities, and takes the model from the answer`() async throws {
        try await Pipeline.run { pipeline in
            let event = #"""
                {"event_id":"r1","provider":"openai","raw_usage":{"model":"gpt-4o-mini","usage":
                {"prompt_tokens":1200,"completion_tokens":300,"prompt_tokens_details":{"cached_tokens":800}}}}
                """#
            let answer = try decode(RecordAnswer.self, try await pipeline.post("/v1/record", key: "acme", event))
            #expect(answer.accepted == 1)
            try await pipeline.settle()
            let list = try await pipeline.get("/v1/usage").text
            #expect(list.contains(#""cost_usd":"0.000300000000","cost_status":"priced""#))
            #expect(list.contains(#""model":"gpt-4o-mini""#))
            #expect(list.contains(#""cache_read_tokens":800"#))
        }
    }

    @Test func `is priced under the name that its provider has, whatever the price map calls it`() async throws {
        try await Pipeline.run { pipeline in
            // The map has these under cohere_chat and text-completion-openai; the last two it does not have at all.
            let events = [
                ("cohere", "command-r-08-2024"), ("cohere", "cohere/command-r-08-2024"),
                ("cohere_chat", "command-r-08-2024"), ("openai", "gpt-3.5-turbo-instruct"),
                ("cohere", "gpt-3.5-turbo-instruct"), ("openai", "command-r-08-2024"),
            ].map { provider, model in
                #"{"provider":"\#(provider)","model":"\#(model)","usage":{"input_tokens":1000,"output_tokens":100}}"#
            }
            let body = "[" + events.joined(separator: ",") + "]"
            let answer = try decode(RecordAnswer.self, try await pipeline.post("/v1/record", key: "acme", body))
            #expect(answer.accepted == 6)
            try await pipeline.settle()
            let found = try await pipeline.get("/v1/analytics/breakdown?by=provider").text
            // 1000 at 0.15 and 100 at 0.6; 1000 at 1.5 and 100 at 2 per million.
            let costs = [("cohere", "0.000420000000"), ("cohere_chat", "0.000210000000"), ("openai", "0.001700000000")]
            for (provider, cost) in costs {
                #expect(found.contains(#""key":"\#(provider)","cost_usd":"\#(cost)""#), "\(found)")
            }
            let summary = try decode(Summary.self, try await pipeline.get("/v1/analytics/summary"))
            #expect(summary.unpricedEvents == 2)
        }
    }

    @Test func `of no known shape is rejected, and its neighbours are not`() async throws {
        try await Pipeline.run { pipeline in
            let events = [
                #"{"provider":"openai","model":"m","raw_usage":{"tokens":5}}"#,
                #"{"provider":"openai","model":"m","raw_usage":{"prompt_tokens":-5}}"#,
                #"{"provider":"openai","model":"m","raw_usage":{"prompt_tokens":5},"usage":{"input_tokens":5}}"#,
                #"{"provider":"openai","model":"m","raw_usage":{"prompt_tokens":5}}"#,
            ]
            let body = "[" + events.joined(separator: ",") + "]"
            let answer = try decode(RecordAnswer.self, try await pipeline.post("/v1/record", key: "acme", body))
            #expect(answer.items.map(\.status) == ["rejected", "rejected", "rejected", "accepted"])
            let faults = answer.items.compactMap { $0.problem?.invalidParameters?.first }
            #expect(faults.map(\.name) == ["raw_usage", "raw_usage.prompt_tokens", "raw_usage"])
            #expect(faults.map(\.code) == ["unknown_value", "invalid_type", "not_allowed"])
        }
    }
}
