internal import ServiceRuntime

/// How an operation looks.
extension ReferencePage {
    func article(_ operation: Operation) -> HTML {
        let content = operation.content
        return """
            <article id="\(operation.id)"><h3><span class="method \(operation.method)">\(operation.method.uppercased())</span> \
            <code>\(operation.path)</code></h3><p class="summary">\(content["summary"]?.text ?? "")</p>
            \(HTML.prose(content["description"]?.text))\(permission(content["x-oliver-permission"]?.text))
            \(parameters(operation))\(body(content))\(responses(content))</article>
            """
    }

    private func permission(_ name: String?) -> HTML {
        switch name {
        case nil: ""
        case "public"?: "<p>Anyone may ask.</p>"
        case "any"?: "<p>Needs a valid key or session.</p>"
        case "session"?: "<p>Needs a session.</p>"
        case let name?: "<p>Needs the permission <code>\(name)</code>.</p>"
        }
    }

    private func parameters(_ operation: Operation) -> HTML {
        let own = operation.content["parameters"]?.list ?? []
        let all = (operation.shared + own).map { document.target(of: $0) ?? $0 }
        guard !all.isEmpty else { return "" }
        let rows: [HTML] = all.map { parameter in
            let isRequired = parameter["required"] == .bool(true)
            return """
                <tr><th scope="row"><code>\(parameter["name"]?.text ?? "")</code></th><td>\(parameter["in"]?.text ?? "")\
                \(isRequired ? ", required" : "")</td><td>\(type(parameter["schema"] ?? [:]))</td>\
                <td>\(HTML.inline(parameter["description"]?.text))</td></tr>
                """
        }
        return """
            <h4>Parameters</h4><div class="wide" tabindex="0"><table><thead><tr><th scope="col">Name</th><th scope="col">Where</th>\
            <th scope="col">Type</th><th scope="col">Meaning</th></tr></thead><tbody>\(rows)</tbody></table></div>
            """
    }

    private func body(_ content: JSONValue) -> HTML {
        guard let body = content["requestBody"] else { return "" }
        return "<h4>Body</h4>\(contents(document.target(of: body) ?? body))"
    }

    private func responses(_ content: JSONValue) -> HTML {
        let all: [HTML] = (content["responses"]?.members ?? []).map { member in
            let response = document.target(of: member.value) ?? member.value
            let headers = (response["headers"]?.members ?? []).map(\.name).joined(separator: ", ")
            return """
                <details><summary><b>\(member.name)</b> \(HTML.inline(response["description"]?.text))</summary>
                \(headers.isEmpty ? "" : "<p>Headers: <code>\(headers)</code></p>")\(contents(response))</details>
                """
        }
        return "<h4>Answers</h4>\(all)"
    }

    /// Each content type with its schema and examples.
    private func contents(_ holder: JSONValue) -> HTML {
        let all: [HTML] = (holder["content"]?.members ?? []).map { content in
            "<p><code>\(content.name)</code></p>\(schema(content.value["schema"] ?? [:]))\(examples(content.value))"
        }
        return "\(all)"
    }

    private func examples(_ content: JSONValue) -> HTML {
        var all: [(title: String, value: JSONValue)] = content["example"].map { [("Example", $0)] } ?? []
        for example in content["examples"]?.members ?? [] {
            all.append((example.value["summary"]?.text ?? "Example", example.value["value"] ?? .null))
        }
        let shown: [HTML] = all.map { example in
            let text = example.value.text ?? example.value.pretty()
            return "<figure><figcaption>\(example.title)</figcaption><pre tabindex=\"0\">\(text)</pre></figure>"
        }
        return "\(shown)"
    }
}
