internal import Domain

/// A span's attributes and its resource's, by name.
struct SpanAttributes {
    private var own: [String: OTLPAnyValue] = [:]
    private let resource: [String: OTLPAnyValue]

    init(_ span: OTLPSpan, resource: [String: OTLPAnyValue]) {
        self.resource = resource
        own = Self.byName(span.attributes)
    }

    /// Attributes by name; of two with one name the first counts.
    static func byName(_ attributes: [OTLPKeyValue]) -> [String: OTLPAnyValue] {
        Dictionary(attributes.map { ($0.key, $0.value) }) { first, _ in first }
    }

    /// Whether the span has an attribute that begins so.
    func hasAny(_ prefixes: [String]) -> Bool {
        own.keys.contains { name in prefixes.contains { name.hasPrefix($0) } }
    }

    /// The first of the span's attributes that is a text and not empty.
    func text(_ names: [String]) -> String? {
        names.lazy.compactMap { own[$0]?.text }.first
    }

    /// The first of the attributes that is there, on the span or else on its resource, as text.
    func anywhere(_ names: [String]) -> String? {
        names.lazy.compactMap { own[$0]?.text }.first ?? names.lazy.compactMap { resource[$0]?.text }.first
    }

    /// The first of the span's attributes that is a number, in decimal text.
    func number(_ names: [String]) -> String? {
        names.lazy.compactMap { own[$0]?.number }.first
    }

    /// The attributes whose names begin so, by the rest of their names; the span's go before the resource's.
    func prefixed(_ prefix: String) -> [String: String] {
        var found: [String: String] = [:]
        for (name, value) in resource.merging(own, uniquingKeysWith: { $1 }) where name.hasPrefix(prefix) {
            found[String(name.dropFirst(prefix.count))] = value.text
        }
        return found
    }
}

extension OTLPAnyValue {
    /// A text that is not empty; numbers and flags as they are written.
    var text: String? {
        switch value {
        case .stringValue(let text): text.isEmpty ? nil : text
        case .boolValue(let flag): flag ? "true" : "false"
        case .intValue(let number): String(number)
        case .doubleValue, nil: nil
        }
    }

    /// A number in decimal text.
    ///
    /// Some write counts as texts, some as floating numbers.
    var number: String? {
        switch value {
        case .intValue(let number): String(number)
        case .stringValue(let text):
            DecimalText.parse(text.utf8, scale: 6).map { DecimalText.formatShortest($0, scale: 6) }
        case .doubleValue(let number): Int64(exactly: number).map { String($0) }
        case .boolValue, nil: nil
        }
    }
}
