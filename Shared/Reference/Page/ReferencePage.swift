internal import Foundation
internal import ServiceRuntime

/// The API's description as one page, which needs nothing from anywhere.
struct ReferencePage {
    let document: JSONValue
    let style: String
    let script: String
    private(set) var html = ""

    private static let methods = ["get", "post", "put", "patch", "delete"]

    init(_ document: APIDocument) throws {
        self.document = document.content
        style = try Self.resource("page", "css")
        script = try Self.resource("page", "js")
        html = page.text
    }

    private static func resource(_ name: String, _ type: String) throws -> String {
        guard let url = Bundle.module.url(forResource: name, withExtension: type) else {
            throw APIDocument.Failure.missing("\(name).\(type)")
        }
        return try String(contentsOf: url, encoding: .utf8)
    }

    private var page: HTML {
        let info = document["info"] ?? [:]
        let title = info["title"]?.text ?? ""
        let sections = tags.map { (tag: $0, operations: operations(tagged: $0["name"]?.text ?? "")) }
        return """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(title) API reference</title><style>\(HTML(raw: style))</style></head><body>
            <a class="skip" href="#main">Skip to the content</a>
            <header><h1>\(title) API</h1><p>Version \(info["version"]?.text ?? ""), <a href="/openapi.json">OpenAPI 3.1</a></p>
            <div class="search"><label for="q">Search</label><input id="q" type="search" autocomplete="off" placeholder="budget, /v1/usage, 402">
            <p id="hits" role="status"></p></div></header>
            <nav aria-label="Operations">\(sections.map { navigation($0.tag, $0.operations) })
            <h2><a href="#schemas">Schemas</a></h2></nav>
            <main id="main">\(HTML.prose(info["description"]?.text))\(authentication)
            \(sections.map { section($0.tag, $0.operations) })
            <section id="schemas"><h2>Schemas</h2>\(schemas)</section></main>
            <script>\(HTML(raw: script))</script></body></html>
            """
    }

    private var tags: [JSONValue] { document["tags"]?.list ?? [] }

    /// The operations of a tag with their paths and methods.
    private func operations(tagged tag: String) -> [Operation] {
        (document["paths"]?.members ?? []).flatMap { path in
            path.value.members.compactMap { member in
                guard Self.methods.contains(member.name), member.value["tags"]?.list?.contains(.string(tag)) ?? false
                else { return nil }
                return Operation(
                    path: path.name,
                    method: member.name,
                    content: member.value,
                    shared: path.value["parameters"]?.list ?? []
                )
            }
        }
    }

    private func navigation(_ tag: JSONValue, _ operations: [Operation]) -> HTML {
        guard !operations.isEmpty else { return "" }
        let links: [HTML] = operations.map { operation in
            """
            <li><a href="#\(operation.id)"><span class="method \(operation.method)">\(operation.method.uppercased())</span> \
            \(operation.path)</a></li>
            """
        }
        return "<h2>\(tag["name"]?.text ?? "")</h2><ul>\(links)</ul>"
    }

    private func section(_ tag: JSONValue, _ operations: [Operation]) -> HTML {
        guard !operations.isEmpty else { return "" }
        return """
            <section><h2>\(tag["name"]?.text ?? "")</h2>\(HTML.prose(tag["description"]?.text))
            \(operations.map(article))</section>
            """
    }

    private var authentication: HTML {
        let schemes: [HTML] = (document["components"]?["securitySchemes"]?.members ?? []).map { scheme in
            "<dt><code>\(scheme.name)</code></dt><dd>\(HTML.prose(scheme.value["description"]?.text))</dd>"
        }
        return """
            <section><h2>Authentication</h2><dl>\(schemes)</dl></section>
            """
    }

    private var schemas: HTML {
        let all: [HTML] = (document["components"]?["schemas"]?.members ?? []).map { schema in
            """
            <article id="schema-\(schema.name)"><h3>\(schema.name)</h3>\(HTML.prose(schema.value["description"]?.text))
            \(self.schema(schema.value))</article>
            """
        }
        return "\(all)"
    }
}

/// An operation as the page shows it.
struct Operation {
    let path: String
    let method: String
    let content: JSONValue
    /// The parameters of its path.
    let shared: [JSONValue]

    /// What links to it name.
    var id: String { content["operationId"]?.text ?? "\(method)-\(path)" }
}
