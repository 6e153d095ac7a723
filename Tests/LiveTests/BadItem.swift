/// An item that is refused by itself.
struct BadItem {
    let name: String
    let text: String
    /// The field that the answer names, and the code it gives.
    let field: String
    let code: String

    static var all: [BadItem] { types + quantities + names + times }

    private static func event(_ members: String, provider: Bool = true, usage: Bool = true) -> String {
        var parts = [#""event_id":"bad""#, #""model":"gpt-4o-mini""#]
        if provider { parts.append(#""provider":"openai""#) }
        if usage { parts.append(#""usage":{"input_tokens":1}"#) }
        return "{\((parts + [members]).filter { !$0.isEmpty }.joined(separator: ","))}"
    }

    private static var types: [BadItem] {
        [
            BadItem(name: "a number", text: "7", field: "", code: "invalid_type"),
            BadItem(name: "a list", text: "[]", field: "", code: "invalid_type"),
            BadItem(name: "no provider", text: event("", provider: false), field: "provider", code: "missing"),
            BadItem(name: "no usage", text: event("", usage: false), field: "usage", code: "missing"),
            BadItem(
                name: "a provider that is a number",
                text: event(#""provider":5"#, provider: false),
                field: "provider",
                code: "invalid_type"
            ),
            BadItem(
                name: "usage as text",
                text: event(#""usage":"many""#, usage: false),
                field: "usage",
                code: "invalid_type"
            ),
            BadItem(name: "tags as a list", text: event(#""tags":["a"]"#), field: "tags", code: "invalid_type"),
            BadItem(
                name: "a tag that is a number",
                text: event(#""tags":{"a":1}"#),
                field: "tags.a",
                code: "invalid_type"
            ),
            BadItem(name: "a team that is an object", text: event(#""team":{}"#), field: "team", code: "invalid_type"),
            BadItem(
                name: "an unknown operation",
                text: event(#""operation":"magic""#),
                field: "operation",
                code: "unknown_value"
            ),
            BadItem(
                name: "a field twice",
                text: event(#""team":"a","team":"b""#),
                field: "team",
                code: "duplicate_field"
            ),
        ]
    }

    private static var quantities: [BadItem] {
        let values = [
            ("negative", "-1", "negative"), ("2 to the 63rd", "9223372036854775808", "out_of_range"),
            ("2 to the 64th", "18446744073709551616", "out_of_range"),
            ("more than 10 to the 12th", "1000000000001", "out_of_range"),
            ("an endless exponent", "1e999999999", "out_of_range"), ("half a token", "0.5", "not_integer"),
            ("NaN as text", #""NaN""#, "invalid_type"), ("a list", "[1]", "invalid_type"),
            ("true", "true", "invalid_type"),
        ]
        let known = values.map { name, value, code in
            BadItem(
                name: "a quantity that is \(name)",
                text: event(#""usage":{"input_tokens":\#(value)}"#, usage: false),
                field: "usage.input_tokens",
                code: code
            )
        }
        return known + [
            BadItem(
                name: "an unknown quantity",
                text: event(#""usage":{"brain_cells":1}"#, usage: false),
                field: "usage.brain_cells",
                code: "unknown_value"
            )
        ]
    }

    private static var names: [BadItem] {
        let long = String(repeating: "x", count: 10_000)
        return ["team", "user", "project", "trace_id"].flatMap { field in
            [
                BadItem(
                    name: "NUL in \(field)",
                    text: event(#""\#(field)":"a\u0000b""#),
                    field: field,
                    code: "invalid_characters"
                ),
                BadItem(
                    name: "10 kB of \(field)",
                    text: event(#""\#(field)":"\#(long)""#),
                    field: field,
                    code: "too_long"
                ),
                BadItem(name: "an empty \(field)", text: event(#""\#(field)":"""#), field: field, code: "empty"),
            ]
        } + [
            BadItem(
                name: "half a surrogate pair",
                text: event(#""team":"\ud800""#),
                field: "team",
                code: "invalid_characters"
            ),
            BadItem(
                name: "NUL in a tag",
                text: event(#""tags":{"a":"\u0000"}"#),
                field: "tags.a",
                code: "invalid_characters"
            ),
        ]
    }

    private static var times: [BadItem] {
        [
            ("the year 0", "0000-01-01T00:00:00Z", "out_of_range"),
            ("the year 2200", "2200-01-01T00:00:00Z", "out_of_range"),
            ("the 30th of February", "2026-02-30T00:00:00Z", "invalid_format"),
            ("no time", "yesterday", "invalid_format"),
            ("no zone", "2026-11-23T10:00:00", "invalid_format"),
        ].map { name, time, code in
            BadItem(name: name, text: event(#""occurred_at":"\#(time)""#), field: "occurred_at", code: code)
        }
    }
}
