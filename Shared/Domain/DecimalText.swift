/// Reads and writes decimal numbers as scaled integers, straight from and to their text.
///
/// No binary floating point is involved, so that what a source says in decimal is what is held.
package enum DecimalText {
    /// Parses a JSON-style decimal (`-12.5`, `3e-7`) into an integer count of 10^-`scale`.
    ///
    /// - Parameters:
    ///   - text: UTF-8 bytes of the number, without white space around it.
    ///   - scale: Digits kept after the decimal point, at most 36.
    ///   - rounding: Whether digits beyond the scale are rounded half to even; otherwise they make the result `nil`.
    /// - Returns: The scaled integer, or `nil` when the text is no number or does not fit.
    package static func parse(_ text: some Sequence<UInt8>, scale: Int, rounding: Bool = false) -> Int128? {
        guard var number = Number(text) else { return nil }
        return number.scaled(to: scale, rounding: rounding)
    }

    /// Writes an integer count of 10^-`scale` with exactly `scale` digits after the point.
    package static func format(_ value: Int128, scale: Int) -> String {
        // Nearly all values are small, and dividing 128 bits takes ten times as long.
        if let small = Int64(exactly: value), (1...wordDigits).contains(scale) {
            return text(small, scale: scale).string
        }
        return (value < 0 ? "-" : "") + formatLarge(value.magnitude, scale: scale)
    }

    /// Writes an integer count of 10^-`scale`, which is 1 to 19, with exactly `scale` digits after the point.
    package static func text(_ value: Int64, scale: Int) -> ShortText {
        let (whole, fraction) = value.magnitude.quotientAndRemainder(dividingBy: powers[scale])
        var text = ShortText()
        if value < 0 { text.append("-") }
        text.append(whole)
        text.append(".", fraction, width: scale)
        return text
    }

    /// Decimal digits that a machine word holds whatever they are.
    private static let wordDigits = 19
    private static let powers: [UInt64] = (0..<wordDigits).reduce(into: [1]) { powers, _ in
        powers.append(powers[powers.count - 1] * 10)
    }

    private static func formatLarge(_ magnitude: UInt128, scale: Int) -> String {
        var digits = String(magnitude)
        if digits.utf8.count <= scale {
            digits = String(repeating: "0", count: scale + 1 - digits.utf8.count) + digits
        }
        let point = digits.index(digits.endIndex, offsetBy: -scale)
        return scale == 0 ? digits : "\(digits[..<point]).\(digits[point...])"
    }

    /// Writes an integer count of 10^-`scale` in its shortest form: no trailing zeros, no trailing point.
    package static func formatShortest(_ value: Int128, scale: Int) -> String {
        let full = format(value, scale: scale)
        guard scale > 0 else { return full }
        let kept = full.utf8.reversed().drop { $0 == UInt8(ascii: "0") }
        let trimmed = kept.first == UInt8(ascii: ".") ? kept.dropFirst() : kept
        return String(full.prefix(trimmed.count))
    }

    /// Divides with one rounding, half to even.
    ///
    /// The divisor must be positive.
    package static func divideHalfToEven(_ dividend: Int128, by divisor: Int128) -> Int128 {
        let (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor)
        let twice = remainder.magnitude.multipliedReportingOverflow(by: 2)
        let above = twice.overflow || twice.partialValue > divisor.magnitude
        let tie = !twice.overflow && twice.partialValue == divisor.magnitude
        guard above || (tie && quotient % 2 != 0) else { return quotient }
        return dividend < 0 ? quotient - 1 : quotient + 1
    }
}

/// Powers of ten that fit 128 bits.
package enum PowerOfTen {
    /// 10^`exponent`, for exponents 0...38, else `nil`.
    package static func value(_ exponent: Int) -> Int128? {
        table.indices.contains(exponent) ? table[exponent] : nil
    }

    private static let table: [Int128] = (0..<38).reduce(into: [1]) { powers, _ in
        powers.append(powers[powers.count - 1] * 10)
    }
}

/// The digits, sign and exponent of a number's text.
private struct Number {
    var isNegative = false
    var digits: Int128 = 0
    var exponent = 0

    init?(_ text: some Sequence<UInt8>) {
        var bytes = text.makeIterator()
        var byte = bytes.next()
        if byte == UInt8(ascii: "-") {
            isNegative = true
            byte = bytes.next()
        }
        guard readDigits(&byte, &bytes, afterPoint: false) else { return nil }
        if byte == UInt8(ascii: ".") {
            byte = bytes.next()
            guard readDigits(&byte, &bytes, afterPoint: true) else { return nil }
        }
        if byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
            guard let written = Self.readExponent(&bytes) else { return nil }
            exponent += written
            byte = nil
        }
        guard byte == nil else { return nil }
    }

    private mutating func readDigits(
        _ byte: inout UInt8?,
        _ bytes: inout some IteratorProtocol<UInt8>,
        afterPoint: Bool
    ) -> Bool {
        var count = 0
        while let digit = byte, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) {
            let (product, tooLarge) = digits.multipliedReportingOverflow(by: 10)
            let (sum, carried) = product.addingReportingOverflow(Int128(digit - UInt8(ascii: "0")))
            guard !tooLarge, !carried else { return false }
            digits = sum
            exponent -= afterPoint ? 1 : 0
            count += 1
            byte = bytes.next()
        }
        return count > 0
    }

    private static func readExponent(_ bytes: inout some IteratorProtocol<UInt8>) -> Int? {
        var byte = bytes.next()
        var sign = 1
        if byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") {
            sign = byte == UInt8(ascii: "-") ? -1 : 1
            byte = bytes.next()
        }
        var value = 0
        var count = 0
        while let digit = byte {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit), count < 4 else { return nil }
            value = value * 10 + Int(digit - UInt8(ascii: "0"))
            count += 1
            byte = bytes.next()
        }
        return count > 0 ? sign * value : nil
    }

    mutating func scaled(to scale: Int, rounding: Bool) -> Int128? {
        guard digits != 0 else { return 0 }
        let shift = exponent + scale
        let signed = isNegative ? -digits : digits
        if shift >= 0 {
            guard let factor = PowerOfTen.value(shift) else { return nil }
            let (product, overflow) = signed.multipliedReportingOverflow(by: factor)
            return overflow ? nil : product
        }
        guard let divisor = PowerOfTen.value(-shift) else { return rounding ? 0 : nil }
        if rounding { return DecimalText.divideHalfToEven(signed, by: divisor) }
        let (quotient, remainder) = signed.quotientAndRemainder(dividingBy: divisor)
        return remainder == 0 ? quotient : nil
    }
}
