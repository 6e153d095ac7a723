internal import Domain
internal import ServiceRuntime

/// The quantities that a span tells, in decimal text as it wrote them: what is no count is found by the event's reader.
struct SpanUsage {
    private(set) var items: [(quantity: UsageQuantity, text: String)] = []

    init(_ attributes: SpanAttributes) {
        for (quantity, names) in SpanNames.quantities {
            if let text = attributes.number(names) { items.append((quantity, text)) }
        }
        let hour = attributes.number(SpanNames.written1h)
        if amount(of: .cacheWriteTokens) == nil {
            let parts = [attributes.number(SpanNames.written5m), hour].compactMap(\.self)
            if !parts.isEmpty { items.append((.cacheWriteTokens, Self.sum(of: parts))) }
        }
        if let hour { items.append((.cacheWrite1hTokens, hour)) }
        includeCache()
    }

    /// The sum of counts, or the first text that is no count.
    private static func sum(of texts: [String]) -> String {
        var sum: Int128 = 0
        for text in texts {
            guard let count = Int128(text), count >= 0 else { return text }
            let (more, isTooLarge) = sum.addingReportingOverflow(count)
            guard !isTooLarge else { return text }
            sum = more
        }
        return String(sum)
    }

    /// How much it tells: a report without any quantity is the poorest, and one that splits cache writes by their
    /// lifetime tells more than one that does not.
    var rank: Int { items.count * 10 }

    /// The event's `usage`.
    ///
    /// A call of which nobody says what it used has no price; one that failed before it answered used nothing.
    func json(isFailed: Bool) -> JSONValue {
        guard items.isEmpty else {
            return .object(items.map { JSONValue.Member($0.quantity.rawValue, .number($0.text)) })
        }
        return isFailed ? ["input_tokens": 0, "output_tokens": 0] : ["custom": ["unreported_calls": 1]]
    }

    /// Input is a total, also in spans.
    ///
    /// Where it is less than what was read from and written to the cache, it cannot be
    /// one: those counts are then added.
    private mutating func includeCache() {
        let cached = (amount(of: .cacheReadTokens) ?? 0) + (amount(of: .cacheWriteTokens) ?? 0)
        guard let index = items.firstIndex(where: { $0.quantity == .inputTokens }),
            let input = Int64(items[index].text), input >= 0, input < cached
        else { return }
        items[index].text = String(input + cached)
    }

    private func amount(of quantity: UsageQuantity) -> Int64? {
        items.first { $0.quantity == quantity }.flatMap { Int64($0.text) }.flatMap {
            (0...1_000_000_000_000).contains($0) ? $0 : nil
        }
    }
}
