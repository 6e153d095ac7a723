/// The body of `POST /v1/record`, item by item, in any of its shapes.
package struct RecordBody: Sendable {
    /// One item: an event, or what is wrong with it.
    package enum Item: Sendable {
        case event(ReportedEvent)
        case invalid(FieldProblems)
        /// An NDJSON line that is no JSON.
        case unreadable(JSONReader.SyntaxError)
    }

    /// Why the whole body is refused.
    package enum Failure: Error, Equatable {
        case syntax(JSONReader.SyntaxError)
        case tooManyItems
    }

    /// The items in the order of the body.
    package private(set) var items: [Item] = []

    private let limit: Int
    private let list: String
    private let rawUsage: RawUsageReader?

    /// Reads one event, a bare array or an object around one, `{"events": […]}`.
    ///
    /// - Parameters:
    ///   - bytes: The body.
    ///   - list: The name of the member that holds the array.
    ///   - limit: Items at most.
    ///   - rawUsage: Reads providers' own usage objects; without it they are refused.
    /// - Throws: `Failure` when the body as a whole cannot be taken.
    package init(
        json bytes: [UInt8],
        list: String = "events",
        limit: Int,
        rawUsage: RawUsageReader? = nil
    ) throws(Failure) {
        self.limit = limit
        self.rawUsage = rawUsage
        self.list = list
        var reader = JSONReader(bytes)
        do {
            switch try reader.peek() {
            case .array: try readArray(&reader)
            case .object: try readObject(&reader)
            default: throw reader.failure("expected an event, an array of events or {\"events\": […]}")
            }
            try reader.finish()
        } catch let error as JSONReader.SyntaxError {
            throw .syntax(error)
        } catch {
            throw .tooManyItems
        }
    }

    /// Reads one event a line; a line that is no JSON is one bad item, blank lines are none.
    package init(ndjson bytes: [UInt8], limit: Int, rawUsage: RawUsageReader? = nil) throws(Failure) {
        self.limit = limit
        self.rawUsage = rawUsage
        list = ""
        var start = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            var reader = JSONReader(bytes, in: start..<end)
            start = end + 1
            if reader.isAtEnd() { continue }
            guard items.count < limit else { throw .tooManyItems }
            items.append(Self.whole(&reader, rawUsage))
        }
    }

    /// Reads one event; an object is one whatever its members are, never a list.
    package static func item(_ bytes: [UInt8], rawUsage: RawUsageReader? = nil) -> Item {
        var reader = JSONReader(bytes)
        return whole(&reader, rawUsage)
    }

    private static func whole(_ reader: inout JSONReader, _ rawUsage: RawUsageReader?) -> Item {
        do {
            let item = try item(&reader, rawUsage)
            try reader.finish()
            return item
        } catch {
            return .unreadable(error)
        }
    }

    private mutating func readArray(_ reader: inout JSONReader) throws {
        var more = try reader.beginArray()
        while more {
            guard items.count < limit else { throw Failure.tooManyItems }
            items.append(try Self.item(&reader, rawUsage))
            more = try reader.nextElement()
        }
    }

    /// An object is the list when it has the member `events`, else it is an event itself.
    private mutating func readObject(_ reader: inout JSONReader) throws {
        var ahead = reader
        guard try seekList(&ahead) else {
            items.append(try Self.item(&reader, rawUsage))
            return
        }
        try readArray(&ahead)
        while try ahead.nextMember() {
            _ = try ahead.string()
            try ahead.colon()
            try ahead.skipValue()
        }
        reader = ahead
    }

    /// Whether the object has the array before any member of an event; if so the reader stands before it.
    private func seekList(_ reader: inout JSONReader) throws -> Bool {
        var more = try reader.beginObject()
        while more {
            let name = try reader.string()
            try reader.colon()
            // By bytes: comparing texts takes the square of a hostile one's length.
            if reader.text(name)?.utf8.elementsEqual(list.utf8) == true, try reader.peek() == .array { return true }
            if EventParser.isField(name, in: reader) { return false }
            try reader.skipValue()
            more = try reader.nextMember()
        }
        return false
    }

    private static func item(
        _ reader: inout JSONReader,
        _ rawUsage: RawUsageReader?
    ) throws(JSONReader.SyntaxError) -> Item {
        guard try reader.peek() == .object else {
            try reader.skipValue()
            return .invalid(FieldProblems([FieldProblem("", .invalidType, "An event must be a JSON object.")]))
        }
        switch try EventParser.parse(&reader, rawUsage: rawUsage) {
        case .success(let event): return .event(event)
        case .failure(let problems): return .invalid(problems)
        }
    }
}

extension EventParser {
    static func isField(_ name: JSONReader.RawString, in reader: JSONReader) -> Bool {
        fields.find(name, in: reader) != nil
    }
}
