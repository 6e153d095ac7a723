import FoundationEssentials
import HTTPTypes
import PriceDesk
import ServiceRuntime
import Testing

/// What is told about figures, over HTTP.
@Suite(.timeLimit(.minutes(2))) struct `Insight` {
    private struct Forecast: Decodable {
        var method, period, spentUsd, forecastUsd, lowUsd, highUsd: String
    }

    private struct Units: Decodable {
        struct Row: Decodable {
            struct Quantity: Decodable {
                var name: String
                var usdPerUnit: String?
            }
            var key: String?
            var events: Int
            var costUsd: String
            var usdPer1000Tokens, usdPerEvent: String?
            var quantity: Quantity?
        }
        var rows: [Row]
        var total: Row
        var values: Int?
        var usdPerValue: String?
    }

    private struct Prices: Decodable {
        struct Row: Decodable {
            var model: String?
            var events: Int
            var costUsd: String
            var fullPriceUsd, savedUsd, costAtOldPricesUsd, impactUsd: String?
        }
        var rows: [Row]
        var total: Row
        var unknownEvents: Int
        var complete: Bool
    }

    private func event(_ id: Int, _ usage: String, at time: String = "2026-11-22T10:00:00Z", customer: String = "a")
        -> String
    {
        """
        {"event_id":"e\(id)","provider":"openai","model":"gpt-4o-mini","team":"growth","occurred_at":"\(time)",
        "tags":{"customer":"\(customer)"},"usage":{\(usage)}}
        """
    }

    private func record(_ pipeline: Pipeline, _ events: [String]) async throws {
        let answer = try await pipeline.post(
            "/v1/record",
            key: "acme",
            #"{"events":[\#(events.joined(separator: ","))]}"#
        )
        #expect(try decode(RecordAnswer.self, answer).accepted == events.count)
        try await pipeline.settle()
    }

    @Test func `tells what a thousand tokens, an event, a unit and a customer cost`() async throws {
        try await Pipeline.run { pipeline in
            try await record(
                pipeline,
                [
                    event(1, #""input_tokens":1000000,"output_tokens":0"#),
                    event(2, #""input_tokens":500000,"output_tokens":500000"#, customer: "b"),
                    event(3, #""input_tokens":1000000,"output_tokens":0"#),
                ]
            )
            let reply = try await pipeline.get(
                "/v1/analytics/insight/unit-economics?by=tag.customer&quantity=input_tokens",
                key: "reader"
            )
            let units = try decode(Units.self, reply)
            #expect(units.rows.map(\.key) == ["b", "a"])
            #expect(units.rows.map(\.costUsd) == ["0.375000000000", "0.300000000000"])
            #expect(units.rows.map(\.usdPerEvent) == ["0.375000000000", "0.150000000000"])
            #expect(units.total.usdPer1000Tokens == "0.000225000000")
            #expect(units.rows.last?.quantity?.usdPerUnit == "0.000000150000")
            #expect(units.values == 2)
            #expect(units.usdPerValue == "0.337500000000")
            let none = try await pipeline.get(
                "/v1/analytics/insight/unit-economics?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z"
            )
            #expect(try decode(Units.self, none).total.usdPerEvent == nil)
        }
    }

    @Test func `forecasts the present month, and a run rate where nothing is known`() async throws {
        try await Pipeline.run { pipeline in
            // The clock shows Monday, 23 November, 10:00; a dollar and a half on each of the twenty days before.
            try await record(
                pipeline,
                (3...22).map { day in
                    event(
                        day,
                        #""input_tokens":10000000,"output_tokens":0"#,
                        at: "2026-11-\(day < 10 ? "0" : "")\(day)T12:00:00Z"
                    )
                }
            )
            let reply = try await pipeline.get("/v1/analytics/insight/forecast?team=growth", key: "reader")
            let forecast = try decode(Forecast.self, reply)
            #expect(forecast.period == "month:2026-11-01")
            #expect(forecast.method == "run_rate")
            #expect(forecast.spentUsd == "30.000000000000")
            // 22 days and 10 hours of 30 days are over: what a budget of the team shows too.
            #expect(forecast.forecastUsd == "40.148698884758")
            #expect(forecast.lowUsd == forecast.highUsd)
            let other = try await pipeline.get("/v1/analytics/insight/forecast?team=other&period=week", key: "reader")
            #expect(try decode(Forecast.self, other).method == "run_rate")
            #expect(try decode(Forecast.self, other).forecastUsd == "0.000000000000")
        }
    }

    @Test func `tells what cached tokens would have cost at full price`() async throws {
        try await Pipeline.run { pipeline in
            try await record(
                pipeline,
                [
                    event(1, #""input_tokens":1000000,"cache_read_tokens":800000,"output_tokens":10"#),
                    event(2, #""input_tokens":1000000,"output_tokens":10"#),
                ]
            )
            let savings = try decode(Prices.self, await pipeline.get("/v1/prices/cache-savings", key: "reader"))
            // 0.15 USD for a million, half of that for what was cached.
            #expect(savings.total.events == 1)
            #expect(savings.total.costUsd == "0.090006000000")
            #expect(savings.total.fullPriceUsd == "0.150006000000")
            #expect(savings.total.savedUsd == "0.060000000000")
            #expect(savings.rows.map(\.model) == ["gpt-4o-mini"])
            #expect(savings.complete)
        }
    }

    @Test func `tells what a change of prices made of the spend since`() async throws {
        try await Pipeline.run { pipeline in
            let override = """
                {"provider":"openai","model":"gpt-4o-mini","reason":"test","valid_from":"2026-11-22T00:00:00Z",\
                "rates":{"input_cost_per_token":"0.0000003"}}
                """
            let made = try await pipeline.post("/v1/prices/overrides", override)
            #expect(made.status == .created, "\(made.text)")
            try await pipeline.cache.load()
            try await record(
                pipeline,
                [
                    event(1, #""input_tokens":1000000,"output_tokens":10"#, at: "2026-11-21T10:00:00Z"),
                    event(2, #""input_tokens":1000000,"output_tokens":10"#),
                ]
            )
            let impact = try decode(
                Prices.self,
                await pipeline.get("/v1/prices/impact?from=2026-11-20T00:00:00Z", key: "reader")
            )
            #expect(impact.total.costUsd == "0.450012000000")
            #expect(impact.total.costAtOldPricesUsd == "0.300012000000")
            #expect(impact.total.impactUsd == "0.150000000000")
            #expect(impact.unknownEvents == 0)
        }
    }

    @Test(arguments: [
        "/v1/analytics/insight/anomalies?by=nonsense", "/v1/analytics/insight/anomalies?minimum_usd=a",
        "/v1/analytics/insight/anomalies?by=team,user,model,provider,project,workspace,tag.x",
        "/v1/analytics/insight/anomalies?from=1990-01-01T00:00:00Z&to=2026-01-01T00:00:00Z",
        "/v1/analytics/insight/forecast?period=hour", "/v1/analytics/insight/forecast?from=2026-01-01T00:00:00Z",
        "/v1/analytics/insight/unit-economics?by=team,model", "/v1/analytics/insight/unit-economics?quantity=x",
        "/v1/prices/cache-savings?from=2026-11-22T00:00:00Z&to=2026-11-21T00:00:00Z", "/v1/prices/impact?tag.x=1",
        "/v1/analytics/pivot?rows=team,user,model,provider", "/v1/analytics/pivot?rows=nonsense",
        "/v1/analytics/breakdown?by=cost_usd",
        "/v1/analytics/summary?from=2026-11-22T00:00:00Z&to=2026-11-22T00:00:00Z",
        "/v1/analytics/summary?time_zone=GMT%2B5", "/v1/analytics/summary?time_zone=GMT%2B05:30",
        "/v1/analytics/summary?time_zone=UTC-3", "/v1/analytics/summary?time_zone=Mars/Olympus",
        "/v1/analytics/timeseries?granularity=day&from=1970-01-01T00:00:00Z&to=2070-01-01T00:00:00Z",
        "/v1/analytics/summary?team='%20OR%201=1--%00", "/v1/usage?after=';DROP%20TABLE%20usage_events;--",
        "/v1/analytics/summary?from=2026-11-22'%20OR%201=1",
    ])
    func `refuses what makes no sense with 422, and says what is wrong`(_ path: String) async throws {
        try await Pipeline.run { pipeline in
            let reply = try await pipeline.get(path, key: "reader")
            #expect(reply.status == .unprocessableContent, "\(reply.text)")
            #expect(reply.text.contains("invalid_parameters"))
        }
    }
}
