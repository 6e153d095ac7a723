import Domain
import HTTPTypes
import ServiceRuntime
import Testing

private let event =
    #"{"event_id":"e1","provider":"openai","model":"gpt-4o-mini","usage":{"input_tokens":1200,"cache_read_tokens":800,"output_tokens":300}}"#

@Suite(.timeLimit(.minutes(2))) struct `A posted event` {
    @Test func `shows its cost in the summary and in the list`() async throws {
        try await Pipeline.run { pipeline in
            let answer = try decode(RecordAnswer.self, try await pipeline.post("/v1/record", key: "acme", event))
            #expect(answer.accepted == 1)
            #expect(answer.items.first?.eventId == "e1")
            try await pipeline.settle()
            let summary = try decode(Summary.self, try await pipeline.get("/v1/analytics/summary"))
            #expect(summary.costUsd == "0.000300000000")
            #expect(summary.events == 1)
            let list = try await pipeline.get("/v1/usage")
            #expect(list.text.contains(#""cost_usd":"0.000300000000","cost_status":"priced""#))
        }
    }

    @Test func `is a duplicate the second time and a conflict with another body`() async throws {
        try await Pipeline.run { pipeline in
            _ = try await pipeline.post("/v1/record", key: "acme", event)
            let same = try decode(RecordAnswer.self, try await pipeline.post("/v1/record", key: "acme", event))
            #expect(same.items.map(\.status) == ["duplicate"])
            let other = event.replacing("300", with: "301")
            let conflict = try decode(RecordAnswer.self, try await pipeline.post("/v1/record", key: "acme", other))
            #expect(conflict.items.map(\.status) == ["rejected"])
            #expect(conflict.items.first?.problem?.type == "urn:oliver:problem:conflict")
            try await pipeline.settle()
            #expect(try decode(Summary.self, try await pipeline.get("/v1/analytics/summary")).events == 1)
        }
    }

    @Test func `without an id gets one, which the answer names`() async throws {
        try await Pipeline.run { pipeline in
            let body = event.replacing(#""event_id":"e1","#, with: "")
            let answer = try decode(
                RecordAnswer.self,
                try await pipeline.post("/v1/record", key: "acme", "[\(body),\(body)]")
            )
            #expect(answer.accepted == 2)
            #expect(answer.items.allSatisfy { $0.minted == true })
            #expect(Set(answer.items.compactMap(\.eventId)).count == 2)
        }
    }

    @Test func `of any age is taken from an admin's import, and from nobody else`() async throws {
        try await Pipeline.run { pipeline in
            let header = try #require(HTTPField.Name("oliver-import"))
            let old = event.replacing(
                #""event_id""#,
                with: #""workspace":"acme","occurred_at":"2021-01-02T00:00:00Z","event_id""#
            )
            func post(_ key: String, _ headers: HTTPFields) async throws -> HTTPReply {
                try await pipeline.post("/v1/record", key: key, headers: headers, old)
            }
            #expect(try decode(RecordAnswer.self, try await post("admin", [:])).rejected == 1)
            #expect(try await post("acme", [header: "true"]).status == .forbidden)
            #expect(try decode(RecordAnswer.self, try await post("admin", [header: "true"])).accepted == 1)
            try await pipeline.settle()
            let range = "from=2021-01-01T00:00:00Z&to=2021-02-01T00:00:00Z"
            let summary = try decode(Summary.self, try await pipeline.get("/v1/analytics/summary?\(range)"))
            #expect(summary.events == 1)
        }
    }

    @Test func `of an unknown model is kept as unpriced, never as zero`() async throws {
        try await Pipeline.run { pipeline in
            let body = event.replacing("gpt-4o-mini", with: "no-such-model")
            _ = try await pipeline.post("/v1/record", key: "acme", body)
            try await pipeline.settle()
            let summary = try decode(Summary.self, try await pipeline.get("/v1/analytics/summary"))
            #expect(summary.unpricedEvents == 1)
            #expect(try await pipeline.get("/v1/usage").text.contains(#""cost_usd":null,"cost_status":"unpriced""#))
        }
    }

    @Test func `may bring its cost with a key that may report costs`() async throws {
        try await Pipeline.run { pipeline in
            let body = #"{"provider":"p","model":"m","cost_usd":"0.000000000001"}"#
            let refused = try decode(RecordAnswer.self, try await pipeline.post("/v1/record", key: "acme", body))
            #expect(refused.items.first?.problem?.type == "urn:oliver:problem:forbidden")
            _ = try await pipeline.post("/v1/record", key: "reporter", body)
            try await pipeline.settle()
            let summary = try decode(Summary.self, try await pipeline.get("/v1/analytics/summary"))
            #expect(summary.costUsd == "0.000000000001")
        }
    }
}

@Suite(.timeLimit(.minutes(2))) struct `A bad request` {
    @Test(arguments: [
        (nil as String?, event, 401), ("revoked", event, 401), ("reader", event, 403), ("acme", "{broken", 400),
        ("acme", "", 400), ("acme", "[" + Array(repeating: "{}", count: 1_001).joined(separator: ",") + "]", 413),
    ])
    func `gets its status as a problem`(_ key: String?, _ body: String, _ status: Int) async throws {
        try await Pipeline.run { pipeline in
            let reply = try await pipeline.post("/v1/record", key: key, body)
            #expect(reply.status.code == status)
            #expect(reply.headers[.contentType] == "application/problem+json")
        }
    }

    @Test func `with one bad item keeps its neighbours`() async throws {
        try await Pipeline.run { pipeline in
            let bad = #"{"event_id":"bad","provider":"openai","model":"gpt-4o-mini","usage":{"input_tokens":-1}}"#
            let foreign = #"{"event_id":"foreign","workspace":"growth","provider":"p","model":"m","usage":{}}"#
            let body = #"{"events":[\#(bad),\#(event),\#(foreign)]}"#
            let answer = try decode(RecordAnswer.self, try await pipeline.post("/v1/record", key: "acme", body))
            #expect(answer.items.map(\.status) == ["rejected", "accepted", "rejected"])
            #expect(answer.items[0].problem?.invalidParameters?.first?.code == "negative")
            #expect(answer.items[2].problem?.type == "urn:oliver:problem:forbidden")
        }
    }

    @Test func `to a report names each wrong parameter`() async throws {
        try await Pipeline.run { pipeline in
            for query in [
                "colour=red", "time_zone=Mars", "from=yesterday", "from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z",
            ] {
                let reply = try await pipeline.get("/v1/analytics/summary?\(query)")
                #expect(reply.status == .unprocessableContent, "\(query): \(reply.text)")
            }
            #expect(try await pipeline.get("/v1/analytics/breakdown").status == .unprocessableContent)
            #expect(try await pipeline.get("/v1/analytics/breakdown?by=mood").status == .unprocessableContent)
            #expect(try await pipeline.get("/v1/usage?after=nowhere").status == .unprocessableContent)
            #expect(
                try await pipeline.get("/v1/analytics/summary?workspace=growth", key: "reader").status == .forbidden
            )
            let hours = "from=2020-01-01T00:00:00Z&to=2026-01-01T00:00:00Z&granularity=hour"
            #expect(try await pipeline.get("/v1/analytics/timeseries?\(hours)").status == .unprocessableContent)
        }
    }
}
