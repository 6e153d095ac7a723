import Domain
import Ledger
import ServiceRuntime
import Testing

private let event =
    #"{"event_id":"e1","provider":"openai","model":"no-such-model","usage":{"input_tokens":1200}}"#

@Suite(.timeLimit(.minutes(2))) struct `A corrected ledger` {
    private let hourLater = Pipeline.now.adding(.seconds(3_600))

    private func reprice(_ pipeline: Pipeline) async throws {
        let request = LedgerJobRequest(
            key: "j",
            kind: .unpriced,
            workspace: "acme",
            query: LedgerScanQuery(
                from: Pipeline.now.adding(.seconds(-86_400)),
                to: hourLater,
                unpricedOnly: true
            ),
            reason: "a price appeared",
            author: "ada"
        )
        let ledger = pipeline.ledger
        let lease = LedgerLease(owner: "test", until: hourLater)
        _ = try await ledger.createJob(request, at: hourLater)
        let job = try #require(try await ledger.claimJob([.unpriced], lease: lease, at: hourLater))
        let page = try await ledger.scan(job.query, after: nil, limit: 10)
        let cost = Cost(
            state: .priced,
            money: Money(picoDollars: 2_500_000),
            provenance: Provenance(source: .override, key: "mine", startVolume: 1_500_000)
        )
        let step = LedgerStep(page: page, costs: page.rows.map { _ in cost })
        _ = try await ledger.apply(step, to: job, lease: lease, at: hourLater)
        let credit = ManualAdjustment(
            workspace: "acme",
            occurredAt: Pipeline.now,
            amount: Money(picoDollars: -500_000),
            reference: "INV-7"
        )
        var manual = request
        manual.key = "credit"
        manual.kind = .manual
        manual.reason = "goodwill"
        _ = try await ledger.adjust([credit], for: manual, at: hourLater)
    }

    @Test func `shows what an event costs now, what was recorded and why, and manual rows by themselves`() async throws
    {
        try await Pipeline.run { pipeline in
            _ = try await pipeline.post("/v1/record", key: "acme", event)
            try await pipeline.settle()
            try await reprice(pipeline)
            let summary = try decode(Summary.self, try await pipeline.get("/v1/analytics/summary", key: "reader"))
            #expect(summary.costUsd == "0.000002000000")
            #expect(summary.events == 1)
            #expect(summary.unpricedEvents == 0)
            let list = try await pipeline.get("/v1/usage", key: "reader").text
            #expect(list.contains(#""cost_usd":"0.000002500000","cost_status":"priced""#))
            #expect(list.contains(#""key":"mine""#))
            #expect(list.contains(#""start_volume":"1.5""#))
            let change =
                #""recorded_cost_usd":null,"adjustments":[{"at":"\#(hourLater.rfc3339)","amount_usd":"0.000002500000","#
                + #""job":"1","job_kind":"unpriced","reason":"a price appeared"}]"#
            #expect(list.contains(change))
            #expect(list.contains(#"{"event_id":"credit/1","kind":"adjustment""#))
            #expect(list.contains(#""reference":"INV-7","cost_usd":"-0.000000500000","job":"2","job_kind":"manual""#))
            #expect(!list.contains(#""model":"""#))
        }
    }

    @Test func `can be read as it was`() async throws {
        try await Pipeline.run { pipeline in
            _ = try await pipeline.post("/v1/record", key: "acme", event)
            try await pipeline.settle()
            try await reprice(pipeline)
            func summary(_ moment: String) async throws -> Summary {
                try decode(Summary.self, try await pipeline.get("/v1/analytics/summary?as_of=\(moment)", key: "reader"))
            }
            let before = try await summary(hourLater.rfc3339)
            #expect(before.costUsd == "0.000000000000")
            #expect(before.unpricedEvents == 1)
            let after = try await summary(hourLater.adding(.seconds(1)).rfc3339)
            #expect(after.costUsd == "0.000002000000")
            #expect(try await summary(Pipeline.now.rfc3339).events == 0)
            let past = "as_of=\(hourLater.rfc3339)"
            let list = try await pipeline.get("/v1/usage?\(past)", key: "reader").text
            #expect(list.contains(#""cost_usd":null,"cost_status":"unpriced""#))
            #expect(!list.contains("adjustment"))
            for report in ["breakdown?by=model&", "timeseries?group_by=model&"] {
                let text = try await pipeline.get("/v1/analytics/\(report)\(past)", key: "reader").text
                #expect(text.contains(#""key":"no-such-model""#))
                #expect(!text.contains("0.0000025"))
            }
            let wrong = try await pipeline.get("/v1/analytics/summary?as_of=yesterday", key: "reader")
            #expect(wrong.text.contains(#""name":"as_of""#))
        }
    }
}
