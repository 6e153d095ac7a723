internal import FoundationEssentials
internal import HTTPTypes
internal import ServiceRuntime
internal import Wire

/// A CloudEvent (specification 1.0) whose data is a usage event.
struct CloudEvent {
    /// The types that are read; their data is what `POST /v1/record` takes.
    static let types = ["oliver.usage", "oliver.usage.v1"]

    /// The usage event: its data, with the envelope's id and time where the data has none.
    let event: JSONValue

    /// Reads an envelope.
    ///
    /// - Parameters:
    ///   - attribute: The envelope's attributes, by name.
    ///   - data: The event's data.
    /// - Throws: Every fault of the envelope.
    init(attribute: (String) -> String?, data: JSONValue?) throws(FieldProblems) {
        var faults: [FieldProblem] = []
        func required(_ name: String) -> String {
            if let text = attribute(name), !text.isEmpty { return text }
            faults.append(FieldProblem(name, .missing, "A CloudEvent has this attribute."))
            return ""
        }
        let (id, source, type) = (required("id"), required("source"), required("type"))
        if !required("specversion").utf8.elementsEqual("1.0".utf8), faults.last?.name != "specversion" {
            faults.append(FieldProblem("specversion", .unknownValue, "Must be 1.0."))
        }
        // By bytes: comparing texts takes the square of a hostile one's length.
        if !type.isEmpty, !Self.types.contains(where: { $0.utf8.elementsEqual(type.utf8) }) {
            faults.append(FieldProblem("type", .unknownValue, "Must be oliver.usage: other events are not read."))
        }
        guard case .object(var members)? = data else {
            faults.append(FieldProblem("data", .invalidType, "Must be a usage event, as POST /v1/record takes it."))
            throw FieldProblems(faults)
        }
        if data?["provider"] == nil, data?["events"]?.list != nil {
            faults.append(FieldProblem("data", .invalidType, "Must be one usage event, no list: send each by itself."))
        }
        guard faults.isEmpty else { throw FieldProblems(faults) }
        func add(_ name: String, _ value: String?) {
            guard let value, data?[name] == nil else { return }
            members.removeAll { $0.name.utf8.elementsEqual(name.utf8) }
            members.append(JSONValue.Member(name, .string(value)))
        }
        add("event_id", EventName.make("ce", source, id))
        add("occurred_at", attribute("time"))
        add("trace_id", attribute("traceparent").flatMap(Self.traceID(of:)))
        event = .object(members)
    }

    /// An event in the JSON format.
    init(_ envelope: JSONValue) throws(FieldProblems) {
        try self.init(attribute: { envelope[$0]?.text }, data: try Self.data(of: envelope))
    }

    /// An event in binary mode: attributes in headers, the data in the body.
    init(headers: HTTPFields, body: JSONValue) throws(FieldProblems) {
        try self.init(
            attribute: { name in
                HTTPField.Name("ce-\(name)").flatMap { headers[$0] }.map { percentDecoded($0[...]) ?? $0 }
            },
            data: body
        )
    }

    private static func data(of envelope: JSONValue) throws(FieldProblems) -> JSONValue? {
        guard let encoded = envelope["data_base64"]?.text else { return envelope["data"] }
        guard let bytes = Data(base64Encoded: encoded), let data = try? JSONValue(parsing: Array(bytes)) else {
            throw FieldProblems([FieldProblem("data_base64", .invalidFormat, "Must be JSON in base 64.")])
        }
        return data
    }

    /// The trace of a `traceparent` (W3C Trace Context): version, trace, parent, flags.
    private static func traceID(of text: String) -> String? {
        let parts = text.utf8.split(separator: UInt8(ascii: "-"))
        return parts.count >= 4 && parts[1].count == 32 ? String(parts[1]) : nil
    }
}
