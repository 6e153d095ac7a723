import Domain

/// The exact sum of a cost's lines, rounded once at the end.
///
/// Almost all lines are whole units at a price of one unit: they add up in 128 bits. The rest, fractions, hourly prices
/// and multiplied costs, go through 256 bits.
struct CostTotal {
    /// The sum of the simple lines, in 10⁻²⁷ USD.
    private var simple: Int128 = 0
    /// The sum of the others: a count of 10⁻⁴⁵ USD / `denominator`.
    private var wide = WideNumber.zero
    private var denominator: UInt64 = 1
    private var overflowed = false

    /// Digits after the point of the wide sum: 27 of a rate, 6 of a quantity, 12 of a multiplier.
    private static let wideScale = 45
    private static let tenTo9: UInt64 = 1_000_000_000
    private static let tenTo15: UInt64 = 1_000_000_000_000_000
    private static let tenTo18: UInt64 = 1_000_000_000_000_000_000

    /// Adds a line: millionths of a unit at a rate, times a multiplier in 10⁻¹².
    @inline(__always)
    mutating func add(_ millionths: Int64, at rate: ResolvedRate, multiplier: Int64) {
        let (units, fraction) = millionths.quotientAndRemainder(dividingBy: 1_000_000)
        guard fraction == 0, rate.per == 1, multiplier == Provenance.unitMultiplier else {
            return addWide(millionths, at: rate, multiplier: multiplier)
        }
        let (product, tooLarge) = rate.value.multipliedReportingOverflow(by: Int128(units))
        let (sum, carried) = simple.addingReportingOverflow(product)
        simple = sum
        if tooLarge || carried { overflowed = true }
    }

    private mutating func addWide(_ millionths: Int64, at rate: ResolvedRate, multiplier: Int64) {
        let factor = UInt128(UInt64(millionths)) * UInt128(UInt64(multiplier))
        let per = UInt64(rate.per)
        let common = denominator / Self.greatestCommonDivisor(denominator, per)
        let (scaled, tooLarge) = common.multipliedReportingOverflow(by: per)
        guard
            !tooLarge,
            let term = WideNumber(factor, times: UInt128(rate.value)).multiplied(by: scaled / per),
            let rescaled = wide.multiplied(by: scaled / denominator),
            let sum = rescaled.adding(term)
        else {
            overflowed = true
            return
        }
        wide = sum
        denominator = scaled
    }

    /// The cost in USD, rounded half to even to a pico-dollar; `nil` when it is beyond what one event may cost.
    var money: Money? {
        guard !overflowed else { return nil }
        if wide == .zero { return roundedSimple() }
        guard let (value, divisor) = combined() else { return nil }
        // 10⁻⁴⁵ / denominator → 10⁻¹²: the last divisor is even, so that the half can be seen from its remainder.
        let (first, firstRest) = value.divided(by: divisor)
        let (second, secondRest) = first.divided(by: Self.tenTo18)
        let (third, thirdRest) = second.divided(by: Self.tenTo15)
        let isExactSoFar = firstRest == 0 && secondRest == 0
        return Self.rounded(third, rest: thirdRest, isExactSoFar: isExactSoFar)
    }

    private func roundedSimple() -> Money? {
        // 10⁶ USD are 10³³ units of 10⁻²⁷, which are less than 2¹¹⁰: one hardware division is enough.
        guard simple >> 110 == 0 else { return nil }
        let parts = (UInt64(truncatingIfNeeded: simple >> 64), UInt64(truncatingIfNeeded: simple))
        guard parts.0 < Self.tenTo15 else { return nil }
        let (quotient, rest) = Self.tenTo15.dividingFullWidth(parts)
        return Self.rounded(WideNumber(high: 0, low: UInt128(quotient)), rest: rest, isExactSoFar: true)
    }

    @inline(__always)
    private static func rounded(_ value: WideNumber, rest: UInt64, isExactSoFar: Bool) -> Money? {
        guard value.high == 0, value.low <= UInt128(tenTo18) else { return nil }
        let half = tenTo15 / 2
        let isOdd = value.low & 1 == 1
        let up = rest > half || (rest == half && (!isExactSoFar || isOdd))
        let picoDollars = Int64(truncatingIfNeeded: value.low) + (up ? 1 : 0)
        let isBeyond =
            picoDollars > Int64(tenTo18) || (picoDollars == Int64(tenTo18) && !up && (rest != 0 || !isExactSoFar))
        return isBeyond ? nil : Money(picoDollars: picoDollars)
    }

    /// The cost before rounding, as shortest decimal text; one that never ends is cut at 45 digits.
    var exactText: String {
        if wide == .zero {
            return DecimalWriter.shortest(
                WideNumber(high: 0, low: UInt128(simple.magnitude)),
                scale: Rate.fractionDigits
            )
        }
        guard let (value, divisor) = combined() else { return "0" }
        var (numerator, scale) = (value, Self.wideScale)
        // A denominator of twos and fives ends after a few more digits.
        while numerator.divided(by: divisor).remainder != 0, scale < 60, let longer = numerator.multiplied(by: 10) {
            (numerator, scale) = (longer, scale + 1)
        }
        return DecimalWriter.shortest(numerator.divided(by: divisor).quotient, scale: scale)
    }

    /// All lines as a count of 10⁻⁴⁵ USD and what it is still to be divided by.
    private func combined() -> (WideNumber, UInt64)? {
        let lifted = WideNumber(UInt128(simple.magnitude), times: UInt128(Self.tenTo18)).multiplied(by: denominator)
        return lifted.flatMap(wide.adding).map { ($0, denominator) }
    }

    private static func greatestCommonDivisor(_ left: UInt64, _ right: UInt64) -> UInt64 {
        var (greater, smaller) = (left, right)
        while smaller != 0 { (greater, smaller) = (smaller, greater % smaller) }
        return greater
    }
}
