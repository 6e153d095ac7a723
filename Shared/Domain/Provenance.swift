/// How a cost came about: enough to compute it again and get the same pico-dollar.
package struct Provenance: Hashable, Sendable {
    /// Where the price came from.
    package var source: PriceSource
    /// The version of the price entry, made from its content, so that all replicas agree on it; 0 when there is none.
    package var priceVersion: UInt64
    /// The key of the price entry in its source; empty when there is none.
    package var key: String
    /// The rules that took part.
    package var rules: PriceRules
    /// What a person may want to look at.
    package var flags: CostFlags
    /// What the cost of tokens was multiplied by, in 10⁻¹²; 10¹² is 1.
    package var multiplier: Int64
    /// How much of the tiered quantity the calendar month (UTC) had before the event, in millionths; `nil` when no
    /// volume tier took part.
    package var startVolume: Int64?

    /// A multiplier of 1.
    package static let unitMultiplier: Int64 = 1_000_000_000_000

    package init(
        source: PriceSource,
        priceVersion: UInt64 = 0,
        key: String = "",
        rules: PriceRules = [],
        flags: CostFlags = [],
        multiplier: Int64 = Provenance.unitMultiplier,
        startVolume: Int64? = nil
    ) {
        self.source = source
        self.priceVersion = priceVersion
        self.key = key
        self.rules = rules
        self.flags = flags
        self.multiplier = multiplier
        self.startVolume = startVolume
    }

    /// The multiplier as shortest decimal text, for example `1.1`.
    package var multiplierText: String {
        DecimalText.formatShortest(Int128(multiplier), scale: 12)
    }

    /// The version as 16 hexadecimal digits.
    package var priceVersionText: String {
        let digits = String(priceVersion, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}
