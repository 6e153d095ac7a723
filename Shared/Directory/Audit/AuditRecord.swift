package import Domain
import Postgres
package import ServiceRuntime

/// A line of the audit log as it is read back, with what is somebody's data in its places.
package struct AuditRecord: Sendable, Hashable {
    /// Grows from line to line over all chains: the cursor of lists.
    package var id: Int64
    /// Nil for the installation.
    package var workspace: String?
    package var sequence: Int64
    package var at: Timestamp
    package var author: Author
    package var action: String
    package var targetKind: String
    package var targetID: String
    package var before: JSONValue?
    package var after: JSONValue?
    /// The entry's hash, in hexadecimal digits.
    package var hash: String
}

extension AuditRecord {
    /// Reads a row; `personal` has the JSON of its fields that are somebody's data.
    init(row: PostgresRow, personal: [String: String]) throws {
        let kind: String = try row.value("actor_kind")
        let workspace: String = try row.value("workspace")
        func text(_ field: String) -> String? {
            personal[field].flatMap { try? JSONValue(parsing: Array($0.utf8)) }?.text
        }
        let target: String? = try row.optional("target_id")
        self.init(
            id: try row.value("id"),
            workspace: workspace.isEmpty ? nil : workspace,
            sequence: try row.value("sequence"),
            at: try row.value("at"),
            author: Author(
                Author.Kind(rawValue: kind) ?? .system,
                id: try row.value("actor_id"),
                name: text("actor"),
                onBehalfOf: text("on_behalf_of"),
                address: text("address"),
                requestID: try row.optional("request_id")
            ),
            action: try row.value("action"),
            targetKind: try row.value("target_kind"),
            targetID: target ?? text("target") ?? "",
            before: try Self.document(row.optional("before"), "before", personal),
            after: try Self.document(row.optional("after"), "after", personal),
            hash: try row.value("hash", as: [UInt8].self).hexadecimal
        )
    }

    private static func document(
        _ text: String?,
        _ name: String,
        _ personal: [String: String]
    ) throws -> JSONValue? {
        guard let text else { return nil }
        var document = try JSONValue(parsing: Array(text.utf8))
        for (field, json) in personal where field.hasPrefix(name + ".") {
            let path = field.dropFirst(name.count + 1).split(separator: ".")
            document = document.replacing(path[...], with: try JSONValue(parsing: Array(json.utf8)))
        }
        return document
    }

    /// Writes the record as the API shows it.
    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", String(id))
        writer.key("workspace")
        writer.optional(workspace)
        writer.member("sequence", sequence)
        writer.member("at", at.rfc3339)
        writer.key("actor")
        writer.beginObject()
        writer.member("kind", author.kind.rawValue)
        writer.member("id", author.id)
        writer.key("name")
        writer.optional(author.name)
        writer.key("on_behalf_of")
        writer.optional(author.onBehalfOf)
        writer.endObject()
        writer.member("action", action)
        writer.key("target")
        writer.beginObject()
        writer.member("kind", targetKind)
        writer.member("id", targetID)
        writer.endObject()
        writer.key("before")
        writer.value(before ?? .null)
        writer.key("after")
        writer.value(after ?? .null)
        writer.key("address")
        writer.optional(author.address)
        writer.key("request_id")
        writer.optional(author.requestID)
        writer.member("hash", hash)
        writer.endObject()
    }
}

extension [UInt8] {
    /// The bytes as hexadecimal digits, two for each.
    package var hexadecimal: String {
        map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
