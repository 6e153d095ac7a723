import Domain
import Testing

@testable import OliverCommands

private func read<Value: Decodable>(_ json: String) throws -> Value {
    try ServiceAnswer(bytes: Array(json.utf8), base: "http://test").read()
}

/// The words of each line.
private func words(_ text: String) -> [[String]] {
    text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
}

private let vertexEstimate = """
    {"status":"partially_priced","cost_usd":"0.000330000000","exact_cost_usd":"0.00033","components":[
    {"component":"input_text","quantity":"1000","rate_key":"input_cost_per_token","unit_price":"0.0000002","cost":"0.00022"},
    {"component":"web_search","quantity":"1","rate_key":null,"unit_price":"0.00011","cost":"0.00011"}],
    "unpriced_quantities":[{"quantity":"sessions","reason":"no_rate"}],
    "multiplier":"1.1","multiplier_keys":["regional_endpoint_uplift_multiplier"],
    "provenance":{"source":"litellm","price_version":"00ff00ff00ff00ff","key":"vertex_ai/x","rules":["vertex_location_uplift"],
    "flags":["price_backdated"],"start_volume":"60000"}}
    """

@Suite struct `An explanation` {
    @Test func `shows each line with its factor, the sum, the rounding and the origin`() throws {
        let explanation: ExplanationAnswer = try read(vertexEstimate)
        #expect(explanation.check.flaws.isEmpty)
        #expect(explanation.check.multiplied == [0])
        let lines = words(explanation.text)
        #expect(
            lines[1] == ["input_text", "1000", "×", "0.0000002", "×", "1.1", "=", "0.00022", "input_cost_per_token"]
        )
        #expect(lines[2] == ["web_search", "1", "×", "0.00011", "=", "0.00011", "none"])
        for line in [
            ["multiplier", "of", "tokens", "1.1", "(regional_endpoint_uplift_multiplier)"],
            ["sum,", "exact", "0.00033"], ["cost", "in", "USD", "0.000330000000"], ["sessions:", "no_rate"],
            ["source", "litellm"], ["price", "key", "vertex_ai/x"], ["price", "version", "00ff00ff00ff00ff"],
            ["rules", "vertex_location_uplift"], ["flags", "price_backdated"],
            ["month's", "volume", "before", "60000"],
        ] {
            #expect(lines.contains(line), "\(line)")
        }
    }

    @Test(arguments: [
        (#""cost":"0.00022""#, #""cost":"0.00023""#, "1000 × 0.0000002 is not 0.00023"),
        (#""exact_cost_usd":"0.00033""#, #""exact_cost_usd":"0.00034""#, "do not add up"),
        (#""cost_usd":"0.000330000000""#, #""cost_usd":"0.000330000001""#, "half to even"),
        (#""quantity":"1""#, #""quantity":"one""#, "no number"),
    ]) func `says when the arithmetic is wrong`(right: String, wrong: String, words: String) throws {
        let explanation: ExplanationAnswer = try read(vertexEstimate.replacing(right, with: wrong))
        #expect(explanation.text.contains("THE ARITHMETIC IS WRONG"))
        #expect(explanation.check.flaws.contains { $0.contains(words) }, "\(explanation.check.flaws)")
    }

    @Test func `takes prices by the hour for what they are`() throws {
        // 0.22 USD for 3,600 seconds: texts that never end are cut at 45 digits.
        let price = "0.0000611111111111111111111111111111111111111"
        let json = """
            {"status":"priced","cost_usd":"0.000061111111","exact_cost_usd":"\(price)","components":[
            {"component":"audio_seconds","quantity":"1","rate_key":"k","unit_price":"\(price)","cost":"\(price)"}],
            "provenance":{"source":"catalogue","price_version":"1","key":"k","rules":[],"flags":[]}}
            """
        let explanation: ExplanationAnswer = try read(json)
        #expect(explanation.check.flaws.isEmpty)
        let hours = try #require(ExactDecimal("3600"))
        #expect(try (hours * #require(ExactDecimal(price))).agrees(with: #require(ExactDecimal("0.22"))))
    }

    private func event(_ cost: String, explanation: String, verified: Bool, adjustments: Int = 0) throws
        -> EventExplanationAnswer
    {
        try read(
            """
            {"event_id":"e-1","workspace":"acme","occurred_at":"2026-11-23T10:00:00Z","provider":"vertex_ai","model":"x",
            "operation":"chat","cost_usd":\(cost),"cost_status":"partially_priced","recorded_cost_usd":null,
            "adjustments":\(adjustments),"explanation":\(explanation),"verified":\(verified)}
            """
        )
    }

    @Test func `of an event says what was recorded and whether computing again agrees`() throws {
        let good = try event(#""0.000330000000""#, explanation: vertexEstimate, verified: true, adjustments: 2)
        #expect(good.isRight)
        #expect(words(good.text).contains(["event", "e-1", "of", "acme"]))
        #expect(words(good.text).contains(["adjustments", "2,", "recorded", "first:", "none"]))
        #expect(good.text.hasSuffix("Computed again, the cost is the one in the ledger."))
        let bad = try event(#""1""#, explanation: vertexEstimate, verified: false)
        #expect(!bad.isRight)
        #expect(bad.text.hasSuffix("COMPUTED AGAIN, THE COST IS NOT THE ONE IN THE LEDGER."))
        let unpriced = try event("null", explanation: "null", verified: true)
        #expect(unpriced.isRight)
        #expect(words(unpriced.text).contains(["cost", "in", "the", "ledger", "none", "(partially_priced)"]))
        #expect(unpriced.text.hasSuffix("There were no prices to compute a cost from, and the ledger has none."))
    }
}

@Suite struct `The tables of answers` {
    private let price = """
        {"id":"17","source":"override","key":"openai/gpt-4o","provider":"openai","mode":"chat","workspace":"acme",
        "valid_from":"2026-11-01T00:00:00Z","valid_to":null,"recorded_at":"2026-10-30T08:00:00Z","price_version":"00aa",
        "author":"kim (key_1)","reason":"Contract 17","withdrawn":true,
        "rates":{"output_cost_per_token":"0.00001","input_cost_per_token":"0.0000025","cache_read_input_token_cost":"0.00000125"}}
        """

    @Test func `prices are shown by the million tokens, and in full`() throws {
        let page: Page<PriceAnswer> = try read(#"{"items":[\#(price)],"next":"6f70"}"#)
        let text = page.text(whenEmpty: "none", PriceAnswer.table)
        #expect(text.contains("in 2.5, out 10 per 1M, +1"))
        #expect(text.hasSuffix("More: --after 6f70"))
        let history: PriceHistoryAnswer = try read(
            #"{"provider":"openai","model":"gpt-4o","key":null,"versions":[\#(price)]}"#
        )
        let lines = words(history.text)
        #expect(lines.contains(["input_cost_per_token", "0.0000025"]))
        #expect(history.text.contains("holds from 2026-11-01T00:00:00Z without end, known since 2026-10-30T08:00:00Z"))
        #expect(history.text.contains("by kim (key_1): Contract 17"))
        #expect(history.text.contains("withdrawn"))
    }

    @Test func `prices of other quantities are shown as they are`() throws {
        let hourly: PriceAnswer = try read(
            price.replacing(#""output_cost_per_token":"0.00001","input_cost_per_token":"0.0000025","#, with: "")
                .replacing("cache_read_input_token_cost", with: "input_cost_per_second")
                .replacing("0.00000125", with: "0.22/3600")
        )
        #expect(hourly.inShort == "input_cost_per_second 0.22/3600")
        let empty: Page<PriceAnswer> = try read(#"{"items":[],"next":null}"#)
        #expect(empty.text(whenEmpty: "none", PriceAnswer.table) == "none")
    }

    @Test func `a sync says what changed`() throws {
        let sync: SyncAnswer = try read(
            """
            {"id":"3","cause":"manual","outcome":"applied","detail":null,"url":"https://x/map.json","requested_by":"key_1",
            "started_at":"2026-11-23T10:00:00Z","finished_at":"2026-11-23T10:00:01Z","counts":{"models":2300,"opened":60,
            "changed":1,"closed":0,"unchanged":2239,"quarantined":1,"held":0,"warnings":1},
            "summary":{"opened":["a","b"],"changed":["c"],"closed":[],"quarantined":[{"key":"d","detail":"ten times as much"}],
            "warnings":["e: odd"]}}
            """
        )
        #expect(sync.isGood)
        for part in ["ended: applied", "60 new: a, b, …", "1 changed: c", "d: ten times as much", "let in: e: odd"] {
            #expect(sync.text.contains(part), "\(part)")
        }
        #expect(!sync.text.contains("gone"))
    }

    @Test func `a change shows the rates that differ`() throws {
        let change: ChangeAnswer = try read(
            """
            {"id":"9","state":"rejected","key":"gpt-4o","kind":"changed","guards":["tenfold"],"detail":"ten times",
            "sync":"3","created_at":"2026-11-23T10:00:00Z","decided_at":"2026-11-24T10:00:00Z","decided_by":"kim","note":"typo",
            "rates":[{"name":"input_cost_per_token","old":"0.0000025","new":"0.000025"},{"name":"x","old":null,"new":"1"}]}
            """
        )
        #expect(words(change.text).contains(["input_cost_per_token", "0.0000025", "→", "0.000025"]))
        #expect(words(change.text).contains(["x", "none", "→", "1"]))
        #expect(change.text.contains("rejected by kim at 2026-11-24T10:00:00Z: typo"))
    }

    @Test func `a preview shows before, after and difference, and that nothing was changed`() throws {
        let preview: PreviewAnswer = try read(
            """
            {"applied":false,"complete":false,"events":12,"changed":3,"cost_before_usd":"10.000000000000",
            "cost_after_usd":"8.750000000000","difference_usd":"-1.250000000000","unpriced_before":2,"unpriced_after":0,
            "rows":[{"team":null,"model":"gpt-4o","events":12,"changed":3,"cost_before_usd":"10.000000000000",
            "cost_after_usd":"8.750000000000","difference_usd":"-1.250000000000","unpriced_before":2,"unpriced_after":0}],
            "rows_incomplete":true}
            """
        )
        let lines = words(preview.text)
        #expect(lines[1] == ["(none)", "gpt-4o", "12", "3", "10.00", "8.75", "-1.25"])
        #expect(lines[2] == ["all", "12", "3", "10.00", "8.75", "-1.25"])
        for part in ["2 before, 0 after", "more teams and models", "preview it in parts", "Nothing was changed"] {
            #expect(preview.text.contains(part), "\(part)")
        }
    }

    @Test func `an answer that lacks a member is named, and nothing is made up for it`() {
        #expect { () throws -> UnpricedAnswer in try read(#"{"provider":"p"}"#) } throws: {
            "\($0)" == "The answer of http://test is not understood: model is missing."
        }
        #expect { () throws -> BreakdownAnswer in
            try read(#"{"rows":[{"key":"a","cost_usd":"1.0000000000001"}],"other":null,"total":{"cost_usd":"1"}}"#)
        } throws: { "\($0)".contains("rows.[0].costUSD is no amount of USD") }
        #expect { () throws -> JobAnswer in try read("<html>") } throws: { "\($0)".contains("it is no JSON") }
    }
}
