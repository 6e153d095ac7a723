import Crypto
import Domain
import ServiceRuntime

/// A value that is somebody's data, apart from the entry it belongs to.
struct PersonalValue: Sendable, Hashable {
    /// Where it stood: `actor`, `address`, `target`, or a path such as `before.email`.
    let field: String
    let subject: AuditSubject
    /// The value as JSON.
    let json: String

    /// What ties the value to the chain, and says nothing about it once the salt is gone.
    static func commitment(salt: [UInt8], field: String, json: String) -> [UInt8] {
        var function = SHA256()
        function.update(data: salt)
        function.update(data: Array(field.utf8) + [0])
        function.update(data: Array(json.utf8))
        return Array(function.finalize())
    }
}

/// An entry as it stands in the chain: what its hash covers.
struct AuditLink: Sendable, Hashable {
    /// The workspace; empty for the installation.
    var workspace: String
    var sequence: Int64
    var at: Timestamp
    var actorKind: String
    var actorID: String
    var action: String
    var targetKind: String
    /// Nil when it is somebody's data.
    var targetID: String?
    /// JSON without what is somebody's data.
    var before: String?
    var after: String?
    var requestID: String?
    /// The fields that are somebody's data, and what ties each of them to the chain.
    var fields: [String]
    var commitments: [[UInt8]]

    /// The hash before the first entry.
    static let origin = [UInt8](repeating: 0, count: 32)

    /// SHA-256 of the hash before and of all parts, each behind its length: no two entries have the same input.
    func hash(after previous: [UInt8]) -> [UInt8] {
        var function = SHA256()
        func add(_ bytes: [UInt8]?) {
            let length = bytes.map { UInt64($0.count) } ?? .max
            function.update(data: withUnsafeBytes(of: length.bigEndian) { Array($0) })
            if let bytes { function.update(data: bytes) }
        }
        func add(_ text: String?) { add(text.map { Array($0.utf8) }) }
        add(previous)
        add(workspace)
        add("\(sequence)")
        add("\(at.microseconds)")
        for text in [actorKind, actorID, action, targetKind, targetID, before, after, requestID] { add(text) }
        add("\(fields.count)")
        for (field, commitment) in zip(fields, commitments) {
            add(field)
            add(commitment)
        }
        return Array(function.finalize())
    }
}

extension AuditEntry {
    /// Parts the entry into what everybody may know for ever and what is somebody's data.
    func parted() -> (before: JSONValue?, after: JSONValue?, personal: [PersonalValue]) {
        var values: [PersonalValue] = []
        func note(_ field: String, _ subject: AuditSubject, _ value: JSONValue) {
            values.append(PersonalValue(field: field, subject: subject, json: value.jsonText))
        }
        let actor = AuditSubject.actor(author)
        if let name = author.name { note("actor", actor, .string(name)) }
        if let person = author.onBehalfOf { note("on_behalf_of", actor, .string(person)) }
        if let address = author.address { note("address", actor, .string(address)) }
        if let subject = target.subject { note("target", subject, .string(target.id)) }
        func part(_ value: JSONValue?, _ document: Personal.Document) -> JSONValue? {
            guard var rest = value else { return nil }
            for item in personal where (item.document ?? document) == document {
                let path = item.path.split(separator: ".")
                guard let found = rest.value(at: path[...]), found != .null else { continue }
                note("\(document.rawValue).\(item.path)", item.subject, found)
                rest = rest.replacing(path[...], with: .null)
            }
            return rest
        }
        return (part(before, .before), part(after, .after), values)
    }
}

extension JSONValue {
    /// The value as text.
    var jsonText: String { String(decoding: bytes, as: UTF8.self) }

    /// The value at a path of member names and indexes.
    func value(at path: ArraySlice<Substring>) -> JSONValue? {
        guard let first = path.first else { return self }
        switch self {
        case .object(let members):
            return members.last { $0.name == first }?.value.value(at: path.dropFirst())
        case .array(let elements):
            guard let index = Int(first), elements.indices.contains(index) else { return nil }
            return elements[index].value(at: path.dropFirst())
        default: return nil
        }
    }

    /// The same document with another value at a path that is there.
    func replacing(_ path: ArraySlice<Substring>, with value: JSONValue) -> JSONValue {
        guard let first = path.first else { return value }
        switch self {
        case .object(let members):
            return .object(
                members.map { member in
                    guard member.name == first else { return member }
                    return Member(member.name, member.value.replacing(path.dropFirst(), with: value))
                }
            )
        case .array(var elements):
            guard let index = Int(first), elements.indices.contains(index) else { return self }
            elements[index] = elements[index].replacing(path.dropFirst(), with: value)
            return .array(elements)
        default: return self
        }
    }
}
