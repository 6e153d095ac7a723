/// How much of a quantity was used: a non-negative decimal, exact to a millionth.
package struct Amount: Hashable, Sendable, Comparable {
    /// Millionths of a unit.
    package var millionths: Int64

    /// Nothing.
    package static let zero = Amount(millionths: 0)

    /// The largest amount of one quantity in one event: 10¹².
    package static let limit = Amount(millionths: 1_000_000_000_000_000_000)

    package init(millionths: Int64) {
        self.millionths = millionths
    }

    /// So many whole units; the caller has checked that they are at most `limit`.
    ///
    /// What nobody checked and does not fit becomes the largest number there is: wrong, but no end of the process.
    package init(units: Int64) {
        let (millionths, isTooLarge) = units.multipliedReportingOverflow(by: 1_000_000)
        self.millionths = isTooLarge ? (units < 0 ? .min : .max) : millionths
    }

    /// Whole units when there is no fraction.
    package var wholeUnits: Int64? {
        millionths % 1_000_000 == 0 ? millionths / 1_000_000 : nil
    }

    /// The shortest decimal text, for example `1200` or `2.5`.
    package var text: String {
        DecimalText.formatShortest(Int128(millionths), scale: 6)
    }

    package static func < (left: Amount, right: Amount) -> Bool {
        left.millionths < right.millionths
    }
}
