internal import Domain
internal import ServiceRuntime

/// An event that is put together from a record's fields, by paths such as `usage.input_tokens` and `tags.feature`.
struct EventDraft {
    private(set) var event = JSONValue.object([])

    /// Sets a field; an empty text is none.
    mutating func set(_ path: String, _ value: JSONValue?) {
        guard let value, value != .null, value != .string("") else { return }
        let parts = path.split(separator: ".", maxSplits: 2).map(String.init)
        // A tag's name may have dots.
        let names = parts.first == "tags" ? path.split(separator: ".", maxSplits: 1).map(String.init) : parts
        event = Self.setting(names[...], of: event, to: Self.typed(value, at: names))
    }

    /// Sets a quantity of `usage`, when it is more than zero or a total.
    mutating func set(_ quantity: UsageQuantity, _ value: JSONValue?) {
        set("usage.\(quantity.rawValue)", value)
    }

    private static func setting(_ path: ArraySlice<String>, of object: JSONValue, to value: JSONValue) -> JSONValue {
        guard let name = path.first else { return value }
        guard case .object(var members) = object else { return object }
        let inner = setting(path.dropFirst(), of: object[name] ?? .object([]), to: value)
        members.removeAll { $0.name == name }
        members.append(JSONValue.Member(name, inner))
        return .object(members)
    }

    /// Tables know texts only: quantities and times become what the API takes.
    private static func typed(_ value: JSONValue, at path: [String]) -> JSONValue {
        switch path.first {
        case "usage", "custom", "latency_ms":
            guard let text = value.text, let number = DecimalText.parse(text.utf8, scale: 6) else { return value }
            return .number(DecimalText.formatShortest(number, scale: 6))
        case "raw_usage": return value.text.flatMap { try? JSONValue(parsing: Array($0.utf8)) } ?? value
        case "occurred_at": return ImportTime.text(of: value).map { .string($0) } ?? value
        case "tags": return value.text == nil ? .string(String(decoding: value.bytes, as: UTF8.self)) : value
        default: return value
        }
    }
}

/// Times as databases and providers write them.
enum ImportTime {
    /// The time as the API takes it; nil when it is none.
    ///
    /// Read are RFC 3339, PostgreSQL's and Python's texts (a time without a zone is UTC), days, and seconds since 1970.
    static func text(of value: JSONValue) -> String? {
        if let number = value.numberText { return seconds(number) }
        guard let text = value.text else { return nil }
        if !text.contains("-") { return seconds(text) }
        var moment = text.utf8.count == 10 ? "\(text)T00:00:00" : text
        if let space = moment.firstIndex(of: " ") { moment.replaceSubrange(space...space, with: "T") }
        let zone = moment.dropFirst(11).firstIndex { $0 == "+" || $0 == "-" || $0 == "Z" || $0 == "z" }
        guard let zone else { return checked("\(moment)Z") }
        // PostgreSQL writes +00 where RFC 3339 has +00:00, some exports put a space before the zone.
        let digits = moment[zone...].filter { $0 != ":" }
        let head = moment[..<zone].filter { $0 != " " }
        switch digits.count {
        case 1: return checked("\(head)Z")
        case 3: return checked("\(head)\(digits):00")
        case 5: return checked("\(head)\(digits.prefix(3)):\(digits.suffix(2))")
        default: return nil
        }
    }

    private static func checked(_ text: String) -> String? {
        Timestamp(rfc3339: text)?.rfc3339
    }

    private static func seconds(_ text: String) -> String? {
        guard let value = DecimalText.parse(text.utf8, scale: 6, rounding: true), (0..<1 << 60).contains(value) else {
            return nil
        }
        return Timestamp(microseconds: Int64(value)).rfc3339
    }
}
