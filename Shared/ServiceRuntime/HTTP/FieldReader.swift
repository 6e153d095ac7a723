package import Domain
internal import Wire

/// Reads the members of a JSON object and collects what is wrong with them.
package struct FieldReader {
    private let body: JSONValue
    /// What is wrong so far: at most as much as is told of an event (``FieldProblems/limit``).
    package private(set) var faults: [InvalidParameter] = []

    /// A reader of a body that may have the known members only.
    package init(_ body: JSONValue, known: Set<String>) {
        self.body = body
        guard case .object(let members) = body else {
            fault("body", "type", "must be an object")
            return
        }
        for member in members where !Self.isField(member.name, of: known) {
            // A character may have any number of bytes.
            let shown = String(decoding: member.name.utf8.prefix(64), as: UTF8.self)
            fault(shown, "unknown_field", "is no field of this request")
        }
    }

    /// Whether a name is known; long ones are not compared, which takes the square of their length when they are hostile.
    private static func isField(_ name: String, of known: Set<String>) -> Bool {
        name.utf8.count <= 64 && known.contains(name)
    }

    /// A member; nil for `null` and when there is none.
    package subscript(name: String) -> JSONValue? { body[name] }

    /// Whether there is a member, be it `null`: in an edit that takes a value away.
    package func has(_ name: String) -> Bool {
        guard case .object(let members) = body else { return false }
        return members.contains { $0.name.utf8.elementsEqual(name.utf8) }
    }

    /// Notes that a member is wrong.
    ///
    /// More than the limit is not told: an answer stays in proportion to its question.
    package mutating func fault(_ name: String, _ code: String, _ detail: String) {
        guard faults.count < FieldProblems.limit else { return }
        faults.append(InvalidParameter(name, code: code, detail: detail))
    }

    /// A text of 1 to `limit` characters without control characters; nil when it is absent.
    package mutating func name(_ name: String, limit: Int = 128) -> String? {
        guard let value = body[name] else { return nil }
        guard let text = value.text else {
            fault(name, "type", "must be a string")
            return nil
        }
        let isClean = text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
        guard !text.isEmpty, text.unicodeScalars.count <= limit, isClean else {
            fault(name, "out_of_range", "must have 1 to \(limit) characters and no control characters")
            return nil
        }
        return text
    }

    /// A text that must be there; empty, with a fault, when it is not.
    package mutating func required(_ name: String, limit: Int = 128) -> String {
        if body[name] == nil { fault(name, "required", "is missing") }
        return self.name(name, limit: limit) ?? ""
    }

    /// A time; nil when it is absent.
    package mutating func time(_ name: String) -> Timestamp? {
        guard let text = self.name(name) else { return nil }
        guard let time = Timestamp(rfc3339: text), Self.times.contains(time) else {
            fault(name, "invalid_format", "must be an RFC 3339 date-time from 1970 to 2199, like 2026-11-01T00:00:00Z")
            return nil
        }
        return time
    }

    private static let times = Timestamp(seconds: 0)...Timestamp(seconds: 7_258_118_400)
}
