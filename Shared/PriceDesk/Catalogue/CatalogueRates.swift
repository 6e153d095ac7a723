internal import Domain
internal import ServiceRuntime

/// The rates of one price as the file has them, under the keys of LiteLLM's map.
struct CatalogueRates {
    /// Amounts by key.
    var flat: [(key: String, rate: String)] = []
    /// Amounts of quantities with names of the client's own.
    var custom: [(name: String, rate: String)] = []
    /// Tiers by key, `custom.` and the name for a custom quantity.
    var tiered: [(key: String, tiers: [Tier])] = []

    /// A marginal tier of a month's volume.
    struct Tier {
        /// Where it ends, in units of the quantity; `nil` for the last.
        var upTo: Int64?
        /// An amount, or an amount per so many units: `0.016/60`.
        var rate: String
    }

    var isEmpty: Bool { flat.isEmpty && custom.isEmpty && tiered.isEmpty }

    func has(_ key: String) -> Bool {
        flat.contains { $0.key == key } || tiered.contains { $0.key == key }
    }

    /// The price's content: JSON with the fields of LiteLLM's map and Oliver's own.
    func content(provider: String, mode: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("litellm_provider", provider)
        writer.member("mode", mode)
        for rate in flat { writer.member(rate.key, rate.rate) }
        if !custom.isEmpty {
            writer.key("custom")
            writer.beginObject()
            for rate in custom { writer.member(rate.name, rate.rate) }
            writer.endObject()
        }
        if !tiered.isEmpty {
            writer.key("volume_tiers")
            writer.beginObject()
            for quantity in tiered { Self.write(quantity.tiers, under: quantity.key, to: &writer) }
            writer.endObject()
        }
        writer.endObject()
        return writer.bytes
    }

    private static func write(_ tiers: [Tier], under key: String, to writer: inout JSONWriter) {
        writer.key(key)
        writer.beginArray()
        for tier in tiers {
            writer.beginObject()
            if let upTo = tier.upTo { writer.member("up_to", upTo) }
            writer.member("rate", tier.rate)
            writer.endObject()
        }
        writer.endArray()
    }
}

/// How many units an amount is for, or a tier ends at: a count, a unit of time, or both.
enum CatalogueUnits {
    private static let counts: [String: Int64] = ["thousand": 1_000, "million": 1_000_000]
    private static let seconds: [String: Int64] = [
        "second": 1, "seconds": 1, "minute": 60, "minutes": 60, "hour": 3_600, "hours": 3_600,
    ]

    /// Reads `1000`, `4 million`, `hour` or `60 minutes`; `nil` for anything else.
    ///
    /// - Parameters:
    ///   - text: The text.
    ///   - isTime: Whether the quantity is counted in seconds: only then are there minutes and hours of it.
    /// - Returns: The units, at least 1.
    static func read(_ text: String, isTime: Bool) -> Int64? {
        let words = text.split(separator: " ").map(String.init)
        guard let first = words.first, words.count <= 2 else { return nil }
        let unit = words.count == 2 ? words[1] : Int64(first) == nil ? first : nil
        let count = words.count == 2 || unit == nil ? Int64(first) : 1
        guard let count, count > 0 else { return nil }
        guard let unit else { return count }
        guard let size = counts[unit] ?? (isTime ? seconds[unit] : nil) else { return nil }
        let (units, overflow) = count.multipliedReportingOverflow(by: size)
        return overflow ? nil : units
    }
}
