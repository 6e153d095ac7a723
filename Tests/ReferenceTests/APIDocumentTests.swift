import HTTPTypes
import Reference
import ServiceRuntime
import TestSupport
import Testing

/// What a document must be to be of use, whatever it describes.
@Suite struct APIDocumentTests {
    static let documents = APIDocument.Part.allCases.map { [$0] } + [APIDocument.Part.allCases]

    @Test(arguments: documents) func `every reference points at something`(parts: [APIDocument.Part]) throws {
        let document = try APIDocument(parts).content
        var dangling: [String] = []
        Self.visit(document) { value in
            if value["$ref"]?.text != nil, document.target(of: value) == nil {
                dangling.append(value["$ref"]?.text ?? "")
            }
        }
        #expect(dangling == [])
    }

    @Test func `every operation has a name of its own, a tag that is described, and says what it needs`() throws {
        let document = try APIDocument(APIDocument.Part.allCases).content
        let tags = document["tags"]?.list?.compactMap { $0["name"]?.text } ?? []
        var names: Set<String> = []
        for (name, operation) in Self.operations(of: document) {
            let isNew = names.insert(operation["operationId"]?.text ?? "").inserted
            #expect(isNew, "\(name)")
            #expect(tags.contains(operation["tags"]?.list?.first?.text ?? ""), "\(name)")
            #expect(operation["summary"]?.text != nil, "\(name)")
            let isPublic = operation["x-oliver-permission"]?.text == "public"
            #expect(Self.permissions.contains(operation["x-oliver-permission"]?.text ?? ""), "\(name)")
            #expect(operation["security"]?.list?.isEmpty == isPublic, "\(name)")
        }
        #expect(names.count > 40)
    }

    @Test func `what changes something needs the token beside a session, and a known caller may always be refused`()
        throws
    {
        let document = try APIDocument(APIDocument.Part.allCases).content
        for (name, operation) in Self.operations(of: document) where operation["x-oliver-permission"]?.text != "public"
        {
            let schemes = operation["security"]?.list?.flatMap { $0.members.map(\.name) } ?? []
            #expect(schemes.contains("csrf") == !name.hasPrefix("get"), "\(name)")
            for status in ["401", "403", "429", "503"] {
                #expect(operation["responses"]?[status] != nil, "\(name) \(status)")
            }
        }
    }

    @Test func `YAML is read as the JSON that it stands for`() throws {
        let yaml = """
            text: 2026-11-23T10:00:00Z
            quoted: '4711'
            number: 4711
            decimal: 0.10
            version: 0.1.0
            flag: true
            word: yes
            nothing:
            list: [1, {a: b}]
            folded: >-
              one
              two
            """
        #expect(
            try JSONValue(yaml: yaml)
                == [
                    "text": "2026-11-23T10:00:00Z", "quoted": "4711", "number": .number("4711"),
                    "decimal": .number("0.10"), "version": "0.1.0", "flag": true, "word": "yes", "nothing": .null,
                    "list": [.number("1"), ["a": "b"]], "folded": "one two",
                ]
        )
    }

    /// What `x-oliver-permission` may be.
    private static let permissions: Set = [
        "public", "any", "session", "record", "report_cost", "preflight", "upsert", "read", "budgets", "prices",
        "channels",
        "directory", "keys", "people", "workspaces", "audit", "operate",
    ]

    private static func operations(of document: JSONValue) -> [(name: String, content: JSONValue)] {
        (document["paths"]?.members ?? []).flatMap { path in
            path.value.members.filter { $0.name != "parameters" }.map { ("\($0.name) \(path.name)", $0.value) }
        }
    }

    private static func visit(_ value: JSONValue, _ look: (JSONValue) -> Void) {
        look(value)
        for member in value.members { visit(member.value, look) }
        for element in value.list ?? [] { visit(element, look) }
    }
}
