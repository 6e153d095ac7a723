/// Writes scaled integers as shortest decimal text, fast.
enum DecimalWriter {
    /// The text of a count of 10^-`scale`, without trailing zeros or a trailing point.
    static func shortest(_ value: WideNumber, scale: Int) -> String {
        guard value != .zero else { return "0" }
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: bufferSize) { buffer in
            var start = bufferSize
            var rest = value
            // Blocks of 19 digits are what one 64-bit division yields.
            while rest != .zero {
                let (quotient, block) = rest.divided(by: blockOfDigits)
                writeBlock(block, isLast: quotient == .zero, into: buffer, at: &start)
                rest = quotient
            }
            return text(of: buffer, from: start, scale: scale)
        }
    }

    /// 256 bits have at most 78 digits; a scale of 45 may need as many leading zeros.
    private static let bufferSize = 128
    private static let blockOfDigits: UInt64 = 10_000_000_000_000_000_000

    private static func writeBlock(
        _ block: UInt64,
        isLast: Bool,
        into buffer: UnsafeMutableBufferPointer<UInt8>,
        at start: inout Int
    ) {
        var rest = block
        var count = 0
        while rest != 0 || (!isLast && count < 19) {
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            start -= 1
            buffer[start] = 0x30 + UInt8(truncatingIfNeeded: digit)
            rest = quotient
            count += 1
        }
    }

    private static func text(
        of buffer: UnsafeMutableBufferPointer<UInt8>,
        from firstDigit: Int,
        scale: Int
    ) -> String {
        var start = firstDigit
        while bufferSize - start <= scale {
            start -= 1
            buffer[start] = 0x30
        }
        let point = bufferSize - scale
        var end = bufferSize
        while end > point, buffer[end - 1] == 0x30 { end -= 1 }
        let whole = point - start
        let fraction = end - point
        return String(unsafeUninitializedCapacity: whole + 1 + fraction) { text in
            for index in 0..<whole { text[index] = buffer[start + index] }
            guard fraction > 0 else { return whole }
            text[whole] = UInt8(ascii: ".")
            for index in 0..<fraction { text[whole + 1 + index] = buffer[point + index] }
            return whole + 1 + fraction
        }
    }
}
