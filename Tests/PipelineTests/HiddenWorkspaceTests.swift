import HTTPTypes
import ServiceRuntime
import Testing

@Suite(.timeLimit(.minutes(2))) struct `A hidden workspace` {
    private static let reports = [
        "summary?", "timeseries?", "breakdown?by=provider&", "pivot?rows=workspace&", "breakdown?by=workspace&",
    ]

    @Test func `is in no report that does not name it, and in those that do`() async throws {
        try await Pipeline.run { pipeline in
            for (workspace, provider) in [("acme", "openai"), ("growth", "anthropic")] {
                let body = #"""
                    {"workspace":"\#(workspace)","provider":"\#(provider)","model":"seen-in-\#(workspace)","usage":{"input_tokens":9}}
                    """#
                let answer = try decode(RecordAnswer.self, try await pipeline.post("/v1/record", body))
                #expect(answer.accepted == 1)
            }
            try await pipeline.settle()
            func events(_ query: String) async throws -> Int {
                try decode(Summary.self, try await pipeline.get("/v1/analytics/summary?\(query)")).events
            }
            #expect(try await events("") == 2)
            let before = try await pipeline.get("/v1/usage").text
            #expect(before.contains("seen-in-acme") && before.contains("seen-in-growth"))
            try await pipeline.hide("growth")
            #expect(try await events("") == 1)
            #expect(try await events("workspace=growth") == 1)
            #expect(try await events("workspace=growth&workspace=acme") == 2)
            for path in Self.reports.map({ "/v1/analytics/\($0)" }) {
                let all = try await pipeline.get(path)
                #expect(all.status == .ok, "\(all.text)")
                #expect(all.text == (try await pipeline.get("\(path)workspace=acme")).text, "\(path)")
            }
            for path in ["/v1/usage?", "/v1/unpriced?"] {
                let all = try await pipeline.get(path).text
                #expect(all.contains("seen-in-acme") && !all.contains("seen-in-growth"), "\(path)")
                #expect(try await pipeline.get("\(path)workspace=growth").text.contains("seen-in-growth"), "\(path)")
            }
        }
    }
}
