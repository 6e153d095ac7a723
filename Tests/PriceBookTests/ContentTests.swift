import Domain
import PriceBook
import Testing

@Suite struct ContentTests {
    @Test func `every shipped entry survives being written and read`() throws {
        let map = try PriceMap(litellm: try #require(Fixtures.bytes(Fixtures.mapPath)))
        #expect(map.entries.count == 4_240)
        var reader = PriceEntryReader()
        for entry in map.entries {
            let json = entry.json
            let again = try reader.entry(key: entry.key, json: Array(json.utf8))
            #expect(again == entry, "\(entry.key)")
            #expect(again.json == json, "\(entry.key)")
            #expect(again.contentVersion(source: .litellm) == entry.contentVersion(source: .litellm))
        }
    }

    private static let everything = """
        {"litellm_provider": "Acme", "mode": "chat", "max_tokens": 5, "input_cost_per_token": 1.5e-6,
        "input_cost_per_token_above_200k_tokens_priority": "0.44/1000000", "output_cost_per_second_1080p": 0.25,
        "custom": {"agent_minutes": "4.8/60", "a \\"b\\"": 1}, "guardrail_cost_per_unit": {"units": 0.5},
        "volume_tiers": {"input_cost_per_second": [{"up_to": 3600, "rate": 0}, {"rate": "0.016/60", "note": "x"}]},
        "search_context_cost_per_query": {"search_context_size_medium": 2, "search_context_size_low": 1},
        "web_search_billing_unit": "per_query", "provider_specific_entry": {"US": 1.1, "schema": "titan"},
        "regional_endpoint_uplift_multiplier": 1.25, "tiered_pricing": [
          {"range": [128e3, 256000], "input_cost_per_token": 2e-6, "output_cost_per_token": 3e-6},
          {"range": [0, 128000], "input_cost_per_token": 1e-6}, {"max_results_range": [1, 10], "input_cost_per_query": 1}],
        "off_peak_pricing": {"output_cost_per_token": 1e-7, "weekday_timezone": "Asia/Shanghai", "windows": [
          {"hours_utc": ["00:00-01:00", "16:30-24:00"], "weekdays": [1, "sunday"]}]}}
        """

    @Test func `the text is sorted, exact, and says all that has to do with prices`() throws {
        let entry = try PriceEntry(key: "acme/m", json: Array(Self.everything.utf8))
        #expect(
            entry.json == """
                {"custom":{"a \\"b\\"":1,"agent_minutes":"4.8/60"},"guardrail_cost_per_unit":{"units":0.5},\
                "input_cost_per_token":0.0000015,"input_cost_per_token_above_200k_tokens_priority":"0.44/1000000",\
                "litellm_provider":"acme","mode":"chat","off_peak_pricing":{"output_cost_per_token":0.0000001,\
                "weekday_timezone":"Asia/Shanghai","windows":[{"hours_utc":"00:00-01:00","weekdays":[1,7]},\
                {"hours_utc":"16:30-00:00","weekdays":[1,7]}]},"output_cost_per_second_1080p":0.25,\
                "provider_specific_entry":{"us":1.1},"regional_endpoint_uplift_multiplier":1.25,\
                "search_context_cost_per_query":{"search_context_size_low":1,"search_context_size_medium":2},\
                "tiered_pricing":[{"input_cost_per_token":0.000001,"range":[0,128000]},\
                {"input_cost_per_token":0.000002,"output_cost_per_token":0.000003,"range":[128000,256000]},\
                {"input_cost_per_query":1,"max_results_range":[1,10]}],\
                "volume_tiers":{"input_cost_per_second":[{"rate":0,"up_to":3600},{"rate":"0.016/60"}]},\
                "web_search_billing_unit":"per_query"}
                """
        )
        #expect(try PriceEntry(key: "acme/m", json: Array(entry.json.utf8)) == entry)
    }

    @Test func `every rate has a stable name`() throws {
        let entry = try PriceEntry(key: "acme/m", json: Array(Self.everything.utf8))
        #expect(
            entry.flatRates.map { "\($0.name) \($0.rate.text)" } == [
                "custom.a \"b\" 1", "custom.agent_minutes 4.8/60", "guardrail_cost_per_unit.units 0.5",
                "input_cost_per_token 0.0000015", "input_cost_per_token_above_200k_tokens_priority 0.44/1000000",
                "off_peak_pricing.output_cost_per_token 0.0000001", "output_cost_per_second_1080p 0.25",
                "search_context_cost_per_query.search_context_size_low 1",
                "search_context_cost_per_query.search_context_size_medium 2",
                "tiered_pricing.0-128000.input_cost_per_token 0.000001",
                "tiered_pricing.128000-256000.input_cost_per_token 0.000002",
                "tiered_pricing.128000-256000.output_cost_per_token 0.000003",
                "tiered_pricing.results_1-10.input_cost_per_query 1",
                "volume_tiers.input_cost_per_second.beyond 0.016/60", "volume_tiers.input_cost_per_second.up_to_3600 0",
            ]
        )
        #expect(
            entry.flatMultipliers.map { "\($0.name) \($0.millionths)" } == [
                "provider_specific_entry.us 1100000", "regional_endpoint_uplift_multiplier 1250000",
            ]
        )
    }

    @Test(arguments: [
        ("\"input_cost_per_token\": -1", "input_cost_per_token is no non-negative number"),
        ("\"input_cost_per_token\": \"1/0\"", "input_cost_per_token is no non-negative number"),
        ("\"input_cost_per_token\": \"1/x\"", "input_cost_per_token is no non-negative number"),
        ("\"input_cost_per_token\": \"/5\"", "input_cost_per_token is no non-negative number"),
        ("\"input_cost_per_token\": \"1/2/3\"", "input_cost_per_token is no non-negative number"),
        ("\"custom\": {\"a\": \"NaN\"}", "a is no non-negative number"),
        ("\"volume_tiers\": 5", "volume_tiers is no object"),
        ("\"volume_tiers\": {\"x\": 5}", "volume_tiers.x is no list of tiers"),
        ("\"volume_tiers\": {\"custom.x\": [5]}", "volume_tiers.custom.x has a tier that is no object"),
        ("\"volume_tiers\": {\"custom.x\": [{\"up_to\": 5}]}", "volume_tiers.custom.x has a tier without a rate"),
        (
            "\"volume_tiers\": {\"custom.x\": [{\"up_to\": 0.5, \"rate\": 1}, {\"rate\": 1}]}",
            "volume_tiers.custom.x.up_to is no positive whole number up to 10^12"
        ),
        (
            "\"volume_tiers\": {\"custom.x\": [{\"up_to\": 5, \"rate\": 1}]}",
            "volume_tiers.custom.x does not ascend to a last tier without an end"
        ),
        (
            "\"volume_tiers\": {\"custom.x\": [{\"up_to\": 5, \"rate\": 1}, {\"up_to\": 5, \"rate\": 1}, {\"rate\": 1}]}",
            "volume_tiers.custom.x does not ascend to a last tier without an end"
        ),
        (
            "\"volume_tiers\": {\"input_cost_per_token\": [{\"rate\": 1}]}",
            "volume_tiers.input_cost_per_token cannot have tiers"
        ),
        (
            "\"volume_tiers\": {\"custom.x\": [{\"rate\": 1}], \"custom.y\": [{\"rate\": 1}]}",
            "volume_tiers has more than one quantity"
        ),
        ("\"off_peak_pricing\": {\"hours_utc\": \"25:00-26:00\"}", "off_peak_pricing has hours that are no window"),
        (
            "\"off_peak_pricing\": {\"windows\": [{\"hours_utc\": \"01:00-02:00\", \"weekdays\": [8]}]}",
            "off_peak_pricing names a day that is none"
        ),
        ("\"regional_endpoint_uplift_multiplier\": 1001", "regional_endpoint_uplift_multiplier is beyond 1000"),
    ])
    func `what cannot be used is an error that names the field`(_ field: String, _ message: String) {
        let json = "{\"litellm_provider\": \"p\", \(field)}"
        let error = #expect(throws: PriceBookError.self) { try PriceEntry(key: "p/m", json: Array(json.utf8)) }
        #expect(error?.code == .unusable)
        #expect(error?.message == "p/m: " + message)
    }

    @Test func `content without a provider, or with text behind it, is none`() {
        for json in ["{\"input_cost_per_token\": 1}", "{\"litellm_provider\": \"p\"} x", "[]", ""] {
            #expect(throws: PriceBookError.self) { try PriceEntry(key: "p/m", json: Array(json.utf8)) }
        }
    }

    @Test func `of a key or a field that stands twice the later one holds`() throws {
        let map = try PriceMap(
            litellm: Array(
                """
                {"m": {"litellm_provider": "p", "input_cost_per_token": 1}, "n": {"litellm_provider": "p"},
                "m": {"litellm_provider": "p", "input_cost_per_token": 2, "input_cost_per_token": 3}}
                """.utf8
            )
        )
        #expect(map.entries.map(\.key) == ["m", "n"])
        #expect(map.entries.first?.flatRates.map(\.rate.text) == ["3"])
        #expect(map.issues == [PriceBookIssue(key: "m", field: "", problem: "stands twice")])
    }

    @Test(arguments: [
        ("input_cost_per_token_above_128k_tokens_flex", true), ("custom", true), ("litellm_provider", true),
        ("output_cost_per_second_4k", true), ("output_cost_per_image_1K", true), ("input_cost_per_tokn", false),
        ("max_tokens", false), ("input_dbu_cost_per_token", false),
    ])
    func `a field that no rule reads is not known`(_ field: String, _ isKnown: Bool) {
        #expect(PriceEntry.knows(field: field) == isKnown)
    }
}
