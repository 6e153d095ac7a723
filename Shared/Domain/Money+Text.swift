extension Money: CustomStringConvertible {
    /// Reads a decimal string in USD with at most 12 digits after the point; `nil` when it is none or does not fit.
    package init?(usd text: some StringProtocol) {
        guard
            let value = DecimalText.parse(text.utf8, scale: MoneySum.fractionDigits),
            let picoDollars = Int64(exactly: value)
        else { return nil }
        self.init(picoDollars: picoDollars)
    }

    /// The decimal number in USD with 12 digits after the point.
    package var text: ShortText { DecimalText.text(picoDollars, scale: MoneySum.fractionDigits) }

    /// The decimal string in USD with 12 digits after the point, as it goes over the wire.
    package var usd: String {
        text.string
    }

    package var description: String { usd }
}

extension MoneySum: CustomStringConvertible {
    /// Digits after the point of a decimal string in USD.
    package static let fractionDigits = 12

    /// Reads a decimal string in USD with at most 12 digits after the point.
    package init?(usd text: some StringProtocol) {
        guard let value = DecimalText.parse(text.utf8, scale: Self.fractionDigits) else { return nil }
        self.init(picoDollars: value)
    }

    /// The decimal string in USD with 12 digits after the point.
    package var usd: String {
        DecimalText.format(picoDollars, scale: Self.fractionDigits)
    }

    package var description: String { usd }
}
