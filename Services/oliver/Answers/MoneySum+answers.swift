internal import Domain

extension MoneySum: Decodable {
    /// Reads decimal text in USD, as all answers write money.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let sum = MoneySum(usd: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "is no amount of USD")
        }
        self = sum
    }
}

extension MoneySum {
    /// USD as people read them: exact, with two decimals at least and no zeros behind.
    var shown: String {
        let text = DecimalText.formatShortest(picoDollars, scale: Self.fractionDigits)
        let decimals = text.split(separator: ".", omittingEmptySubsequences: false).dropFirst().first?.utf8.count ?? 0
        return switch decimals {
        case 0: text + ".00"
        case 1: text + "0"
        default: text
        }
    }

    /// This sum less another one.
    ///
    /// Sums are far from the bounds of 128 bits: an installation's reports stay below 10²⁴ USD.
    func less(_ other: MoneySum) -> MoneySum {
        MoneySum(picoDollars: picoDollars - other.picoDollars)
    }
}
