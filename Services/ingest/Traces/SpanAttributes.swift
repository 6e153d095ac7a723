internal import Domain

/// A span's attributes and its resource's, by name.
struct SpanAttributes {
    private var own: [String: OTLPAnyValue] = [:]
    private let resource: SpanResource

    init(_ span: OTLPSpan, resource: SpanResource) {
        self.resource = resource
        own = Self.byName(span.attributes)
    }

    /// Attributes by name; of two with one name the first counts.
    ///
    /// Names that take too long to compare are left out: nobody counts by them.
    static func byName(_ attributes: [OTLPKeyValue]) -> [String: OTLPAnyValue] {
        let plain = attributes.lazy.filter { $0.key.isQuickToCompare }
        return Dictionary(plain.map { ($0.key, $0.value) }) { first, _ in first }
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
        names.lazy.compactMap { own[$0]?.text }.first ?? names.lazy.compactMap { resource.texts[$0] }.first
    }

    /// The first of the span's attributes that is a number, in decimal text.
    func number(_ names: [String]) -> String? {
        names.lazy.compactMap { own[$0]?.number }.first
    }

    /// The span's attributes whose names begin so, by the rest of their names.
    func prefixed(_ prefix: String) -> [String: String] {
        var found: [String: String] = [:]
        for (name, value) in own where name.hasPrefix(prefix) {
            found[String(name.dropFirst(prefix.count))] = value.text
        }
        return found
    }

    /// The first of the resource's tags, by name, that the span does not set itself.
    func resourceTags(limit: Int) -> some Sequence<SpanResource.Tag> {
        resource.tags.lazy.filter { own[$0.attribute] == nil }.prefix(limit)
    }
}

extension String {
    /// Whether it can be a key of a dictionary, or be compared, in time that grows with its length only.
    ///
    /// Comparing brings a text into Unicode's normal form first, which takes the square of the number of marks in a
    /// row; ASCII is in that form.
    var isQuickToCompare: Bool {
        utf8.count <= 256 || utf8.allSatisfy { $0 < 0x80 }
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
