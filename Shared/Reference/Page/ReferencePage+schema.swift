internal import ServiceRuntime

/// How schemas look: a table of members where there are some, else a few words.
extension ReferencePage {
    func schema(_ schema: JSONValue) -> HTML {
        let rows = rows(of: schema)
        guard !rows.isEmpty else { return "<p>\(type(schema))</p>" }
        return """
            \(schema["$ref"] == nil ? "" : "<p>\(type(schema))</p>")<div class="wide" tabindex="0"><table><thead><tr><th scope="col">Member</th>\
            <th scope="col">Type</th><th scope="col">Meaning</th></tr></thead><tbody>\(rows)</tbody></table></div>
            """
    }

    /// A row for each member of an object; of a named schema it is its own table's, but for lists of one thing.
    private func rows(of schema: JSONValue) -> [HTML] {
        guard schema["$ref"] == nil else { return [] }
        let required = schema["required"]?.list ?? []
        let own: [HTML] = (schema["properties"]?.members ?? []).map { member in
            """
            <tr><th scope="row"><code>\(member.name)</code>\
            \(required.contains(.string(member.name)) ? " <span class=\"required\">required</span>" : "")</th>\
            <td>\(type(member.value))\(nested(member.value))</td><td>\(HTML.inline(member.value["description"]?.text))</td></tr>
            """
        }
        return (schema["allOf"]?.list ?? []).flatMap(inherited) + own
    }

    /// The rows of a schema that this one includes.
    private func inherited(_ schema: JSONValue) -> [HTML] {
        guard schema["$ref"] != nil else { return rows(of: schema) }
        return ["<tr><td colspan=\"3\">all of \(type(schema))</td></tr>"]
    }

    /// The members of an object without a name.
    private func nested(_ schema: JSONValue) -> HTML {
        let inner = schema["items"] ?? schema
        guard inner["properties"] != nil || inner["allOf"]?.list.map({ $0.count > 1 }) ?? false else { return "" }
        let rows = rows(of: inner)
        return rows.isEmpty ? "" : "<table><tbody>\(rows)</tbody></table>"
    }

    /// A schema in a few words.
    func type(_ schema: JSONValue) -> HTML {
        if let reference = schema["$ref"]?.text {
            let name = reference.split(separator: "/").last.map { String($0) } ?? ""
            return "<a href=\"#schema-\(name)\">\(name)</a>"
        }
        if let value = schema["const"] { return "<code>\(value.line)</code>" }
        if let values = schema["enum"]?.list {
            return "\(joined(values.map { "<code>\($0.text ?? $0.line)</code>" }, by: ", "))"
        }
        for kind in ["oneOf", "anyOf"] {
            if let choices = schema[kind]?.list { return joined(choices.map(type), by: " or ") }
        }
        if let parts = schema["allOf"]?.list, schema["type"] == nil { return joined(parts.map(type), by: " and ") }
        return "\(basic(schema))\(bounds(of: schema))"
    }

    private func basic(_ schema: JSONValue) -> HTML {
        let names = schema["type"]?.list?.compactMap(\.text) ?? [schema["type"]?.text ?? "object"]
        let words: [HTML] = names.map { name in
            switch name {
            case "array": "list of \(type(schema["items"] ?? ["type": "anything"]))"
            case "string": "\(schema["format"]?.text ?? "string")"
            default: "\(name)"
            }
        }
        return joined(words, by: " or ")
    }

    private func bounds(of schema: JSONValue) -> HTML {
        let names: [(String, String)] = [
            ("minimum", "from"), ("exclusiveMinimum", "above"), ("maximum", "to"), ("minLength", "at least"),
            ("maxLength", "at most"), ("minItems", "at least"), ("maxItems", "at most"), ("maxProperties", "at most"),
            ("default", "default"), ("pattern", "like"),
        ]
        let shown: [HTML] = names.compactMap { name, word in
            schema[name].map { value in
                name == "pattern" ? " \(word) <code>\(value.text ?? "")</code>" : " \(word) \(value.line)"
            }
        }
        return shown.isEmpty ? "" : "<small>\(shown)</small>"
    }

    private func joined(_ parts: [HTML], by separator: String) -> HTML {
        HTML(raw: parts.map(\.text).joined(separator: separator))
    }
}
