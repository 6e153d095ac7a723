import Access
import HTTPTypes
import ServiceRuntime
import Testing

@Suite(.timeLimit(.minutes(1))) struct `Who may see single teams` {
    private func record(_ pipeline: Pipeline) async throws {
        for (id, workspace, team) in [("1", "acme", "growth"), ("2", "acme", "secret"), ("3", "growth", "ops")] {
            let body = """
                {"event_id":"\(id)","workspace":"\(workspace)","team":"\(team)","provider":"openai","model":"gpt-4o-mini",
                "usage":{"input_tokens":10}}
                """
            _ = try await pipeline.post("/v1/record", body)
        }
        try await pipeline.settle()
    }

    @Test func `sees these teams' usage in every report, and is refused what shows more`() async throws {
        try await Pipeline.run { pipeline in
            try await record(pipeline)
            let lead = try await pipeline.signIn([Grant(role: .viewer, workspace: "acme", team: "growth")])
            for path in [
                "analytics/breakdown?by=team", "analytics/breakdown?by=team&team=growth&team=secret",
                "analytics/pivot?rows=team", "analytics/timeseries?group_by=team", "usage",
            ] {
                let reply = try await pipeline.get("/v1/\(path)", cookie: lead)
                #expect(reply.status == .ok && reply.text.contains("growth"), "\(path): \(reply.text)")
                #expect(!reply.text.contains("secret"), "\(path): \(reply.text)")
            }
            let summary = try decode(Summary.self, try await pipeline.get("/v1/analytics/summary", cookie: lead))
            #expect(summary.events == 1)
            for path in [
                "analytics/summary?team=secret", "analytics/summary?workspace=growth", "unpriced", "reprice",
                "prices/overrides", "explain?event_id=2&workspace=acme",
            ] {
                let reply = try await pipeline.get("/v1/\(path)", cookie: lead)
                #expect(reply.status == .forbidden, "\(path): \(reply.text)")
            }
        }
    }

    @Test func `with other workspaces beside, names the one that is meant`() async throws {
        try await Pipeline.run { pipeline in
            try await record(pipeline)
            let person = try await pipeline.signIn([
                Grant(role: .viewer, workspace: "acme", team: "growth"), Grant(role: .viewer, workspace: "growth"),
            ])
            let both = try await pipeline.get("/v1/analytics/summary", cookie: person)
            #expect(both.status == .unprocessableContent && both.text.contains("workspace"))
            for workspace in ["acme", "growth"] {
                let path = "/v1/analytics/summary?workspace=\(workspace)"
                #expect(try decode(Summary.self, try await pipeline.get(path, cookie: person)).events == 1)
            }
        }
    }
}
