internal import Foundation
package import ServiceRuntime

/// The description of some services' HTTP API, an OpenAPI 3.1 document.
///
/// It is kept as one YAML file per service and one of what they share (`docs/api`), and joined when a process starts.
package struct APIDocument: Sendable {
    /// A service with routes.
    package enum Part: String, CaseIterable, Sendable {
        case ingest, budget, pricing, analytics, alerts, console
    }

    /// Why there is no document: a fault of what was built or installed, not of its use.
    package enum Failure: Error, Equatable {
        /// A file is not where the executable's resources are.
        case missing(String)
        /// Two files give one name to different things.
        case ambiguous(String)
    }

    /// The document; all references point into it.
    package let content: JSONValue

    /// Joins the documents of some services.
    ///
    /// - Throws: ``Failure``, or the reader's error for what is no YAML.
    package init(_ parts: [Part]) throws {
        let own = try parts.map { try Self.read($0.rawValue) }
        let common = try Self.read("common")
        let all = own + [common]
        let only = own.count == 1 ? own.first : nil
        content = .object([
            .init("openapi", common["openapi"] ?? "3.1.0"),
            .init("info", Self.info(of: only)),
            .init("servers", common["servers"] ?? []),
            .init("tags", .array(all.flatMap { $0["tags"]?.list ?? [] })),
            .init("paths", .object(try Self.merged(all.map { $0["paths"]?.members ?? [] }))),
            .init("components", try Self.components(of: all)),
        ])
    }

    private static func info(of document: JSONValue?) -> JSONValue {
        let everything = """
            Oliver tells what AI usage costs, while it happens, and refuses spend before it happens. Errors are RFC 9457 problems with a \
            stable `type`. Money is a decimal string in USD, times are RFC 3339.
            """
        let title = document?["info"]?["title"]?.text ?? "Oliver"
        let description = document?["info"]?["description"]?.text ?? everything
        return [
            "title": .string(title), "version": .string(OliverVersion.current), "description": .string(description),
            "license": ["name": "Apache-2.0", "identifier": "Apache-2.0"],
        ]
    }

    private static func components(of documents: [JSONValue]) throws -> JSONValue {
        var kinds: [String] = []
        for kind in documents.flatMap({ $0["components"]?.members ?? [] }).map(\.name) where !kinds.contains(kind) {
            kinds.append(kind)
        }
        return .object(
            try kinds.map { kind in
                .init(kind, .object(try merged(documents.map { $0["components"]?[kind]?.members ?? [] })))
            }
        )
    }

    /// The members of all lists; the same thing may be in several.
    private static func merged(_ lists: [[JSONValue.Member]]) throws -> [JSONValue.Member] {
        var known: [String: JSONValue] = [:]
        var result: [JSONValue.Member] = []
        for member in lists.joined() {
            if let other = known.updateValue(member.value, forKey: member.name) {
                guard other == member.value else { throw Failure.ambiguous(member.name) }
            } else {
                result.append(member)
            }
        }
        return result
    }

    /// Reads a file, and makes its references to other files ones into the joined document.
    private static func read(_ name: String) throws -> JSONValue {
        guard let url = Bundle.module.url(forResource: name, withExtension: "yaml", subdirectory: "api") else {
            throw Failure.missing("\(name).yaml")
        }
        return try JSONValue(yaml: try String(contentsOf: url, encoding: .utf8)).joinable
    }
}

extension JSONValue {
    /// The value with references that name no file.
    fileprivate var joinable: JSONValue {
        switch self {
        case .array(let elements): .array(elements.map(\.joinable))
        case .object(let members):
            .object(
                members.map { member in
                    guard member.name == "$ref", let place = member.value.text?.firstIndex(of: "#") else {
                        return Member(member.name, member.value.joinable)
                    }
                    return Member("$ref", .string(String(member.value.text?[place...] ?? "")))
                }
            )
        default: self
        }
    }

    /// What a reference into this document points at; nil for any other value and for one that points at nothing.
    package func target(of reference: JSONValue) -> JSONValue? {
        guard let text = reference["$ref"]?.text, text.hasPrefix("#/") else { return nil }
        return text.dropFirst(2).split(separator: "/").reduce(Optional(self)) { value, name in
            value?[String(name.replacing("~1", with: "/").replacing("~0", with: "~"))]
        }
    }
}
