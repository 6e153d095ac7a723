import Domain
import ServiceRuntime
import Testing

@testable import OliverCommands

private func feed(
    _ text: String,
    _ syntax: ImportRecords.Syntax,
    format: ImportFormat? = nil,
    mapping: String? = nil,
    ignoring ignored: Set<String> = []
) throws -> ImportFeed {
    try ImportFeed(
        try ImportRecords(ByteStream(Array(text.utf8)), syntax),
        format: format,
        mapping: try mapping.map { try ImportMapping(json: Array($0.utf8)) },
        ignoring: ignored,
        workspace: nil
    )
}

private func texts(_ items: [ImportItem]) -> [String] {
    items.map { item in
        switch item.event {
        case .success(let event): String(decoding: event.bytes, as: UTF8.self)
        case .failure(let error): "record \(item.place) \(error)"
        }
    }
}

@Suite struct `A file of usage` {
    @Test func `is a table of an event's fields`() throws {
        let table = """
            event_id,occurred_at,provider,model,input_tokens,usage.output_tokens,tags.feature,seconds,comment
            a,2025-01-02 03:04:05.5+00,openai,gpt-4o-mini,12,3,"a, b",,ignored
            b,1735787045,openai,gpt-4o-mini,1,2,,2.5,
            """
        var records = try feed(table, .csv, ignoring: ["comment"])
        #expect(
            texts(try records.next(10)) == [
                #"{"event_id":"a","occurred_at":"2025-01-02T03:04:05.500000Z","provider":"openai","model":"gpt-4o-mini","#
                    + #""usage":{"input_tokens":12,"output_tokens":3},"tags":{"feature":"a, b"}}"#,
                #"{"event_id":"b","occurred_at":"2025-01-02T03:04:05Z","provider":"openai","model":"gpt-4o-mini","#
                    + #""usage":{"input_tokens":1,"output_tokens":2,"seconds":2.5}}"#,
            ]
        )
        #expect(try records.next(10).isEmpty)
    }

    @Test func `is read by a mapping of its own names`() throws {
        let mapping = #"""
            {"columns":{"Id":"event_id","When":"occurred_at","Tokens in":"usage.input_tokens","Cost centre":"tags.cost.centre"},
            "constants":{"provider":"openai","model":"gpt-4o-mini"}}
            """#
        var records = try feed("Id,When,Tokens in,Cost centre\n7,2025-01-02,5,k9\n", .csv, mapping: mapping)
        #expect(
            texts(try records.next(10)) == [
                #"{"provider":"openai","model":"gpt-4o-mini","event_id":"7","occurred_at":"2025-01-02T00:00:00Z","#
                    + #""usage":{"input_tokens":5},"tags":{"cost.centre":"k9"}}"#
            ]
        )
        #expect(throws: ImportError.self) { try feed("a\n", .csv, mapping: #"{"columns":{"a":"usage.tokens"}}"#) }
        #expect(throws: ImportError.self) { try feed("a\n", .csv, mapping: "{") }
    }

    @Test(
        arguments: [
            (
                "event_id,occurred_at,input_token,output_tokens", nil, [],
                "The column 'input_token' is no field of an event (did you mean \"input_tokens\"?)"
            ),
            ("occurred_at,zork", nil, [], "The column 'zork' is no field of an event. Rename it"),
            ("occurred_at,zork", nil, ["zorc"], "The column 'zork' is no field of an event"),
            ("occurred_at,model", nil, ["zork"], "The table has no column 'zork'"),
            ("When,Model", #"{"columns":{"When":"occurred_at"}}"#, [], "The column 'Model' is no field of an event"),
            (
                "When", #"{"columns":{"When":"occurred_at","Wen":"model"}}"#, [],
                "The table has no column 'Wen' (did you mean \"When\"?)"
            ),
            ("occurred_at,model,model", nil, [], "The table has two columns 'model'"),
        ] as [(String, String?, Set<String>, String)]
    )
    func `that is a table has no column of which nobody says what becomes of it`(
        header: String,
        mapping: String?,
        ignored: Set<String>,
        problem: String
    ) {
        #expect {
            try feed("\(header)\n", .csv, mapping: mapping, ignoring: ignored)
        } throws: {
            "\($0)".hasPrefix(problem)
        }
    }

    @Test func `gives each event without an id one that it always has`() throws {
        let line = #"{"occurred_at":"2025-01-02T00:00:00Z","provider":"p","model":"m","usage":{"input_tokens":1}}"#
        var first = try feed("\(line)\n\n\(line)\n", .lines)
        let ids = texts(try first.next(10))
        #expect(Set(ids).count == 2)
        var again = try feed("\(line)\n\(line)\n\(line)\n", .lines)
        #expect(Array(texts(try again.next(10)).prefix(2)) == ids)
        var resumed = try feed("\(line)\n\(line)\n", .lines)
        try resumed.skip(1)
        #expect(texts(try resumed.next(10)) == [ids[1]])
    }

    @Test func `may have records that are none`() throws {
        var lines = try feed("{\n5\n{\"provider\":\"p\"}\n", .lines)
        #expect(
            texts(try lines.next(10)) == [
                "record 1 is no JSON: expected a string", "record 2 is no object",
                "record 3 does not say when: occurred_at",
            ]
        )
        var table = try feed("occurred_at,model\n2025-01-02,m,x\n2025-01-02,\"m\n", .csv)
        #expect(texts(try table.next(10)).map { $0.prefix(8) } == ["record 2", "record 3"])
    }

    @Test(arguments: [
        ("2025-08-01T12:00:00Z", "2025-08-01T12:00:00Z"), ("2025-08-01 12:00:00", "2025-08-01T12:00:00Z"),
        ("2025-08-01 12:00:00+02", "2025-08-01T10:00:00Z"), ("2025-08-01T12:00:00-0330", "2025-08-01T15:30:00Z"),
        ("2025-08-01", "2025-08-01T00:00:00Z"), ("1754049600", "2025-08-01T12:00:00Z"),
        ("2025-08-01 12:00:00 +00:00", "2025-08-01T12:00:00Z"),
    ])
    func `writes times in many ways`(written: String, time: String) {
        #expect(ImportTime.text(of: .string(written)) == time)
    }

    @Test(arguments: [#""2025-08-01""#, "1754006400", #""2025-08-01 00:00:00""#, #""2025-08-01T02:00:00+02:00""#])
    func `of one event a line has its times in as many ways`(written: String) throws {
        var lines = try feed(#"{"event_id":"a","occurred_at":\#(written),"model":"m"}"#, .lines)
        #expect(
            texts(try lines.next(1)) == [#"{"event_id":"a","occurred_at":"2025-08-01T00:00:00Z","model":"m"}"#]
        )
    }

    @Test(arguments: ["9223372036854775807", "-9223372036854775808", "-1", "1e30", "1.5", "true"])
    func `from a provider's usage report has counts, or is rejected`(count: String) throws {
        for name in ["uncached_input_tokens", "output_tokens", "cache_read_input_tokens"] {
            let line = #"{"uncached_input_tokens":1,"cache_read_input_tokens":9,"model":"m","\#(name)":\#(count)}"#
            var report = try feed(#"{"data":[{"starting_at":"2025-08-01T00:00:00Z","results":[\#(line)]}]}"#, .document)
            let event = try #require(try report.next(10).first).event.get()
            let usage = try #require(event["usage"])
            // What the API refuses.
            #expect(String(decoding: usage.bytes, as: UTF8.self) == #"{"input_tokens":\#(count)}"#, "\(name)")
        }
    }

    @Test func `from LiteLLM's spend logs has tokens, cache and who, but not LiteLLM's cost`() throws {
        let table = #"""
            request_id,call_type,spend,total_tokens,prompt_tokens,completion_tokens,startTime,endTime,model,custom_llm_provider,user,end_user,team_id,metadata,cache_hit,request_tags,status
            r1,acompletion,0.1,2550,2250,300,2025-08-01 12:00:00.000,2025-08-01 12:00:01.500,anthropic/claude-sonnet-4-5,anthropic,u1,,t1,"{""usage_object"":{""prompt_tokens_details"":{""cached_tokens"":1800,""cache_creation_tokens"":400,""cache_creation_token_details"":{""ephemeral_1h_input_tokens"":300}}}}",False,"[""prod""]",success
            r2,acompletion,0,30,10,20,2025-08-01 12:00:00.000,2025-08-01 12:00:00.001,gpt-4o-mini,openai,u1,e1,,{},True,[],success
            """#
        var records = try feed(table, .csv)
        #expect(
            texts(try records.next(10)) == [
                #"{"event_id":"litellm:r1","occurred_at":"2025-08-01T12:00:00Z","provider":"anthropic","#
                    + #""model":"claude-sonnet-4-5","team":"t1","user":"u1","status":"ok","latency_ms":1500,"#
                    + #""tags":{"request_tag_1":"prod"},"usage":{"input_tokens":2250,"output_tokens":300,"#
                    + #""cache_read_tokens":1800,"cache_write_tokens":400,"cache_write_1h_tokens":300}}"#,
                #"{"event_id":"litellm:r2","occurred_at":"2025-08-01T12:00:00Z","provider":"openai","model":"gpt-4o-mini","#
                    + #""user":"e1","status":"ok","latency_ms":1,"usage":{"input_tokens":0,"output_tokens":0}}"#,
            ]
        )
    }

    @Test func `from a provider's usage report is split below the long context, and its sums stay`() throws {
        let openAI = #"""
            {"object":"page","data":[{"object":"bucket","start_time":1754006400,"end_time":1754092800,"results":[
            {"object":"organization.usage.completions.result","input_tokens":250001,"output_tokens":100,
            "input_cached_tokens":50000,"num_model_requests":9,"project_id":"proj","user_id":null,"model":"gpt-4.1",
            "batch":true}]}]}
            """#
        var records = try feed(openAI, .document)
        let events = try records.next(10).map { try $0.event.get() }
        #expect(events.count == 3)
        func sum(_ name: String, in events: [JSONValue]) -> Int {
            events.compactMap { $0["usage"]?[name]?.numberText.flatMap { Int($0) } }.reduce(0, +)
        }
        #expect(sum("input_tokens", in: events) == 250_001)
        #expect(sum("output_tokens", in: events) == 100)
        #expect(sum("cache_read_tokens", in: events) == 50_000)
        #expect(events.allSatisfy { $0["service_tier"]?.text == "batch" && $0["project"]?.text == "proj" })
        #expect(Set(events.compactMap { $0["event_id"]?.text }).count == 3)
        #expect(events.first?["occurred_at"]?.text == "2025-08-01T00:00:00Z")
        let anthropic = #"""
            {"data":[{"starting_at":"2025-08-01T00:00:00Z","ending_at":"2025-08-02T00:00:00Z","results":[
            {"uncached_input_tokens":300000,"cache_creation":{"ephemeral_1h_input_tokens":60000,
            "ephemeral_5m_input_tokens":30001},"cache_read_input_tokens":50000,"output_tokens":7,
            "server_tool_use":{"web_search_requests":3},"model":"claude-sonnet-4-5","service_tier":"batch",
            "context_window":"200k-1M"}]}],"has_more":false}
            """#
        var report = try feed(anthropic, .document)
        let long = try report.next(10).map { try $0.event.get() }
        #expect(long.count == 2)
        #expect(sum("input_tokens", in: long) == 440_001)
        #expect(sum("cache_write_tokens", in: long) == 90_001)
        #expect(sum("cache_write_1h_tokens", in: long) == 60_000)
        #expect(sum("web_search_requests", in: long) == 3)
        #expect(long.allSatisfy { sum("input_tokens", in: [$0]) > 200_000 })
    }
}
