import Domain
import PriceBook
import Testing

@Suite struct ReaderTests {
    @Test func `the shipped map loads whole and without issues`() throws {
        let map = try PriceMap(litellm: try #require(Fixtures.bytes(Fixtures.mapPath)))
        #expect(map.entries.count == 4_240)
        #expect(map.issues.isEmpty)
        #expect(!map.entries.contains { $0.key == "sample_spec" })
    }

    @Test(arguments: [
        "", "{", "[]", "nonsense", "{\"a\": }", "{\"a\": {\"b\" 1}}", "{\"a\": {\"mode\": \"x}}", "{\"a\": {}} tail",
        "{\"a\": {\"source\": ]}}", "{\"a\": {\"litellm_provider\": \"\\q\"}}", "{\"a\": {\"x\": 1,}}",
    ])
    func `what is no price map is an error, not an empty book`(_ text: String) {
        #expect(throws: PriceBookError.self) { try PriceBook(litellm: Array(text.utf8)) }
    }

    @Test func `nesting without end is refused`() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(throws: PriceBookError.self) { try PriceBook(litellm: Array("{\"a\": {\"source\": \(deep)".utf8)) }
    }

    @Test func `a map cut anywhere is an error`() throws {
        let whole = Array(
            """
            {"m": {"litellm_provider": "p", "mode": "chat", "input_cost_per_token": 1.5e-6, "note": "\\u00e9\\"",
            "tiered_pricing": [{"range": [0, 32e3], "input_cost_per_token": 1e-6}], "off_peak_pricing":
            {"hours_utc": ["16:30-00:30"], "windows": [{"hours_utc": "00:00-00:00", "weekdays": [6, 7]}]}}}
            """.utf8
        )
        #expect(try PriceBook(litellm: whole).count == 1)
        for length in 0..<whole.count - 1 {
            #expect(throws: PriceBookError.self) { try PriceBook(litellm: Array(whole.prefix(length))) }
        }
    }

    @Test(arguments: ["-1e-6", "\"abc\"", "1e40", "\"\""])
    func `a rate that is none is left out and reported`(_ rate: String) throws {
        let fields = "\"input_cost_per_token\": \(rate), \"output_cost_per_token\": 1e-6"
        let map = try PriceMap(litellm: Array("{\"m\": {\"litellm_provider\": \"p\", \(fields)}}".utf8))
        #expect(map.issues.map(\.field) == ["input_cost_per_token"])
        let cost = try TestMap.plan(fields).cost(of: request([.inputTokens: 1, .outputTokens: 1]))
        #expect(cost.state == .partiallyPriced)
    }

    @Test(arguments: ["1e-6", "\"1e-6\"", "0.000001", "1E-06", "0.1e-5", "1.0e-6"])
    func `a rate is read from its text, however it is written`(_ rate: String) throws {
        let plan = try TestMap.plan("\"input_cost_per_token\": \(rate), \"output_cost_per_token\": 1")
        #expect(plan.exact(request([.inputTokens: 3])) == "0.000003")
    }

    @Test func `a rate that is null or an object is no rate`() throws {
        let plan = try TestMap.plan(
            "\"input_cost_per_token\": null, \"output_cost_per_token\": {\"a\": [1, \"}\"]}, \"input_cost_per_image\": 1"
        )
        #expect(plan.cost(of: request([.inputTokens: 3, .outputTokens: 1])).state == .unpriced)
    }

    @Test func `escaped names are decoded`() throws {
        let book = try TestMap.book(
            "\"caf\\u00e9\\/\\ud83d\\ude00\": {\"litellm_provider\": \"p\", \"input_cost_per_token\": 1}"
        )
        #expect(book.plan(for: PriceQuery(provider: "p", model: "café/😀"), at: noon) != nil)
    }

    @Test(arguments: [
        "\\ud83d\\u0041", "\\ud800\\u0000", "\\udbff\\udbff", "\\ud83d\\ud83d\\ude00", "\\ud83d", "\\ude00",
        "\\ud83dx\\ude00", "\\ud83d\\n\\ude00", "\\ud83d\\ue000", "\\ude00\\ud83d", "\\ud83d\\ude0",
    ])
    func `half a character is an error`(_ name: String) {
        let map = "{\"\(name)\": {\"litellm_provider\": \"p\", \"input_cost_per_token\": 1}}"
        #expect(throws: PriceBookError.self) { try PriceBook(litellm: Array(map.utf8)) }
    }

    @Test func `the version of a price is made from its content alone`() throws {
        let fields = ["\"input_cost_per_token\": 1e-6", "\"output_cost_per_token\": 2e-6", "\"max_tokens\": 5"]
        let first = try TestMap.plan(fields.joined(separator: ","))
        let reordered = try TestMap.plan(fields.reversed().joined(separator: ",") + ", \"source\": \"elsewhere\"")
        let rewritten = try TestMap.plan("\"output_cost_per_token\": 0.000002, \"input_cost_per_token\": 0.000001")
        let dearer = try TestMap.plan("\"output_cost_per_token\": 0.000003, \"input_cost_per_token\": 0.000001")
        #expect(first.version == reordered.version)
        #expect(first.version == rewritten.version)
        #expect(first.version != dearer.version)
    }
}
