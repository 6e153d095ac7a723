/// PostgreSQL's `numeric` in binary form: a sign and digits of base 10,000.
struct NumericDigits {
    private let digits: [Int16]
    /// The power of 10,000 of the first digit.
    private let weight: Int
    private let isNegative: Bool
    /// Decimal places shown.
    private let scale: Int

    /// Reads a cell; `nil` for NaN, the infinities and what is no `numeric`.
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= 8, bytes.count % 2 == 0 else { return nil }
        func word(_ index: Int) -> Int16 {
            unsafe Int16(bigEndian: bytes.loadUnaligned(fromByteOffset: index * 2, as: Int16.self))
        }
        let count = Int(word(0))
        guard count >= 0, bytes.count == 8 + count * 2 else { return nil }
        let sign = UInt16(bitPattern: word(2))
        guard sign == 0 || sign == 0x4000 else { return nil }
        digits = (0..<count).map { word(4 + $0) }
        weight = Int(word(1))
        isNegative = sign == 0x4000
        scale = Int(word(3))
    }

    /// The value when it is an integer within 128 bits.
    var integral: Int128? {
        // Trailing zero digits are not sent, so a digit below the units is a fraction.
        guard digits.count <= weight + 1 || digits.isEmpty else { return nil }
        var value: Int128 = 0
        for position in 0..<(digits.isEmpty ? 0 : weight + 1) {
            let digit = position < digits.count ? Int128(digits[position]) : 0
            let (product, overflow) = value.multipliedReportingOverflow(by: 10_000)
            let (sum, carry) = product.addingReportingOverflow(isNegative ? -digit : digit)
            if overflow || carry { return nil }
            value = sum
        }
        return value
    }

    /// The decimal text that the server would show.
    var text: String {
        func group(_ power: Int) -> String {
            let position = weight - power
            let digit = digits.indices.contains(position) ? digits[position] : 0
            let text = String(digit)
            return String(repeating: "0", count: 4 - text.count) + text
        }
        let whole = weight < 0 ? "0" : (0...weight).reversed().map(group).joined()
        let trimmed = whole.drop { $0 == "0" }
        var text = (isNegative ? "-" : "") + (trimmed.isEmpty ? "0" : trimmed)
        if scale > 0 {
            let groups = (1...((scale + 3) / 4)).map { group(-$0) }.joined()
            text += "." + groups.prefix(scale)
        }
        return text
    }
}
