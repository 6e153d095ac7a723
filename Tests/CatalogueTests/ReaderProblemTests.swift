import PriceDesk
import Testing

/// Every mistake is told with its file, line and field.
@Suite struct ReaderProblemTests {
    @Test(arguments: [
        ("rates: {characters: cheap}", "models[0].rates.characters: is no decimal number"),
        ("rates: {characters: [1, 2]}", "models[0].rates.characters[0]: is no mapping of fields"),
        ("rates: {characters: 0x10}", "models[0].rates.characters: is no decimal number"),
        ("rates: {characters: 1_000}", "models[0].rates.characters: is no decimal number"),
        ("rates: {characters: .5}", "models[0].rates.characters: is no decimal number"),
        ("rates: {characters: .nan}", "models[0].rates.characters: is no decimal number"),
        ("rates: {characters: }", "models[0].rates.characters: is no decimal number"),
        ("rates: {characters: -0.1}", "models[0].rates.characters: is negative"),
        (
            "rates: {characters: 0.0000000000000000000000000001}",
            "models[0].rates.characters: has more than 27 digits behind the point"
        ),
        (
            "rates: {charcters: 1}",
            "models[0].rates.charcters: is no quantity with a rate (did you mean \"characters\"?)"
        ),
        ("rates: {width: 1}", "models[0].rates.width: is no quantity with a rate"),
        (
            "rates: {characters: 1, input_cost_per_character: 2}",
            "models[0].rates.input_cost_per_character: prices input_cost_per_character a second time"
        ),
        ("rates: {characters: {per: 10}}", "models[0].rates.characters: lacks the field usd"),
        (
            "rates: {characters: {usd: 1, pre: 10}}",
            "models[0].rates.characters.pre: is no known field (did you mean \"per\"?)"
        ),
        (
            "rates: {characters: {usd: 1, per: hour}}",
            "models[0].rates.characters.per: is no count up to 1000000000, nor thousand, million, nor a count of these"
        ),
        (
            "rates: {seconds: {usd: 1, per: 0}}",
            "models[0].rates.seconds.per: is no count up to 1000000000, nor thousand, million, minute, hour, "
                + "nor a count of these"
        ),
        (
            "rates: {characters: [{usd: 1}, {usd: 2}]}",
            "models[0].rates.characters[0]: lacks the field up_to: only the last tier has no end"
        ),
        (
            "rates: {characters: [{up_to: 10, usd: 1}]}",
            "models[0].rates.characters[0].up_to: ends the last tier: what lies beyond would have no price"
        ),
        (
            "rates: {characters: [{up_to: 10, usd: 1}, {up_to: 10, usd: 2}, {usd: 3}]}",
            "models[0].rates.characters[1].up_to: is not above the end of the tier before"
        ),
        ("rates: {characters: []}", "models[0].rates.characters: has no tier"),
        ("rates: 5", "models[0].rates: is no mapping"),
        ("rates: {}", "models[0]: lacks the field rates or custom"),
        ("note: none", "models[0]: lacks the field rates or custom"),
        ("custom: {seconds: 1}", "models[0].custom.seconds: is a quantity of Oliver's own: it belongs under rates"),
        ("rates: {characters: 1}, rate: 2", "models[0].rate: is no known field (did you mean \"rates\"?)"),
        ("rates: {characters: 1}, models: [n]", "models[0]: has both model and models"),
        ("rates: {characters: 1}, valid_to: soon", noTime("valid_to")),
        ("rates: {characters: 1}, valid_to: 2026-02-30", noTime("valid_to")),
        ("rates: {characters: 1}, plan: gold", "models[0].plan: is gold, which is not among the plans of p"),
        ("rates: {characters: 1}, aliases: [a b]", "models[0].aliases[0]: is no name"),
        ("rates: {characters: 1}, aliases: m2", "models[0].aliases: is no list"),
        ("rates: {characters: 1}, note: [a]", "models[0].note: is no text"),
    ])
    func `a field at fault is named with its line`(_ fields: String, _ problem: String) {
        #expect(Sample.problems(Sample.text(Sample.price(fields))) == ["models.yaml:3: \(problem)"])
    }

    private static func noTime(_ field: String) -> String {
        "models[0].\(field): is no date (2026-10-01), time (2026-10-01T12:00:00Z) or always"
    }

    @Test(arguments: [
        ("", "models.yaml:1: is empty"),
        ("# nothing", "models.yaml:1: is empty"),
        ("- a", "models.yaml:1: is no mapping of fields"),
        ("version: 1", "models.yaml:1: lacks the field models"),
        ("version: 2\nmodels: []", "models.yaml:1: version: is 2, but only version 1 can be read"),
        ("version: 1\nmodels: {}", "models.yaml:2: models: is no list"),
        ("version: 1\nmodels: []\nmodel: []", "models.yaml:3: model: is no known field (did you mean \"models\"?)"),
        (
            "version: 1\nmodels: []\nplans:\n  p: {default: b, known: [a]}",
            "models.yaml:4: plans.p.default: is b, which is not among the known plans"
        ),
        (
            "version: 1\nmodels: []\nproviders:\n  p: [a]\n  q: [a]",
            "models.yaml:5: providers.q: a is another provider's name already"
        ),
        ("version: 1\nversion: 1\nmodels: []", "models.yaml:1: is no YAML: the field version is there twice"),
        (
            "version: 1\nmodels: [",
            "models.yaml:3: is no YAML: while parsing a flow node, did not find expected node content"
        ),
        ("version: 1\nmodels: []\n---\nversion: 1", "models.yaml:3: is no YAML: "),
        ("a: &a [1]\nb: *a", "models.yaml:2: uses the alias *a: aliases are not read"),
        ("a: *b", "models.yaml:1: is no YAML: found undefined alias"),
        ("a: \u{1}", "models.yaml: is no YAML: "),
    ])
    func `a file at fault is told with its line`(_ text: String, _ problem: String) throws {
        let problems = Sample.problems(text)
        #expect(problems.count == 1)
        #expect(problems.first?.hasPrefix(problem) == true, "\(problems)")
    }

    @Test func `all problems are told at once, in the order of the file`() {
        let text = """
            version: 1
            models:
              - provider: p
                model: m
                mode: audio_speach
                valid_from: yesterday
                source: test
                evidence: heard
                seen: 2026-13
                rates:
                  characters: x
                  tokens: 1
              - model: n
            """
        #expect(
            Sample.problems(text) == [
                "models.yaml:5: models[0].mode: is none of \(Self.modes) (did you mean \"audio_speech\"?)",
                "models.yaml:6: models[0].valid_from: is no date (2026-10-01), time (2026-10-01T12:00:00Z) or always",
                "models.yaml:8: models[0].evidence: is none of seen, recalled",
                "models.yaml:9: models[0].seen: is no day (2026-10-01) or month (2026-10)",
                "models.yaml:11: models[0].rates.characters: is no decimal number",
                "models.yaml:12: models[0].rates.tokens: is no quantity with a rate",
                "models.yaml:13: models[1]: lacks the field provider",
                "models.yaml:13: models[1]: lacks the field mode",
                "models.yaml:13: models[1]: lacks the field valid_from",
                "models.yaml:13: models[1]: lacks the field source",
                "models.yaml:13: models[1]: lacks the field evidence",
                "models.yaml:13: models[1]: lacks the field seen",
            ]
        )
    }

    private static let modes =
        "audio_generation, audio_speech, audio_transcription, chat, completion, embedding, guardrail, moderation, ocr, "
        + "realtime, rerank, responses, search, image_edit, image_generation, vector_store, video_generation"

    @Test func `prices that hold at one time are told with the other's line`() {
        let one = Sample.price("rates: {characters: 1}")
        #expect(
            Sample.problems(Sample.text(one + one)) == [
                "models.yaml:4: p/m: holds at the same time as the price in line 3"
            ]
        )
        let plans = "plans: {p: {default: a, known: [a, b]}}\n"
        let planned = Sample.price("rates: {characters: 1}, plan: a") + Sample.price("rates: {characters: 1}, plan: b")
        #expect(Sample.problems(plans + Sample.text(planned)).isEmpty)
        #expect(Sample.problems(plans + Sample.text(planned + one)).count == 1)
    }

    @Test func `a name of one model cannot be another's`() {
        let text = Sample.text(
            Sample.price("rates: {characters: 1}, aliases: [x, '*-a']")
                + "  - {provider: p, model: x, \(Sample.rest), rates: {characters: 1}}\n"
                + "  - {provider: p, model: y, \(Sample.rest), rates: {characters: 1}, aliases: ['*-a']}\n"
        )
        #expect(
            Sample.problems(text) == [
                "models.yaml:4: models[1]: x is a name of m already",
                "models.yaml:5: models[2].aliases: *-a is a name of m already",
            ]
        )
    }

    @Test func `bombs are refused before they go off`() {
        var bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for level in 1...30 {
            bomb += "a\(level): &a\(level) [\(Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", "))]\n"
        }
        #expect(Sample.problems(bomb + "? *a30\n: 1\n") == ["models.yaml:2: uses the alias *a0: aliases are not read"])
        for deep in ["[", "{a: ", "- "] {
            let problems = Sample.problems("version: 1\nmodels:\n  " + String(repeating: deep, count: 100_000))
            #expect(problems.count == 1)
        }
        #expect(
            Sample.problems(String(repeating: "#", count: 1 << 20) + "\n") == [
                "models.yaml: has 1048577 bytes, more than 1048576"
            ]
        )
    }

    @Test func `too many prices are refused, and so are too many problems to tell`() {
        let models = (0..<100).map { "m\($0)" }.joined(separator: ", ")
        let hundred = "  - {provider: p, models: [\(models)], \(Sample.rest), rates: {characters: 1}}\n"
        let many = (0..<51).map { hundred.replacing("provider: p", with: "provider: p\($0)") }.joined()
        #expect(Sample.problems(Sample.text(many)) == ["models.yaml:2: models: holds more than 5000 prices"])
        let wrong = (0..<500).map { Sample.price("rates: {characters: x\($0)}") }.joined()
        #expect(Sample.problems(Sample.text(wrong)).count == CatalogueError.problemLimit)
    }

    @Test func `bytes that are no text are refused`() {
        #expect(throws: CatalogueError.self) { try CatalogueReader.read([0x61, 0xFF], file: "models.yaml") }
    }
}
