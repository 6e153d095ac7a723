import Domain
import FoundationEssentials
import SwiftProtobuf
import Testing

import ServiceRuntime
@testable import Ingest

private func value(_ text: String) -> OTLPAnyValue { .with { $0.stringValue = text } }
private func value(_ number: Int64) -> OTLPAnyValue { .with { $0.intValue = number } }

/// A span of one call, with more attributes than the least.
private func span(_ attributes: [String: OTLPAnyValue], status: OTLPStatus.StatusCode = .ok) -> OTLPSpan {
    let all = ["gen_ai.system": value("openai"), "gen_ai.request.model": value("gpt-4o-mini")]
        .merging(attributes, uniquingKeysWith: { $1 })
    return OTLPSpan.with {
        $0.traceID = Data((0..<16).map { UInt8($0) })
        $0.spanID = Data((0..<8).map { UInt8($0) })
        $0.startTimeUnixNano = 1_795_428_000_000_000_000
        $0.endTimeUnixNano = 1_795_428_000_812_000_000
        $0.status.code = status
        $0.attributes = list(all)
    }
}

private func report(
    _ attributes: [String: OTLPAnyValue],
    resource: [String: OTLPAnyValue] = [:],
    status: OTLPStatus.StatusCode = .ok,
    settings: TraceSettings = TraceSettings()
) throws -> SpanReport? {
    let resource = SpanResource(.with { $0.attributes = list(resource) }, names: settings.names)
    return try SpanReport(span(attributes, status: status), resource: resource, settings: settings)
}

private let bareResource = SpanResource(OTLPResource(), names: [])

private func list(_ attributes: [String: OTLPAnyValue]) -> [OTLPKeyValue] {
    attributes.map { name, value in
        OTLPKeyValue.with {
            $0.key = name
            $0.value = value
        }
    }
}

private func text(_ value: JSONValue?) -> String {
    value.map { String(decoding: $0.bytes, as: UTF8.self) } ?? ""
}

@Suite struct `A span of an AI call` {
    @Test func `says the same under the names of today, of before, and of others`() throws {
        let namings: [[String]] = [
            ["gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", "gen_ai.usage.cache_read.input_tokens"],
            ["gen_ai.usage.prompt_tokens", "gen_ai.usage.completion_tokens", "gen_ai.usage.cache_read_input_tokens"],
            ["llm.usage.prompt_tokens", "llm.usage.completion_tokens", "llm.usage.cache_read_input_tokens"],
            ["llm.token_count.prompt", "llm.token_count.completion", "llm.token_count.prompt_details.cache_read"],
        ]
        for names in namings {
            let counts = Dictionary(uniqueKeysWithValues: zip(names, [value(1_200), value(300), value(800)]))
            let found = try #require(try report(counts), "\(names)")
            let usage = #"{"input_tokens":1200,"output_tokens":300,"cache_read_tokens":800}"#
            #expect(text(found.event["usage"]) == usage, "\(names)")
        }
    }

    @Test func `knows cache writes by either name and splits them by their lifetime`() throws {
        for name in ["gen_ai.usage.cache_creation.input_tokens", "gen_ai.usage.cache_write.input_tokens"] {
            let found = try #require(try report([name: value(400), "gen_ai.usage.input_tokens": value(2_250)]))
            #expect(text(found.event["usage"]) == #"{"input_tokens":2250,"cache_write_tokens":400}"#)
        }
        let split = try #require(
            try report([
                "gen_ai.usage.input_tokens": value(2_250),
                "anthropic.usage.cache_creation.ephemeral_5m_input_tokens": value(100),
                "anthropic.usage.cache_creation.ephemeral_1h_input_tokens": value(300),
            ])
        )
        #expect(
            text(split.event["usage"])
                == #"{"input_tokens":2250,"cache_write_tokens":400,"cache_write_1h_tokens":300}"#
        )
    }

    @Test(arguments: [
        ("9223372036854775807", "1", "9223372036854775808"), ("1", "9223372036854775807", "9223372036854775808"),
        ("1000000000000", "1000000000000", "2000000000000"), ("-5", "9", "-5"), ("1.5", "9", "1.5"),
        ("99999999999999999999", "9", "100000000000000000008"),
    ])
    func `whose cache writes are no count together says so to the event's reader`(
        minutes: String,
        hour: String,
        sum: String
    ) throws {
        let found = try #require(
            try report([
                "gen_ai.usage.input_tokens": value(5),
                "anthropic.usage.cache_creation.ephemeral_5m_input_tokens": value(minutes),
                "anthropic.usage.cache_creation.ephemeral_1h_input_tokens": value(hour),
            ])
        )
        #expect(text(found.event["usage"]?["cache_write_tokens"]) == sum)
    }

    @Test(arguments: [Data(), Data(repeating: 0, count: 8), Data(base64Encoded: String(repeating: "0", count: 16))])
    func `without a valid id is no other's, unless its response has one`(id: Data?) throws {
        var bare = span([:])
        bare.spanID = try #require(id)
        #expect(throws: SpanReport.Nameless.self) {
            try SpanReport(bare, resource: bareResource, settings: TraceSettings())
        }
        var answered = span(["gen_ai.response.id": value("r1")])
        answered.traceID = try #require(id)
        let found = try #require(try SpanReport(answered, resource: bareResource, settings: TraceSettings()))
        #expect(found.eventID == "otel:openai r1")
        #expect(found.event["trace_id"] == nil)
    }

    @Test func `that counts the cache apart from its input has it added`() throws {
        let found = try #require(
            try report(["gen_ai.usage.input_tokens": value(50), "gen_ai.usage.cache_read_input_tokens": value(1_800)])
        )
        #expect(text(found.event["usage"]) == #"{"input_tokens":1850,"cache_read_tokens":1800}"#)
    }

    @Test func `without usage has no price, and one that failed has used nothing`() throws {
        #expect(text(try #require(try report([:])).event["usage"]) == #"{"custom":{"unreported_calls":1}}"#)
        let failed = try #require(try report([:], status: .error))
        #expect(text(failed.event["usage"]) == #"{"input_tokens":0,"output_tokens":0}"#)
        #expect(failed.event["status"]?.text == "error")
    }

    @Test func `is named by its response, else by itself`() throws {
        let answered = try #require(try report(["gen_ai.response.id": value("chatcmpl-1")]))
        #expect(answered.eventID == "otel:openai chatcmpl-1")
        let lone = try #require(try report([:]))
        #expect(lone.eventID == "otel:000102030405060708090a0b0c0d0e0f 0001020304050607")
        let long = String(repeating: "x", count: 200)
        let hashed = try #require(try report(["gen_ai.response.id": value(long)])).eventID
        #expect(hashed.utf8.count == 37)
        #expect(try #require(try report(["gen_ai.response.id": value(long + "y")])).eventID != hashed)
    }

    @Test func `is priced as the model that answered, at its provider's name`() throws {
        let found = try #require(
            try report([
                "gen_ai.provider.name": value("azure.ai.openai"), "gen_ai.request.model": value("my-deployment"),
                "gen_ai.response.model": value("gpt-4o-mini-2024-07-18"),
            ])
        )
        #expect(found.event["model"]?.text == "gpt-4o-mini-2024-07-18")
        #expect(found.event["provider"]?.text == "azure")
        let names = [
            "aws.bedrock": "bedrock", "gcp.vertex_ai": "vertex_ai", "OpenAI": "openai", "openai.chat": "openai",
        ]
        for (name, provider) in names {
            let event = try #require(try report(["gen_ai.provider.name": value(name)])).event
            #expect(event["provider"]?.text == provider)
        }
    }

    @Test func `tells when, how long, in which trace and at which tier`() throws {
        let event = try #require(try report(["openai.response.service_tier": value("flex")])).event
        #expect(event["occurred_at"]?.text == "2026-11-23T10:00:00Z")
        #expect(event["latency_ms"] == 812)
        #expect(event["trace_id"]?.text == "000102030405060708090a0b0c0d0e0f")
        #expect(event["service_tier"]?.text == "flex")
        let usual = try #require(try report(["openai.response.service_tier": value("default")])).event
        #expect(usual["service_tier"] == nil)
    }

    @Test func `is counted for whom its attributes and its resource name`() throws {
        let resource = [
            "service.name": value("chatbot"), "deployment.environment.name": value("prod"),
            "oliver.team": value("growth"),
            "oliver.tag.feature": value("search"), "user.id": value("nobody"),
        ]
        let own = ["gen_ai.user": value("u-42"), "user.id": value("u-1"), "oliver.tag.feature": value("summarise")]
        let event = try #require(try report(own, resource: resource)).event
        #expect(event["project"]?.text == "chatbot")
        #expect(event["team"]?.text == "growth")
        #expect(event["user"]?.text == "u-1")
        #expect(text(event["tags"]) == #"{"deployment.environment.name":"prod","feature":"summarise"}"#)
        var settings = TraceSettings()
        settings.project = ["k8s.namespace.name"]
        settings.user = ["gen_ai.user"]
        let other = ["k8s.namespace.name": value("\u{1}\(String(repeating: "n", count: 200))")]
        let configured = try #require(try report(own, resource: other, settings: settings)).event
        #expect(configured["project"]?.text == String(repeating: "n", count: 128))
        #expect(configured["user"]?.text == "u-42")
    }

    @Test func `is no agent's, tool's or other work`() throws {
        for operation in ["invoke_agent", "execute_tool", "create_agent"] {
            #expect(
                try report(["gen_ai.operation.name": value(operation), "gen_ai.usage.input_tokens": value(5)]) == nil
            )
        }
        #expect(try report(["openinference.span.kind": value("CHAIN")]) == nil)
        let plain = OTLPSpan.with { $0.name = "GET /" }
        #expect(try SpanReport(plain, resource: bareResource, settings: TraceSettings()) == nil)
    }
}
