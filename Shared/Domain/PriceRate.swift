/// The price of one quantity: an exact amount of USD per so many units.
///
/// The amount is an integer count of 10⁻²⁷ USD, which is exact for every published rate and for half of it.
package struct Rate: Hashable, Sendable {
    /// Digits after the point of the amount.
    package static let fractionDigits = 27

    /// The amount in 10⁻²⁷ USD.
    package var value: Int128
    /// How many units the amount buys: 1, 3600 for an hourly price of seconds, 10⁶ …; at least 1.
    package var per: Int64

    package init(value: Int128, per: Int64 = 1) {
        self.value = value
        self.per = max(per, 1)
    }

    /// Reads a rate from its decimal text in USD; digits beyond 10⁻²⁷ are rounded half to even.
    ///
    /// It is `nil` when the text is no number, is negative, does not fit, or ``vanishes(_:)``.
    ///
    /// - Parameters:
    ///   - text: The number as the source wrote it.
    ///   - per: How many units it buys.
    package init?(usd text: some Collection<UInt8>, per: Int64 = 1) {
        guard
            let value = DecimalText.parse(text, scale: Self.fractionDigits, rounding: true),
            value > 0 || (value == 0 && !Self.vanishes(text))
        else { return nil }
        self.init(value: value, per: per)
    }

    /// Whether a number is not zero and too small to be held: taken as zero, what costs something would be free.
    package static func vanishes(_ text: some Collection<UInt8>) -> Bool {
        let digits = text.prefix { $0 != UInt8(ascii: "e") && $0 != UInt8(ascii: "E") && $0 != UInt8(ascii: "/") }
        guard digits.contains(where: { (UInt8(ascii: "1")...UInt8(ascii: "9")).contains($0) }) else { return false }
        let amount = text.prefix { $0 != UInt8(ascii: "/") }
        return DecimalText.parse(amount, scale: fractionDigits, rounding: true) == 0
    }

    /// Reads what `text` writes: `0.0000025`, or `0.22/3600` for 0.22 USD per 3,600 units.
    ///
    /// It is `nil` when the amount is none or the number of units is not within `unitLimit`.
    package init?(text: some Collection<UInt8>) {
        guard let slash = text.firstIndex(of: UInt8(ascii: "/")) else {
            self.init(usd: text)
            return
        }
        guard
            let per = DecimalText.parse(text[text.index(after: slash)...], scale: 0),
            per >= 1, per <= Int128(Self.unitLimit)
        else { return nil }
        self.init(usd: text[..<slash], per: Int64(per))
    }

    /// The most units that an amount may be for.
    package static let unitLimit: Int64 = 1_000_000_000

    /// The rate as text, exact: the shortest amount, and the number of units behind a slash when it is not one.
    package var text: String { per == 1 ? usd : "\(usd)/\(per)" }

    /// Half of the rate, exactly.
    package var halved: Rate {
        value % 2 == 0 ? Rate(value: value / 2, per: per) : Rate(value: value, per: per * 2)
    }

    /// Whether the rate says explicitly that the quantity costs nothing.
    package var isFree: Bool { value == 0 }

    /// The shortest decimal text of the amount, for example `0.0000025`.
    package var usd: String {
        DecimalText.formatShortest(value, scale: Self.fractionDigits)
    }
}
