import Domain
import HTTPTypes
import Ledger
import ServiceRuntime
import Testing

import PriceDesk
@testable import Pricing

private struct JobAnswer: Decodable {
    struct Progress: Decodable { var read, changed: Int, costBeforeUsd, costAfterUsd: String }
    var id, kind, state: String
    var progress: Progress
}

private struct PreviewAnswer: Decodable {
    struct Row: Decodable { var team: String?, model: String, changed: Int, differenceUsd: String }
    var events, changed: Int
    var costBeforeUsd, costAfterUsd, differenceUsd: String
    var complete: Bool
    var rows: [Row]
}

private struct ExplainAnswer: Decodable {
    struct Explanation: Decodable { var costUsd: String?, exactCostUsd: String? }
    var costUsd, recordedCostUsd: String?
    var adjustments: Int
    var explanation: Explanation?
    var verified: Bool
}

private struct Unpriced: Decodable {
    struct Item: Decodable { var provider, model, quantity, reason: String?, events: Int }
    var items: [Item]
}

/// Corrections through the services' routes: what people do, and what comes of it in reports.
@Suite(.timeLimit(.minutes(2))) struct `Prices that change` {
    private let range =
        #""from":"\#(Pipeline.now.adding(.seconds(-86_400)).rfc3339)","to":"\#(Pipeline.now.adding(.seconds(86_400)).rfc3339)""#

    private func override(_ pipeline: Pipeline, _ model: String, _ rates: String) async throws {
        let body =
            #"{"provider":"openai","model":"\#(model)","rates":{\#(rates)},"reason":"contract","valid_from":"2026-01-01T00:00:00Z"}"#
        let reply = try await pipeline.post("/v1/prices/overrides", body)
        #expect(reply.status == .created, "\(reply.text)")
    }

    private func spend(_ pipeline: Pipeline) async throws -> Summary {
        try decode(Summary.self, try await pipeline.get("/v1/analytics/summary", key: "reader"))
    }

    private func work(_ pipeline: Pipeline) async {
        while await pipeline.driver.workOnce() {}
    }

    @Test func `an event without a price is listed, and priced in its own period as soon as a rate appears`()
        async throws
    {
        try await Pipeline.run { pipeline in
            let event =
                #"{"event_id":"e1","provider":"openai","model":"house-model","usage":{"input_tokens":1000,"output_tokens":10}}"#
            _ = try await pipeline.post("/v1/record", key: "acme", event)
            try await pipeline.settle()
            var seen = UnpricedWatch.Seen(version: pipeline.book.edition.version, since: Pipeline.now)
            await pipeline.watch.look(&seen)
            await work(pipeline)
            let before = try await spend(pipeline)
            #expect(before.unpricedEvents == 1)
            let listed = try decode(Unpriced.self, try await pipeline.get("/v1/unpriced", key: "reader"))
            #expect(listed.items.map(\.quantity) == ["input_tokens", "output_tokens"])
            #expect(listed.items.allSatisfy { $0.reason == "unknown_model" && $0.events == 1 })

            try await override(
                pipeline,
                "house-model",
                #""input_cost_per_token":"0.000002","output_cost_per_token":"0.00001""#
            )
            await pipeline.watch.look(&seen)
            await work(pipeline)
            let after = try await spend(pipeline)
            #expect(after.costUsd == "0.002100000000")
            #expect(after.unpricedEvents == 0)
            #expect(try decode(Unpriced.self, try await pipeline.get("/v1/unpriced", key: "reader")).items.isEmpty)

            // Looking again orders nothing that would change anything.
            await pipeline.watch.look(&seen)
            await work(pipeline)
            #expect(try await spend(pipeline).costUsd == after.costUsd)
            let explained = try decode(
                ExplainAnswer.self,
                try await pipeline.get("/v1/explain?workspace=acme&event_id=e1", key: "reader")
            )
            #expect(explained.verified)
            #expect(explained.recordedCostUsd == nil)
            #expect(explained.explanation?.exactCostUsd == "0.0021")
            #expect(explained.adjustments == 1)
            // Nobody could keep it without a price, now that there is one.
            struct Jobs: Decodable { var items: [JobAnswer] }
            let jobs = try decode(Jobs.self, try await pipeline.get("/v1/reprice?kind=unpriced"))
            let job = try #require(jobs.items.first)
            let back = try await pipeline.post("/v1/reprice/\(job.id)/reverse", #"{"reason":"r"}"#)
            #expect(back.status == .conflict)
        }
    }

    @Test func `a workspace's own price reaches its events that had none, and no others`() async throws {
        try await Pipeline.run { pipeline in
            for workspace in ["acme", "growth"] {
                let event =
                    #"{"event_id":"e","workspace":"\#(workspace)","provider":"openai","model":"house","usage":{"input_tokens":1000}}"#
                _ = try await pipeline.post("/v1/record", event)
            }
            try await pipeline.settle()
            let body =
                #"{"workspace":"acme","provider":"openai","model":"house","rates":{"input_cost_per_token":"0.000002"},"reason":"r","valid_from":"2026-01-01T00:00:00Z"}"#
            #expect(try await pipeline.post("/v1/prices/overrides", body).status == .created)
            var seen = UnpricedWatch.Seen(version: 0, since: Pipeline.now)
            await pipeline.watch.look(&seen)
            await work(pipeline)
            #expect(try await spend(pipeline).costUsd == "0.002000000000")
            let others = try decode(
                Summary.self,
                try await pipeline.get("/v1/analytics/summary?workspace=growth")
            )
            #expect(others.unpricedEvents == 1)
        }
    }

    @Test func `a repricing does what its preview said, once, and can be taken back`() async throws {
        try await Pipeline.run { pipeline in
            for (index, team) in ["a", "b", "b"].enumerated() {
                let event =
                    #"{"event_id":"e\#(index)","team":"\#(team)","provider":"openai","model":"gpt-4o-mini","usage":{"input_tokens":1000}}"#
                _ = try await pipeline.post("/v1/record", key: "acme", event)
            }
            let reported =
                #"{"event_id":"r","provider":"openai","model":"gpt-4o-mini","usage":{"input_tokens":1000},"cost_usd":"5"}"#
            _ = try await pipeline.post("/v1/record", key: "reporter", reported)
            try await pipeline.settle()
            let before = try await spend(pipeline).costUsd
            #expect(before == "5.000450000000")
            try await override(pipeline, "gpt-4o-mini", #""input_cost_per_token":"0.000001""#)

            let body = #"{"workspace":"acme",\#(range),"filters":{"model":"gpt-4o-mini"}"#
            let preview = try decode(PreviewAnswer.self, try await pipeline.post("/v1/reprice", body + "}"))
            #expect(preview.events == 4)
            #expect(preview.changed == 3)
            #expect(preview.differenceUsd == "0.002550000000")
            #expect(preview.rows.map(\.team) == ["b", "a"])
            #expect(preview.complete)
            #expect(try await spend(pipeline).costUsd == before)

            let applied = body + #","apply":true,"reason":"new contract"}"#
            let first = try decode(JobAnswer.self, try await pipeline.post("/v1/reprice", applied))
            let again = try decode(JobAnswer.self, try await pipeline.post("/v1/reprice", applied))
            #expect(first.id == again.id)
            await work(pipeline)
            #expect(try await spend(pipeline).costUsd == preview.costAfterUsd)
            let done = try decode(JobAnswer.self, try await pipeline.get("/v1/reprice/\(first.id)"))
            #expect(done.state == "done")
            #expect(done.progress.changed == 3)
            #expect(done.progress.costAfterUsd == preview.costAfterUsd)
            #expect(done.progress.read == 4)

            let back = try await pipeline.post("/v1/reprice/\(first.id)/reverse", #"{"reason":"mistake"}"#)
            #expect(back.status == .accepted, "\(back.text)")
            await work(pipeline)
            #expect(try await spend(pipeline).costUsd == before)
            let twice = try await pipeline.post("/v1/reprice/\(first.id)/reverse", #"{"reason":"other"}"#)
            #expect(twice.status == .conflict)
        }
    }

    @Test func `an override is used at once for its workspace alone`() async throws {
        try await Pipeline.run { pipeline in
            let body =
                #"{"workspace":"growth","provider":"openai","model":"gpt-4o-mini","rates":{"input_cost_per_token":"0"},"reason":"free for them"}"#
            #expect(try await pipeline.post("/v1/prices/overrides", body).status == .created)
            for workspace in ["acme", "growth"] {
                let event =
                    #"{"event_id":"e","workspace":"\#(workspace)","provider":"openai","model":"gpt-4o-mini","usage":{"input_tokens":1000}}"#
                _ = try await pipeline.post("/v1/record", event)
            }
            try await pipeline.settle()
            let acme = try decode(Summary.self, try await pipeline.get("/v1/analytics/summary?workspace=acme"))
            let growth = try decode(Summary.self, try await pipeline.get("/v1/analytics/summary?workspace=growth"))
            #expect(acme.costUsd == "0.000150000000")
            #expect(growth.costUsd == "0.000000000000")
        }
    }

    @Test func `an estimate goes by the prices of the caller's own workspace, and of no other`() async throws {
        try await Pipeline.run { pipeline in
            for (workspace, rate) in [("acme", "0.001"), ("growth", "0.002")] {
                let body =
                    #"{"workspace":"\#(workspace)","provider":"p","model":"own","rates":{"input_cost_per_token":"\#(rate)"},"reason":"r"}"#
                #expect(try await pipeline.post("/v1/prices/overrides", body).status == .created)
            }
            func estimate(_ workspace: String?) async throws -> String {
                let named = workspace.map { #""workspace":"\#($0)","# } ?? ""
                let body = #"{"items":[{\#(named)"provider":"p","model":"own","usage":{"input_tokens":1000}}]}"#
                return try await pipeline.post("/v1/estimate", key: "acme", body).text
            }
            for workspace in [nil, "acme"] {
                #expect(try await estimate(workspace).contains(#""cost_usd":"1.000000000000""#))
            }
            let foreign = try await estimate("growth")
            #expect(foreign.contains(#""status":"invalid""#) && !foreign.contains("2.000"))
        }
    }

    @Test func `a credit is a row of its own, once`() async throws {
        try await Pipeline.run { pipeline in
            let body =
                #"{"workspace":"acme","key":"inv-7","reason":"goodwill","items":[{"occurred_at":"\#(Pipeline.now.rfc3339)","amount_usd":"-1.50","provider":"openai","reference":"INV-7"}]}"#
            for _ in 1...2 { #expect(try await pipeline.post("/v1/adjustments", body).status == .created) }
            #expect(try await spend(pipeline).costUsd == "-1.500000000000")
            let wrong = try await pipeline.post(
                "/v1/adjustments",
                #"{"workspace":"acme","key":"x","reason":"r","items":[{"amount_usd":1.5}]}"#
            )
            #expect(wrong.status == .unprocessableContent)
            #expect(wrong.text.contains(#""name":"items[0].amount_usd""#))
            #expect(wrong.text.contains(#""name":"items[0].occurred_at""#))
            let stranger = try await pipeline.post("/v1/adjustments", key: "reader", body)
            #expect(stranger.status == .forbidden)
        }
    }
}

@Suite(.timeLimit(.minutes(2))) struct `Prices of the catalogue` {
    @Test func `price what the map does not know, other names and custom quantities included`() async throws {
        struct Answer: Decodable {
            struct Item: Decodable {
                struct Provenance: Decodable { var source: String, key: String?, flags: [String] }
                var status: String, costUsd: String?, provenance: Provenance
            }
            var items: [Item]
        }
        try await Pipeline.run { pipeline in
            let body = #"""
                {"items":[
                 {"provider":"google_tts","model":"en-US-Neural2-A","usage":{"characters":2000000}},
                 {"provider":"gcp_stt","model":"v2","usage":{"seconds":60}},
                 {"provider":"elevenlabs","model":"eleven_flash_v2_5","usage":{"characters":1000}},
                 {"provider":"elevenlabs","model":"eleven_multilingual_v2","usage":{"characters":1000}}]}
                """#
            let answer = try decode(Answer.self, try await pipeline.post("/v1/estimate", body))
            #expect(answer.items.map(\.provenance.source) == ["catalogue", "catalogue", "catalogue", "litellm"])
            // The first million characters of a month are free, then 16 USD a million.
            #expect(answer.items[0].costUsd == "16.000000000000")
            #expect(answer.items[0].provenance.flags.contains("volume_tier"))
            #expect(answer.items[3].costUsd == "0.180000000000")
        }
    }
}
