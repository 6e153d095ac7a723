import Domain
import Testing

@testable import Wire

private func items(_ json: String) throws -> [RecordBody.Item] {
    try RecordBody(json: Array(json.utf8), limit: 1_000).items
}

private func problems(_ event: String) throws -> [FieldProblem] {
    guard case .invalid(let problems)? = try items(event).first else { return [] }
    return problems.problems
}

private func event(_ json: String) throws -> UsageEvent {
    guard case .event(let reported)? = try items(json).first else {
        throw WireError("not an event: \(try items(json))")
    }
    let acceptance = Acceptance(
        eventID: reported.eventID ?? "minted",
        isMinted: reported.eventID == nil,
        workspace: reported.workspace ?? "bound",
        sourceApp: "app",
        keyID: "key",
        receivedAt: Timestamp(seconds: 1_800_000_000)
    )
    return try RawEntry(try reported.accepted(acceptance).payload).event
}

@Suite struct `A record body` {
    @Test(arguments: [#"{"events":[{},{}]}"#, #"{"events":[]}"#])
    func `of one event is no list, whatever its members`(json: String) {
        guard case .invalid(let problems) = RecordBody.item(Array(json.utf8)) else {
            Issue.record("is taken")
            return
        }
        #expect(problems.problems.map(\.name) == ["usage", "provider", "model"])
    }

    @Test func `looks at a hostile name in time that grows with its length`() throws {
        let name = String(repeating: "\u{301}\u{316}", count: 200_000)
        var found: [RecordBody.Item]?
        let time = try ContinuousClock().measure { found = try items(#"{"\#(name)":1,"events":[]}"#) }
        #expect(found?.isEmpty == true)
        #expect(time < .seconds(5))
    }

    static let full = #"""
        {"event_id":"018f3c1e-1","occurred_at":"2026-11-23T10:00:00.25+01:00","provider":"openai","model":"gpt-4o-mini",
        "operation":"chat","usage":{"input_tokens":1200,"cache_read_tokens":800,"output_tokens":300,"seconds":2.5,
        "custom":{"b":1.25,"a":2},"guardrail_units":{"topicPolicyUnits":3}},"service_tier":"batch","router_fee":true,
        "workspace":"acme","team":"growth","project":"chatbot","user":"u-42","tags":{"z":"1","feature":"summarise"},
        "hold_id":null,"cost_usd":"0.05","latency_ms":812,"status":"ok","trace_id":"4bf92f35","unknown":{"x":[1]}}
        """#

    @Test func `keeps every field through the stream`() throws {
        let event = try event(Self.full)
        #expect(event.eventID == "018f3c1e-1")
        #expect(event.occurredAt.rfc3339 == "2026-11-23T09:00:00.250000Z")
        #expect(event.receivedAt == Timestamp(seconds: 1_800_000_000))
        #expect(event.identity.workspace == "acme")
        #expect(event.identity.team == "growth")
        #expect(event.identity.project == "chatbot")
        #expect(event.identity.user == "u-42")
        #expect(event.identity.sourceApp == "app")
        #expect(event.identity.tags.map { "\($0.key)=\($0.value)" } == ["feature=summarise", "z=1"])
        #expect(event.provider == "openai")
        #expect(event.model == "gpt-4o-mini")
        #expect(event.operation == "chat")
        #expect(event.usage[.inputTokens] == Amount(units: 1_200))
        #expect(event.usage[.cacheReadTokens] == Amount(units: 800))
        #expect(event.usage[.seconds] == Amount(millionths: 2_500_000))
        #expect(event.usage.custom == [.init("a", Amount(units: 2)), .init("b", Amount(millionths: 1_250_000))])
        #expect(event.usage.guardrailUnits == [.init("topicPolicyUnits", Amount(units: 3))])
        #expect(event.attributes.serviceTier == "batch")
        #expect(event.attributes.routerFee)
        #expect(event.holdID == nil)
        #expect(event.reportedCost == Money(picoDollars: 50_000_000_000))
        #expect(event.latencyMilliseconds == 812)
        #expect(event.status == "ok")
        #expect(event.traceID == "4bf92f35")
    }

    @Test func `adds cached and written tokens to Anthropic's exclusive input`() throws {
        let event = try event(
            #"""
            {"provider":"anthropic","model":"m","usage_convention":"exclusive",
            "usage":{"input_tokens":10,"cache_read_tokens":200,"cache_write_tokens":3000,"cache_write_1h_tokens":1000}}
            """#
        )
        #expect(event.usage[.inputTokens] == Amount(units: 3_210))
        #expect(event.eventID == "minted")
        #expect(event.identity.workspace == "bound")
        #expect(event.occurredAt == event.receivedAt)
    }

    @Test func `refuses an exclusive input that is too much with cached and written tokens`() throws {
        func large(_ read: String) -> String {
            #"{"provider":"anthropic","model":"m","usage_convention":"exclusive","#
                + #""usage":{"input_tokens":999999999999,"cache_read_tokens":\#(read)}}"#
        }
        #expect(try event(large("1")).usage[.inputTokens] == .limit)
        for read in ["2", "1000000000000"] {
            let found = try problems(large(read))
            #expect(found.map(\.name) == ["usage.input_tokens"] && found.first?.code == .outOfRange)
        }
    }

    @Test func `reads custom quantities beside usage and in it`() throws {
        let event = try event(#"{"custom":{"a":1},"provider":"p","model":"m","usage":{"images":1,"custom":{"b":2}}}"#)
        #expect(event.usage.custom == [.init("a", Amount(units: 1)), .init("b", Amount(units: 2))])
        #expect(event.usage[.images] == Amount(units: 1))
    }

    @Test func `reads one event, a list, an object of events and NDJSON`() throws {
        let one = #"{"provider":"p","model":"m","usage":{}}"#
        #expect(try items(one).count == 1)
        #expect(try items("[\(one),\(one)]").count == 2)
        #expect(try items(#"{"comment":"x","events":[\#(one),\#(one),\#(one)],"more":1}"#).count == 3)
        #expect(try items("[]").isEmpty)
        let lines = try RecordBody(ndjson: Array("\(one)\n\n{broken\r\n\(one)".utf8), limit: 10).items
        #expect(lines.count == 3)
        guard case .unreadable = lines[1] else {
            Issue.record("the broken line was read as \(lines[1])")
            return
        }
    }

    @Test(arguments: [
        (#"{"provider":"p","usage":{}}"#, "model", FieldProblem.Code.missing),
        (#"{"provider":"p","model":"m"}"#, "usage", .missing),
        (#"{"provider":7,"model":"m","usage":{}}"#, "provider", .invalidType),
        (#"{"provider":"p","model":"","usage":{}}"#, "model", .empty),
        (#"{"provider":"p","model":"m","usage":[]}"#, "usage", .invalidType),
        (#"{"provider":"p","model":"m","usage":{"input_tokens":-1}}"#, "usage.input_tokens", .negative),
        (
            #"{"provider":"p","model":"m","usage":{"input_tokens":9223372036854775808}}"#, "usage.input_tokens",
            .outOfRange
        ),
        (#"{"provider":"p","model":"m","usage":{"input_tokens":1e400}}"#, "usage.input_tokens", .outOfRange),
        (#"{"provider":"p","model":"m","usage":{"input_tokens":1.5}}"#, "usage.input_tokens", .notInteger),
        (#"{"provider":"p","model":"m","usage":{"input_tokens":"5"}}"#, "usage.input_tokens", .invalidType),
        (#"{"provider":"p","model":"m","usage":{"foo_tokens":5}}"#, "usage.foo_tokens", .unknownValue),
        (#"{"provider":"p","model":"m","usage":{"images":1,"images":2}}"#, "usage.images", .duplicateField),
        (#"{"provider":"p","model":"m","usage":{},"user":"a\u0000b"}"#, "user", .invalidCharacters),
        (#"{"provider":"p","model":"m","usage":{},"occurred_at":"yesterday"}"#, "occurred_at", .invalidFormat),
        (#"{"provider":"p","model":"m","usage":{},"operation":"dance"}"#, "operation", .unknownValue),
        (#"{"provider":"p","model":"m","cost_usd":"-1"}"#, "cost_usd", .outOfRange),
        (#"{"provider":"p","model":"m","cost_usd":"0.0000000000001"}"#, "cost_usd", .invalidFormat),
        (#"{"provider":"p","model":"m","usage":{},"tags":{"a":1}}"#, "tags.a", .invalidType),
        (#"{"provider":"p","provider":"q","model":"m","usage":{}}"#, "provider", .duplicateField),
        (#"7"#, "", .invalidType),
    ])
    func `tells what is wrong with an item`(_ json: String, _ field: String, _ code: FieldProblem.Code) throws {
        let found = try problems(json == "7" ? "[7]" : json)
        #expect(found.map(\.name) == [field])
        #expect(found.map(\.code) == [code])
    }

    @Test func `refuses names beyond 128 characters and more than 16 tags`() throws {
        let long = String(repeating: "é", count: 129)
        #expect(try problems(#"{"provider":"p","model":"\#(long)","usage":{}}"#).map(\.code) == [.tooLong])
        let fitting = String(repeating: "é", count: 128)
        #expect(try problems(#"{"provider":"p","model":"\#(fitting)","usage":{}}"#).isEmpty)
        let tags = (0..<17).map { #""t\#($0)":"v""# }.joined(separator: ",")
        #expect(try problems(#"{"provider":"p","model":"m","usage":{},"tags":{\#(tags)}}"#).map(\.code) == [.tooMany])
    }

    @Test func `a bad item leaves its neighbours alone`() throws {
        let items = try items(
            #"[{"provider":"p","model":"m","usage":{}},{"x":{"y":[1,2]}},{"provider":"p","model":"m","usage":{}}]"#
        )
        #expect(items.count == 3)
        guard case .event = items[0], case .invalid = items[1], case .event = items[2] else {
            Issue.record("unexpected \(items)")
            return
        }
    }

    @Test func `refuses broken JSON and one item too many as a whole`() {
        #expect(throws: RecordBody.Failure.self) { try items("[{]") }
        #expect(throws: RecordBody.Failure.self) { try items("\"text\"") }
        let one = #"{"provider":"p","model":"m","usage":{}}"#
        let many = "[" + Array(repeating: one, count: 4).joined(separator: ",") + "]"
        #expect(throws: RecordBody.Failure.tooManyItems) { try RecordBody(json: Array(many.utf8), limit: 3) }
    }

    @Test func `the order of members does not change the digest, another value does`() throws {
        func digest(_ json: String) throws -> UInt64 {
            guard case .event(let event)? = try items(json).first else { return 0 }
            return BodyDigest(of: try event.serialized()).value
        }
        let first = try digest(
            #"{"provider":"p","model":"m","usage":{"input_tokens":1,"output_tokens":2},"tags":{"a":"1","b":"2"}}"#
        )
        let second = try digest(
            #"{"tags":{"b":"2","a":"1"},"usage":{"output_tokens":2.0,"input_tokens":1},"model":"m","provider":"p"}"#
        )
        let third = try digest(
            #"{"provider":"p","model":"m","usage":{"input_tokens":1,"output_tokens":3},"tags":{"a":"1","b":"2"}}"#
        )
        #expect(first == second)
        #expect(first != third)
    }
}
