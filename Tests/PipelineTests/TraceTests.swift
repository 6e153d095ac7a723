import FoundationEssentials
import HTTPTypes
import ServiceRuntime
import Testing

/// What OpenTelemetry's Python exporter sent for nine real calls (see the file's `versions`), as JSON.
private func recorded(_ mode: String) throws -> String {
    let path = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
    let text = try String(contentsOfFile: "/\(path)/Fixtures/otel_genai_spans.json", encoding: .utf8)
    let found = try #require(try JSONValue(parsing: Array(text.utf8))[mode])
    return String(decoding: found.bytes, as: UTF8.self)
}

private let json: HTTPFields = [.contentType: "application/json"]

private func span(_ trace: Int, _ attributes: [String: String]) -> String {
    let all = ["gen_ai.system": "openai", "gen_ai.request.model": "gpt-4o-mini"].merging(attributes) { $1 }
    let listed = all.sorted { $0.key < $1.key }.map { name, value in
        let kind = Int(value) == nil ? "stringValue" : "intValue"
        return #"{"key":"\#(name)","value":{"\#(kind)":"\#(value)"}}"#
    }
    let id = String(repeating: "0", count: 24) + String(10_000_000 + trace)
    return #"""
        {"traceId":"\#(id)","spanId":"\#(id.suffix(16))","name":"chat","startTimeUnixNano":"1795427000000000000",
        "endTimeUnixNano":"1795427001000000000","attributes":[\#(listed.joined(separator: ","))]}
        """#
}

private func export(_ spans: [String]) -> String {
    #"{"resourceSpans":[{"resource":{},"scopeSpans":[{"spans":["# + spans.joined(separator: ",") + "]}]}]}"
}

@Suite(.timeLimit(.minutes(2))) struct `Spans of real instrumentations` {
    @Test(arguments: ["default", "gen_ai_latest_experimental"])
    func `become one event for each call, at its cost`(mode: String) async throws {
        let body = try recorded(mode)
        try await Pipeline.run { pipeline in
            let reply = try await pipeline.post("/v1/traces", key: "acme", headers: json, body)
            #expect(reply.status == .ok)
            #expect(reply.text == "{}")
            #expect(reply.headers[.contentType] == "application/json")
            try await pipeline.settle()
            let list = try await pipeline.get("/v1/usage").text
            // The fake provider answered four chats with one id; embeddings answer without one; two instrumentations tell
            // of the one Claude call.
            #expect(try decode(Summary.self, try await pipeline.get("/v1/analytics/summary")).events == 4)
            // 86 at 0.15, 1920 cached at 0.075, 300 out at 0.6 per million.
            #expect(list.contains(#""cost_usd":"0.000336900000""#))
            // 86 at 0.4, 1920 cached at 0.1, 300 out at 1.6 per million.
            #expect(list.contains(#""cost_usd":"0.000706400000""#))
            // 8 at 0.02 per million.
            #expect(list.contains(#""cost_usd":"0.000000160000""#))
            // 50 at 3, 1800 read at 0.3, 100 written for 5 minutes at 3.75, 300 for an hour at 6, 300 out at 15 per million.
            #expect(list.contains(#""cost_usd":"0.007365000000""#))
            #expect(list.contains(#""cache_write_1h_tokens":300"#))
            #expect(list.contains(#""event_id":"otel:anthropic msg_01""#))
        }
    }

    @Test func `that are sent again are counted once`() async throws {
        let body = try recorded("default")
        try await Pipeline.run { pipeline in
            for _ in 0..<3 {
                let reply = try await pipeline.post("/v1/traces", key: "acme", headers: json, body)
                #expect(reply.text == "{}")
            }
            try await pipeline.settle()
            #expect(try decode(Summary.self, try await pipeline.get("/v1/analytics/summary")).events == 4)
        }
    }

    @Test func `that cannot be counted are told of, and their neighbours are counted`() async throws {
        try await Pipeline.run { pipeline in
            let spans = [
                span(1, ["gen_ai.usage.input_tokens": "9"]), span(2, ["gen_ai.usage.input_tokens": "-9"]),
                span(3, ["http.route": "/"]),
            ]
            let reply = try await pipeline.post("/v1/traces", key: "acme", headers: json, export(spans))
            #expect(reply.status == .ok)
            #expect(reply.text.contains(#""rejectedSpans":"1""#))
            #expect(reply.text.contains("usage.input_tokens"))
            try await pipeline.settle()
            let summary = try decode(Summary.self, try await pipeline.get("/v1/analytics/summary"))
            #expect(summary.events == 2)
            #expect(summary.unpricedEvents == 1)
        }
    }

    @Test func `without ids are told of, and never counted as one call`() async throws {
        try await Pipeline.run { pipeline in
            let good = span(1, ["gen_ai.usage.input_tokens": "9"])
            let own = String(repeating: "0", count: 24) + "10000001"
            let nameless = ["", String(repeating: "0", count: 32)].map { trace in
                good.replacing(#""traceId":"\#(own)""#, with: #""traceId":"\#(trace)""#)
                    .replacing(#""spanId":"\#(own.suffix(16))""#, with: #""spanId":"\#(trace.suffix(16))""#)
            }
            let body = export(nameless + [good])
            let reply = try await pipeline.post("/v1/traces", key: "acme", headers: json, body)
            #expect(reply.status == .ok)
            #expect(reply.text.contains(#""rejectedSpans":"2""#), "\(reply.text)")
            #expect(reply.text.contains("2 spans: no valid traceId and spanId"), "\(reply.text)")
            try await pipeline.settle()
            #expect(try decode(Summary.self, try await pipeline.get("/v1/analytics/summary")).events == 1)
        }
    }

    @Test func `that count too much are told of, and the service serves on`() async throws {
        try await Pipeline.run { pipeline in
            let written = "anthropic.usage.cache_creation.ephemeral_"
            let large = span(1, ["\(written)5m_input_tokens": "9223372036854775807", "\(written)1h_input_tokens": "1"])
            let reply = try await pipeline.post("/v1/traces", key: "acme", headers: json, export([large]))
            #expect(reply.text.contains(#""rejectedSpans":"1""#), "\(reply.text)")
            #expect(reply.text.contains("usage.cache_write_tokens"), "\(reply.text)")
        }
    }

    @Test func `need a key that may record, and a media type of OTLP`() async throws {
        try await Pipeline.run { pipeline in
            for (key, headers, body, code) in [
                (nil, json, "{}", 16), ("reader", json, "{}", 7), ("acme", [:], "{}", 3), ("acme", json, "{", 3),
            ] as [(String?, HTTPFields, String, Int)] {
                let reply = try await pipeline.post("/v1/traces", key: key, headers: headers, body)
                #expect(reply.headers[.contentType] == "application/json")
                #expect(reply.text.hasPrefix(#"{"code":\#(code),"message":""#), "\(reply.text)")
            }
            let binary: HTTPFields = [.contentType: "application/x-protobuf"]
            let reply = try await pipeline.post("/v1/traces", key: nil, headers: binary, "")
            #expect(reply.status == .unauthorized)
            #expect(reply.headers[.contentType] == "application/x-protobuf")
            #expect(Array(reply.text.utf8.prefix(2)) == [0x08, 16])
            func status(_ key: String?, _ headers: HTTPFields, _ body: String) async throws -> HTTPResponse.Status {
                try await pipeline.post("/v1/traces", key: key, headers: headers, body).status
            }
            let statuses = [
                try await status(nil, json, "{}"), try await status("reader", json, "{}"),
                try await status("acme", [:], "{}"), try await status("acme", json, "{"),
                try await status("acme", json, "{}"),
            ]
            #expect(statuses == [.unauthorized, .forbidden, .unsupportedMediaType, .badRequest, .ok])
        }
    }
}
