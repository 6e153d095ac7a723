internal import Domain

/// Reads one usage event from JSON: a bad field is noted, and reading goes on, so that a client learns all at once.
struct EventParser {
    var body = ProtoEventBody()
    var problems: [FieldProblem] = []
    var usage: UsageParser?
    var isExclusive = false
    /// The provider's own usage object, as JSON.
    var rawUsage: [UInt8]?
    /// What reads such an object; nil where none is taken.
    let rawUsageReader: RawUsageReader?
    /// A bit for each field that was there.
    private var seen: UInt64 = 0

    init(rawUsage reader: RawUsageReader? = nil) {
        rawUsageReader = reader
    }

    static let nameLimit = 128
    static let tagLimit = 16
    static let tagKeyLimit = 64
    static let tagValueLimit = 256

    static let fields = NameTable(
        EventField.allCases.enumerated().map { ($1.rawValue, (field: $1, bit: UInt64(1) << UInt64($0))) }
    )

    /// Reads an event object; the reader stands before its brace.
    static func parse(
        _ reader: inout JSONReader,
        rawUsage: RawUsageReader? = nil
    ) throws(JSONReader.SyntaxError) -> Result<ReportedEvent, FieldProblems> {
        var parser = EventParser(rawUsage: rawUsage)
        var more = try reader.beginObject()
        while more {
            let name = try reader.string()
            try reader.colon()
            try parser.readMember(name, &reader)
            more = try reader.nextMember()
        }
        return parser.finish()
    }

    /// Reads a member of the event, whose colon has been read; one of another name is skipped.
    mutating func readMember(_ name: JSONReader.RawString, _ reader: inout JSONReader) throws(JSONReader.SyntaxError) {
        if let known = Self.fields.find(name, in: reader), try reader.peek() != .null {
            try read(known.field, bit: known.bit, &reader)
        } else {
            try reader.skipValue()
        }
    }

    private mutating func read(
        _ field: EventField,
        bit: UInt64,
        _ reader: inout JSONReader
    ) throws(JSONReader.SyntaxError) {
        guard seen & bit == 0 else {
            note(field, .duplicateField, "The field is there twice.")
            return try reader.skipValue()
        }
        seen |= bit
        switch field {
        case .usage: try readUsage(&reader)
        case .custom: try readCustom(&reader)
        case .rawUsage: try readRawUsage(&reader)
        case .tags: try readTags(&reader)
        case .costUSD: try readCost(&reader)
        case .latencyMilliseconds: try readLatency(&reader)
        case .routerFee: try readRouterFee(&reader)
        default:
            guard let text = try readText(field.rawValue, &reader) else { return }
            assign(text, to: field)
        }
    }

    private mutating func assign(_ text: String, to field: EventField) {
        switch field {
        case .eventID: body.eventID = text
        // Prices do not tell cases apart, and neither may counts and filters.
        case .provider: body.provider = text.lowercased()
        case .model: body.model = text
        case .mode: body.mode = text
        case .workspace: body.workspace = text
        case .team: body.team = text
        case .project: body.project = text
        case .user: body.user = text
        case .holdID: body.holdID = text
        case .status: body.status = text
        case .traceID: body.traceID = text
        case .serviceTier: body.attributes.serviceTier = text
        case .size: body.attributes.size = text
        case .quality: body.attributes.quality = text
        case .resolution: body.attributes.resolution = text
        case .searchContextSize: body.attributes.searchContextSize = text
        case .dataResidency: body.attributes.dataResidency = text
        case .vertexLocation: body.attributes.vertexLocation = text
        case .inferenceGeo: body.attributes.inferenceGeo = text
        case .speed: body.attributes.speed = text
        case .operation: assignOperation(text)
        case .occurredAt: assignTime(text)
        case .usageConvention: assignConvention(text)
        case .usage, .custom, .rawUsage, .tags, .costUSD, .latencyMilliseconds, .routerFee: break
        }
    }

    private mutating func assignOperation(_ text: String) {
        guard PriceOperation(name: text) != nil else {
            let known = PriceOperation.allCases.map(\.name).joined(separator: ", ")
            return note(.operation, .unknownValue, "Known: \(known).")
        }
        body.operation = text
    }

    private mutating func assignTime(_ text: String) {
        guard let time = Timestamp(rfc3339: text) else {
            return note(.occurredAt, .invalidFormat, "Must be an RFC 3339 date-time, like 2026-11-23T10:00:00Z.")
        }
        body.occurredAt = time.microseconds
    }

    private mutating func assignConvention(_ text: String) {
        guard text == "exclusive" || text == "inclusive" else {
            return note(.usageConvention, .unknownValue, "Must be 'inclusive' (the default) or 'exclusive'.")
        }
        isExclusive = text == "exclusive"
    }

    private mutating func readUsage(_ reader: inout JSONReader) throws(JSONReader.SyntaxError) {
        guard try reader.peek() == .object else {
            note(.usage, .invalidType, "Must be an object of quantities.")
            return try reader.skipValue()
        }
        var parser = usage ?? UsageParser()
        try parser.read(&reader)
        usage = parser
    }

    /// Custom quantities may stand beside `usage` as well as in it.
    private mutating func readCustom(_ reader: inout JSONReader) throws(JSONReader.SyntaxError) {
        var parser = usage ?? UsageParser()
        try parser.readCustom(&reader)
        usage = parser
    }

    private mutating func readCost(_ reader: inout JSONReader) throws(JSONReader.SyntaxError) {
        let text: String?
        switch try reader.peek() {
        case .string: text = reader.text(try reader.string())
        case .number: text = String(decoding: reader.bytes[try reader.number()], as: UTF8.self)
        default:
            text = nil
            try reader.skipValue()
        }
        guard let text, let money = Money(usd: text) else {
            return note(.costUSD, .invalidFormat, "Must be a decimal string in USD with at most 12 decimals.")
        }
        guard money >= .zero, money <= .eventLimit else {
            return note(.costUSD, .outOfRange, "Must be from 0 to 1000000.")
        }
        body.cost = money.picoDollars
    }

    private mutating func readLatency(_ reader: inout JSONReader) throws(JSONReader.SyntaxError) {
        guard try reader.peek() == .number else {
            note(.latencyMilliseconds, .invalidType, "Must be a number of milliseconds.")
            return try reader.skipValue()
        }
        let text = reader.bytes[try reader.number()]
        let plain = text.count <= 12 ? UsageParser.plainInteger(text) : nil
        let value = plain.map { Int128($0) } ?? DecimalText.parse(text, scale: 0, rounding: true)
        guard let value, (0...1_000_000_000).contains(value) else {
            return note(.latencyMilliseconds, .outOfRange, "Must be from 0 to 1000000000.")
        }
        body.latency = Int64(value)
    }

    private mutating func readRouterFee(_ reader: inout JSONReader) throws(JSONReader.SyntaxError) {
        guard try reader.peek() == .boolean else {
            note(.routerFee, .invalidType, "Must be true or false.")
            return try reader.skipValue()
        }
        body.attributes.routerFee = try reader.boolean()
    }
}
