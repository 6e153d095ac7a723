package import Domain
import FoundationEssentials

/// The payload of a notice: a message for people, as its kind, a title and the facts that a text is made from.
///
/// It is JSON, so that whatever forwards it needs no schema.
package struct NoticeEntry: Hashable, Sendable {
    /// One fact by its name, as text.
    package struct Fact: Hashable, Sendable, Codable {
        package var name: String
        package var value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// Names the notice for ever: one that comes twice is told once.
    package var id: String
    /// A stable word for programs, for example `price_sync`.
    package var kind: String
    package var createdAt: Timestamp
    /// One line for people.
    package var title: String
    package var facts: [Fact]

    package init(id: String, kind: String, createdAt: Timestamp, title: String, facts: [Fact] = []) {
        self.id = id
        self.kind = kind
        self.createdAt = createdAt
        self.title = title
        self.facts = facts
    }

    private struct Body: Codable {
        var id: String
        var kind: String
        var created_at: String
        var title: String
        var facts: [Fact]
    }

    /// The payload.
    package func encode() throws(WireError) -> [UInt8] {
        let body = Body(id: id, kind: kind, created_at: createdAt.rfc3339, title: title, facts: facts)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(body))
        } catch {
            throw WireError("a notice cannot be written (\(error))")
        }
    }

    /// Reads a payload.
    package init(_ payload: [UInt8]) throws(WireError) {
        let body = try WireError.decoding { try JSONDecoder().decode(Body.self, from: Data(payload)) }
        guard let createdAt = Timestamp(rfc3339: body.created_at) else {
            throw WireError("a notice has no valid time")
        }
        self.init(id: body.id, kind: body.kind, createdAt: createdAt, title: body.title, facts: body.facts)
    }
}
