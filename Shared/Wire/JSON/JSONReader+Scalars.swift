extension JSONReader {
    /// A string as it stands in the source: its bytes between the quotes.
    package struct RawString {
        /// Where the bytes between the quotes are.
        package var range: Range<Int>
        /// Whether there are escapes to undo.
        package var isEscaped: Bool
    }

    /// Consumes a string and says where its bytes are, without making a `String`.
    package mutating func string() throws(SyntaxError) -> RawString {
        skipWhitespace()
        guard index < end, bytes[index] == UInt8(ascii: "\"") else { throw failure("expected a string") }
        index += 1
        let start = index
        var isEscaped = false
        while index < end {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\"") {
                index += 1
                return RawString(range: start..<index - 1, isEscaped: isEscaped)
            }
            guard byte >= 0x20 else { throw failure("control character in a string") }
            if byte == UInt8(ascii: "\\") {
                isEscaped = true
                try skipEscape()
            } else {
                index += 1
            }
        }
        throw failure("unterminated string")
    }

    /// The text of a string, or `nil` when it is not valid Unicode (broken UTF-8, a lone surrogate).
    package func text(_ raw: RawString) -> String? {
        raw.isEscaped ? unescaped(raw) : Self.validated(bytes.span.extracting(raw.range))
    }

    /// Consumes a number and says where its text is.
    package mutating func number() throws(SyntaxError) -> Range<Int> {
        skipWhitespace()
        let start = index
        if current == UInt8(ascii: "-") { index += 1 }
        if current == UInt8(ascii: "0") {
            index += 1
        } else {
            try digits()
        }
        if current == UInt8(ascii: ".") {
            index += 1
            try digits()
        }
        if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
            index += 1
            if current == UInt8(ascii: "-") || current == UInt8(ascii: "+") { index += 1 }
            try digits()
        }
        return start..<index
    }

    private var current: UInt8? { index < end ? bytes[index] : nil }

    private mutating func digits() throws(SyntaxError) {
        let start = index
        while index < end, bytes[index] &- UInt8(ascii: "0") < 10 { index += 1 }
        guard index > start else { throw failure("expected a digit") }
    }

    private mutating func skipEscape() throws(SyntaxError) {
        index += 1
        guard let letter = current else { throw failure("unterminated string") }
        switch letter {
        case UInt8(ascii: "u"):
            guard end - index > 4, bytes[index + 1...index + 4].allSatisfy({ hexValue($0) != nil }) else {
                throw failure("expected four hexadecimal digits after \\u")
            }
            index += 5
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            index += 1
        default: throw failure("unknown escape")
        }
    }

    private func unescaped(_ raw: RawString) -> String? {
        var units: [UInt16] = []
        var text: [UInt8] = []
        var position = raw.range.lowerBound
        while position < raw.range.upperBound {
            let byte = bytes[position]
            guard byte == UInt8(ascii: "\\") else {
                text.append(byte)
                position += 1
                continue
            }
            let letter = bytes[position + 1]
            guard letter == UInt8(ascii: "u") else {
                text.append(Self.escapes[letter] ?? letter)
                position += 2
                continue
            }
            units.removeAll(keepingCapacity: true)
            while position + 6 <= raw.range.upperBound,
                bytes[position] == UInt8(ascii: "\\"), bytes[position + 1] == UInt8(ascii: "u")
            {
                units.append(bytes[position + 2..<position + 6].reduce(0) { $0 << 4 | UInt16(hexValue($1) ?? 0) })
                position += 6
            }
            guard let part = String(validating: units, as: UTF16.self) else { return nil }
            text.append(contentsOf: part.utf8)
        }
        return Self.validated(text.span)
    }

    /// The text of bytes that are UTF-8.
    ///
    /// The initialiser for any sequence in any encoding stays generic and is much slower.
    private static func validated(_ bytes: Span<UInt8>) -> String? {
        do {
            return String(copying: try UTF8Span(validating: bytes))
        } catch {
            return nil
        }
    }

    private static let escapes: [UInt8: UInt8] = [
        UInt8(ascii: "b"): 0x08, UInt8(ascii: "f"): 0x0C, UInt8(ascii: "n"): 0x0A,
        UInt8(ascii: "r"): 0x0D, UInt8(ascii: "t"): 0x09,
    ]
}

private func hexValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}
