package import Wire

extension JSONValue {
    /// Reads one JSON value; numbers keep their text.
    ///
    /// - Throws: `JSONReader.SyntaxError`.
    package init(parsing bytes: [UInt8]) throws(JSONReader.SyntaxError) {
        var reader = JSONReader(bytes)
        self = try Self.read(&reader, bytes)
        try reader.finish()
    }

    private static func read(_ reader: inout JSONReader, _ bytes: [UInt8]) throws(JSONReader.SyntaxError) -> JSONValue {
        switch try reader.peek() {
        case .object:
            var members: [Member] = []
            var more = try reader.beginObject()
            while more {
                let name = try text(&reader)
                try reader.colon()
                members.append(Member(name, try read(&reader, bytes)))
                more = try reader.nextMember()
            }
            return .object(members)
        case .array:
            var elements: [JSONValue] = []
            var more = try reader.beginArray()
            while more {
                elements.append(try read(&reader, bytes))
                more = try reader.nextElement()
            }
            return .array(elements)
        case .string: return .string(try text(&reader))
        case .number: return .number(String(decoding: bytes[try reader.number()], as: UTF8.self))
        case .boolean: return .bool(try reader.boolean())
        case .null:
            try reader.null()
            return .null
        }
    }

    private static func text(_ reader: inout JSONReader) throws(JSONReader.SyntaxError) -> String {
        let raw = try reader.string()
        guard let text = reader.text(raw) else { throw reader.failure("invalid Unicode in a string") }
        return text
    }

    /// A member of an object; nil for `null` and when there is none.
    ///
    /// Names are compared by bytes: comparing texts takes the square of a hostile one's length.
    package subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self,
            let found = members.last(where: { $0.name.utf8.elementsEqual(name.utf8) })
        else { return nil }
        return found.value == .null ? nil : found.value
    }

    /// The text of a string.
    package var text: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// The value as JSON text.
    package var bytes: [UInt8] {
        var writer = JSONWriter()
        writer.value(self)
        return writer.bytes
    }

    /// The elements of a list; nil for anything else.
    package var list: [JSONValue]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    /// The text of a number.
    package var numberText: String? {
        switch self {
        case .number(let text): text
        case .int(let number): String(number)
        default: nil
        }
    }

    /// Reads a request's body.
    ///
    /// - Throws: A 400 problem.
    package init(body bytes: [UInt8]) throws(Problem) {
        do {
            try self.init(parsing: bytes)
        } catch {
            throw .badRequest("The body is not valid JSON: at byte \(error.offset) \(error.reason).")
        }
    }
}
