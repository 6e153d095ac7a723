import HTTPTypes
import ServiceRuntime
import Testing

private let usage = #"{"provider":"openai","model":"gpt-4o-mini","usage":{"input_tokens":1200,"output_tokens":300}}"#

private func envelope(id: String = "7", type: String = "oliver.usage", data: String = usage) -> String {
    #"{"specversion":"1.0","id":"\#(id)","source":"/pipelines/a","type":"\#(type)","time":"2026-11-23T10:00:00Z","data":\#(data)}"#
}

private let structured: HTTPFields = [.contentType: "application/cloudevents+json; charset=utf-8"]
private let batch: HTTPFields = [.contentType: "application/cloudevents-batch+json"]

private func binary(id: String = "7") throws -> HTTPFields {
    var headers: HTTPFields = [.contentType: "application/json"]
    let attributes = [
        "specversion": "1.0", "id": id, "source": "/pipelines/a", "type": "oliver.usage",
        "time": "2026-11-23T10:00:00Z",
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    ]
    for (name, value) in attributes { headers[try #require(HTTPField.Name("ce-\(name)"))] = value }
    return headers
}

@Suite(.timeLimit(.minutes(2))) struct `A CloudEvent` {
    @Test func `is one event in whichever mode it comes, by its source and id`() async throws {
        try await Pipeline.run { pipeline in
            func post(_ headers: HTTPFields, _ body: String) async throws -> RecordAnswer {
                try decode(
                    RecordAnswer.self,
                    try await pipeline.post("/v1/events", key: "acme", headers: headers, body)
                )
            }
            let first = try await post(structured, envelope())
            #expect(first.items.map(\.status) == ["accepted"])
            #expect(first.items.first?.eventId == "ce:/pipelines/a 7")
            #expect(try await post(structured, envelope()).items.map(\.status) == ["duplicate"])
            let several = try await post(batch, "[\(envelope()),\(envelope(id: "8")),\(envelope(id: "9"))]")
            #expect(several.items.map(\.status) == ["duplicate", "accepted", "accepted"])
            #expect(try await post(try binary(id: "10"), usage).items.map(\.status) == ["accepted"])
            try await pipeline.settle()
            let summary = try decode(Summary.self, try await pipeline.get("/v1/analytics/summary"))
            #expect(summary.events == 4)
            #expect(summary.costUsd == "0.001440000000")
            let list = try await pipeline.get("/v1/usage").text
            #expect(list.contains(#""trace_id":"0af7651916cd43dd8448eb211c80319c""#))
            #expect(list.contains(#""occurred_at":"2026-11-23T10:00:00Z""#))
        }
    }

    @Test func `may carry a provider's own usage, in base 64 too`() async throws {
        try await Pipeline.run { pipeline in
            // {"provider":"openai","model":"gpt-4o-mini","raw_usage":{"prompt_tokens":9}}
            let data =
                "eyJwcm92aWRlciI6Im9wZW5haSIsIm1vZGVsIjoiZ3B0LTRvLW1pbmkiLCJyYXdfdXNhZ2UiOnsicHJvbXB0X3Rva2VucyI6OX19"
            let body =
                #"{"specversion":"1.0","id":"1","source":"s","type":"oliver.usage","data_base64":"\#(data)"}"#
            let reply = try await pipeline.post("/v1/events", key: "acme", headers: structured, body)
            #expect(try decode(RecordAnswer.self, reply).accepted == 1)
        }
    }

    @Test func `that is none is refused by its status when it comes alone, and by its item in a batch`() async throws {
        try await Pipeline.run { pipeline in
            let foreign = envelope(type: "com.example.other")
            let alone = try await pipeline.post("/v1/events", key: "acme", headers: structured, foreign)
            #expect(alone.status == .unprocessableContent)
            #expect(alone.text.contains(#""name":"type","code":"unknown_value""#))
            let bad = [foreign, envelope(data: "5"), #"{"id":"1"}"#, "7", envelope()]
            let body = "[" + bad.joined(separator: ",") + "]"
            let several = try await pipeline.post("/v1/events", key: "acme", headers: batch, body)
            #expect(several.status == .accepted)
            let answer = try decode(RecordAnswer.self, several)
            #expect(answer.items.map(\.status) == ["rejected", "rejected", "rejected", "rejected", "accepted"])
            let missing = answer.items[2].problem?.invalidParameters?.map(\.name)
            #expect(missing == ["source", "type", "specversion", "data"])
        }
    }

    @Test(arguments: ["[{},{}]", "[]", "[\(usage)]", "[\(usage),\(usage)]"])
    func `whose data is a list of events is refused, and no other of its batch`(list: String) async throws {
        try await Pipeline.run { pipeline in
            let several = envelope(data: #"{"events":\#(list)}"#)
            let alone = try await pipeline.post("/v1/events", key: "acme", headers: structured, several)
            #expect(alone.status == .unprocessableContent)
            #expect(alone.text.contains(#""name":"data","code":"invalid_type""#))
            let body = "[\(envelope(id: "1")),\(several),\(envelope(id: "2"))]"
            let reply = try await pipeline.post("/v1/events", key: "acme", headers: batch, body)
            #expect(reply.status == .accepted)
            let answer = try decode(RecordAnswer.self, reply)
            #expect(answer.items.map(\.status) == ["accepted", "rejected", "accepted"])
            #expect(answer.items[1].problem?.invalidParameters?.map(\.name) == ["data"])
        }
    }

    @Test func `needs a media type that says what it is`() async throws {
        try await Pipeline.run { pipeline in
            let plain = try await pipeline.post(
                "/v1/events",
                headers: [.contentType: "application/json"],
                envelope()
            )
            let xml = try await pipeline.post(
                "/v1/events",
                headers: [.contentType: "application/cloudevents+xml"],
                envelope()
            )
            #expect([plain.status, xml.status] == [.badRequest, .unsupportedMediaType])
        }
    }
}
