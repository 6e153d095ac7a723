/// An amount of money: an exact count of pico-dollars (10⁻¹² USD).
///
/// One event's cost always fits `Int64`; sums of many use `MoneySum`.
package struct Money: Hashable, Sendable, Comparable {
    /// Pico-dollars, 10⁻¹² USD.
    package var picoDollars: Int64

    /// No money.
    package static let zero = Money(picoDollars: 0)

    /// The largest cost one event may have: 10⁶ USD.
    ///
    /// A cost beyond it is unpriced, reason `out_of_range`.
    package static let eventLimit = Money(picoDollars: 1_000_000_000_000_000_000)

    package init(picoDollars: Int64) {
        self.picoDollars = picoDollars
    }

    package static func < (left: Money, right: Money) -> Bool {
        left.picoDollars < right.picoDollars
    }

    package static prefix func - (money: Money) -> Money {
        Money(picoDollars: -money.picoDollars)
    }
}

/// A sum of many costs in pico-dollars, exact in 128 bits.
package struct MoneySum: Hashable, Sendable, Comparable {
    /// Pico-dollars, 10⁻¹² USD.
    package var picoDollars: Int128

    /// No money.
    package static let zero = MoneySum(picoDollars: 0)

    package init(picoDollars: Int128) {
        self.picoDollars = picoDollars
    }

    /// The sum that holds one amount.
    package init(_ money: Money) {
        self.picoDollars = Int128(money.picoDollars)
    }

    package static func < (left: MoneySum, right: MoneySum) -> Bool {
        left.picoDollars < right.picoDollars
    }

    package static func + (left: MoneySum, right: MoneySum) -> MoneySum {
        MoneySum(picoDollars: left.picoDollars + right.picoDollars)
    }

    package static func - (left: MoneySum, right: MoneySum) -> MoneySum {
        MoneySum(picoDollars: left.picoDollars - right.picoDollars)
    }

    package static func += (sum: inout MoneySum, money: Money) {
        sum.picoDollars += Int128(money.picoDollars)
    }

    package static func += (sum: inout MoneySum, other: MoneySum) {
        sum.picoDollars += other.picoDollars
    }
}
