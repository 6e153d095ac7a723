/// A text of a few ASCII characters that is put together on the stack: numbers and times are written by the million.
package struct ShortText {
    private var bytes = InlineArray<64, UInt8>(repeating: 0)
    /// How many characters it has, at most 64.
    package private(set) var count = 0

    package init() {}

    /// A character, from 0.
    package subscript(index: Int) -> UInt8 { bytes[index] }

    /// Adds a character.
    package mutating func append(_ character: Unicode.Scalar) {
        bytes[count] = UInt8(ascii: character)
        count += 1
    }

    /// Adds a number in decimal digits, with zeros in front up to a width.
    package mutating func append(_ number: UInt64, width: Int = 1) {
        var length = 1
        var rest = number
        while rest >= 10 {
            rest /= 10
            length += 1
        }
        let end = count + max(length, width)
        rest = number
        for index in stride(from: end - 1, through: count, by: -1) {
            bytes[index] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
        count = end
    }

    /// Adds a mark and a number behind it.
    package mutating func append(_ mark: Unicode.Scalar, _ number: UInt64, width: Int) {
        append(mark)
        append(number, width: width)
    }

    /// The text.
    package var string: String {
        String(unsafeUninitializedCapacity: count) { buffer in
            for index in 0..<count { buffer[index] = bytes[index] }
            return count
        }
    }
}
