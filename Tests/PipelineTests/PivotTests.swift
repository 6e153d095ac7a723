import Domain
import HTTPTypes
import ServiceRuntime
import Testing

@Suite(.timeLimit(.minutes(2))) struct `A pivot` {
    /// Posts events of two teams, one of them without a user.
    private func record(_ pipeline: Pipeline) async throws {
        func event(_ id: Int, _ who: String, _ model: String, _ time: String, _ tags: String = "{}") -> String {
            """
            {"event_id":"e\(id)","provider":"openai","model":"\(model)",\(who),"occurred_at":"\(time)","tags":\(tags),
            "usage":{"input_tokens":1000000,"output_tokens":\(id)}}
            """
        }
        let events = [
            event(1, #""team":"growth","user":"u-1""#, "gpt-4o-mini", "2026-11-01T23:30:00Z"),
            event(2, #""team":"growth","user":"u-1""#, "gpt-4o", "2026-11-02T00:30:00Z", #"{"feature":"x"}"#),
            event(3, #""team":"growth","user":"u-2""#, "gpt-4o", "2026-11-03T10:00:00Z", #"{"feature":"y"}"#),
            event(4, #""team":"other""#, "gpt-4o-mini", "2026-10-31T10:00:00Z"),
        ]
        let answer = try await pipeline.post(
            "/v1/record",
            key: "acme",
            #"{"events":[\#(events.joined(separator: ","))]}"#
        )
        #expect(try decode(RecordAnswer.self, answer).accepted == 4)
        try await pipeline.settle()
    }

    private let range = "from=2026-10-01T00:00:00Z&to=2026-12-01T00:00:00Z"

    @Test func `has lines in the order of their cost, totals, and null where nothing was`() async throws {
        try await Pipeline.run { pipeline in
            try await record(pipeline)
            let reply = try await pipeline.get(
                "/v1/analytics/pivot?\(range)&rows=team,user&columns=model",
                key: "reader"
            )
            #expect(reply.headers[try #require(HTTPField.Name("oliver-source"))] == "events")
            #expect(
                reply.text == """
                    {"rows":[["growth","u-1"],["growth","u-2"],["other",null]],"columns":[["gpt-4o"],["gpt-4o-mini"]],\
                    "cells":[["2.500020000000","0.150000600000"],["2.500030000000",null],[null,"0.150002400000"]],\
                    "row_totals":["2.650020600000","2.500030000000","0.150002400000"],\
                    "column_totals":["5.000050000000","0.300003000000"],"total":"5.300053000000",\
                    "other_row":null,"other_column":null,"other_cell":null}
                    """
            )
        }
    }

    @Test func `keeps what is beyond its limits apart, whatever a value is called`() async throws {
        try await Pipeline.run { pipeline in
            try await record(pipeline)
            let path = "/v1/analytics/pivot?\(range)&rows=tag.feature&columns=team&measure=output_tokens"
            let reply = try await pipeline.get("\(path)&row_limit=1&column_limit=1", key: "reader")
            #expect(
                reply.text == """
                    {"rows":[[null]],"columns":[["growth"]],"cells":[[1]],"row_totals":[5],"column_totals":[6],\
                    "total":10,"other_row":{"cells":[5],"total":5},"other_column":{"cells":[4],"total":4},\
                    "other_cell":null}
                    """
            )
        }
    }

    @Test func `cuts time by the zone that is asked for`() async throws {
        try await Pipeline.run { pipeline in
            try await record(pipeline)
            let path = "/v1/analytics/pivot?\(range)&columns=day&measure=events&workspace=acme"
            let utc = try await pipeline.get(path, key: "reader").text
            #expect(utc.contains(#""columns":[["2026-10-31"],["2026-11-01"],["2026-11-02"],["2026-11-03"]]"#))
            let berlin = try await pipeline.get("\(path)&time_zone=Europe/Berlin", key: "reader").text
            #expect(berlin.contains(#""columns":[["2026-10-31"],["2026-11-02"],["2026-11-03"]]"#))
            let months = try await pipeline.get(
                "/v1/analytics/pivot?\(range)&rows=month,team&measure=events",
                key: "reader"
            )
            #expect(months.text.contains(#"["2026-11-01","growth"]"#))
            let years = try await pipeline.get("/v1/analytics/breakdown?\(range)&by=year", key: "reader")
            #expect(years.text.contains(#""key":"2026-01-01""#))
        }
    }

    @Test func `that cannot be answered says which parameter is wrong`() async throws {
        try await Pipeline.run { pipeline in
            for (query, name) in [
                ("", "rows"), ("rows=mood", "rows"), ("rows=team,user,model,provider", "rows"),
                ("rows=team&columns=team", "columns"),
                ("rows=", "rows"), ("rows=team,", "rows"), ("columns=tag.", "columns"), ("rows=tag.%00", "rows"),
                ("rows=team&measure=joy", "measure"), ("rows=team&row_limit=0", "row_limit"),
                ("rows=team&column_limit=1000000", "column_limit"), ("rows=team&mood=good", "mood"),
                ("rows=hour", "rows"), ("rows=quarter", "workspace"),
                ("rows=day&from=2000-01-01T00:00:00Z&to=2100-01-01T00:00:00Z", "rows"),
            ] {
                let reply = try await pipeline.get("/v1/analytics/pivot?\(query)")
                #expect(reply.status == .unprocessableContent, "\(query): \(reply.text)")
                #expect(reply.text.contains(#""name":"\#(name)""#), "\(query): \(reply.text)")
            }
            let foreign = try await pipeline.get("/v1/analytics/pivot?rows=team&workspace=growth", key: "reader")
            #expect(foreign.status == .forbidden)
        }
    }

    @Test func `shows nobody what another tenant did`() async throws {
        try await Pipeline.run { pipeline in
            try await record(pipeline)
            let body = """
                {"event_id":"g","workspace":"growth","provider":"openai","model":"gpt-4o-mini","team":"secret",
                "usage":{"input_tokens":10}}
                """
            _ = try await pipeline.post("/v1/record", body)
            try await pipeline.settle()
            for path in ["pivot?rows=workspace,team", "breakdown?by=team", "timeseries?group_by=team"] {
                #expect(!(try await pipeline.get("/v1/analytics/\(path)", key: "reader").text.contains("secret")))
                #expect(try await pipeline.get("/v1/analytics/\(path)").text.contains("secret"))
            }
        }
    }

    @Test func `stands beside a summary that says what changed`() async throws {
        try await Pipeline.run { pipeline in
            try await record(pipeline)
            let query = "from=2026-11-02T00:00:00Z&to=2026-11-04T00:00:00Z"
            let reply = try await pipeline.get("/v1/analytics/summary?\(query)", key: "reader").text
            #expect(reply.hasSuffix(#""change":{"cost_usd":"4.700047000000","cost_ratio":15.6666,"events":0}}"#))
        }
    }
}
