/// An unsigned integer of 256 bits, for costs that do not fit 128 bits on the way to being rounded.
struct WideNumber: Hashable, Sendable {
    var high: UInt128
    var low: UInt128

    static let zero = WideNumber(high: 0, low: 0)

    init(high: UInt128, low: UInt128) {
        self.high = high
        self.low = low
    }

    /// The product of two numbers, which always fits.
    init(_ left: UInt128, times right: UInt128) {
        let product = left.multipliedFullWidth(by: right)
        high = product.high
        low = product.low
    }

    /// The sum, or `nil` when it does not fit.
    func adding(_ other: WideNumber) -> WideNumber? {
        let (low, carry) = low.addingReportingOverflow(other.low)
        let (partial, overflow) = high.addingReportingOverflow(other.high)
        let (high, overflowed) = partial.addingReportingOverflow(carry ? 1 : 0)
        return overflow || overflowed ? nil : WideNumber(high: high, low: low)
    }

    /// The product with a small number, or `nil` when it does not fit.
    func multiplied(by factor: UInt64) -> WideNumber? {
        let lower = low.multipliedFullWidth(by: UInt128(factor))
        let (upper, overflow) = high.multipliedReportingOverflow(by: UInt128(factor))
        let (high, overflowed) = upper.addingReportingOverflow(lower.high)
        return overflow || overflowed ? nil : WideNumber(high: high, low: lower.low)
    }

    /// The quotient and remainder of a division by a small positive number.
    func divided(by divisor: UInt64) -> (quotient: WideNumber, remainder: UInt64) {
        guard high != 0 || low >> 64 != 0 else {
            let (quotient, remainder) = UInt64(truncatingIfNeeded: low).quotientAndRemainder(dividingBy: divisor)
            return (WideNumber(high: 0, low: UInt128(quotient)), remainder)
        }
        var remainder: UInt64 = 0
        let high = Self.divide(high, by: divisor, &remainder)
        let low = Self.divide(low, by: divisor, &remainder)
        return (WideNumber(high: high, low: low), remainder)
    }

    private static func divide(_ value: UInt128, by divisor: UInt64, _ remainder: inout UInt64) -> UInt128 {
        let upper = divisor.dividingFullWidth((remainder, UInt64(truncatingIfNeeded: value >> 64)))
        let lower = divisor.dividingFullWidth((upper.remainder, UInt64(truncatingIfNeeded: value)))
        remainder = lower.remainder
        return UInt128(upper.quotient) << 64 | UInt128(lower.quotient)
    }
}
