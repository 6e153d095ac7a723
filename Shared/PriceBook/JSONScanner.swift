import Domain

/// A pull reader of JSON that hands out byte ranges, so that a number keeps its text.
///
/// It reads what it is asked for and skips the rest; nested values are skipped without recursion.
struct JSONScanner {
    private let bytes: UnsafeBufferPointer<UInt8>
    private(set) var position = 0

    private static let depthLimit = 64

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    /// Reads bytes that hold one value and nothing after it.
    static func scan(
        _ bytes: [UInt8],
        _ body: (inout JSONScanner) throws(PriceBookError) -> Void
    ) throws(PriceBookError) {
        try bytes.withUnsafeBufferPointer { (buffer) throws(PriceBookError) in
            var scanner = JSONScanner(buffer)
            try body(&scanner)
            guard scanner.peek() == nil else { throw scanner.malformed("unexpected text after the end") }
        }
    }

    /// The bytes of a range.
    func slice(_ range: Range<Int>) -> Slice<UnsafeBufferPointer<UInt8>> {
        bytes[range]
    }

    /// The next byte that is no white space, not consumed; `nil` at the end.
    mutating func peek() -> UInt8? {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            case let byte: return byte
            }
        }
        return nil
    }

    /// Consumes the character if it comes next.
    mutating func consume(_ character: Unicode.Scalar) -> Bool {
        guard peek() == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    /// Consumes the character or fails.
    mutating func expect(_ character: Unicode.Scalar) throws(PriceBookError) {
        guard consume(character) else { throw malformed("expected '\(character)'") }
    }

    /// Calls the body with the key's bytes, between the quotes, for each member of an object; the body must consume the value.
    mutating func object(
        _ body: (inout JSONScanner, Range<Int>) throws(PriceBookError) -> Void
    ) throws(PriceBookError) {
        try expect("{")
        guard !consume("}") else { return }
        repeat {
            let key = try string()
            try expect(":")
            try body(&self, key)
        } while consume(",")
        try expect("}")
    }

    /// Calls the body for each element of an array; the body must consume the element.
    mutating func array(
        _ body: (inout JSONScanner) throws(PriceBookError) -> Void
    ) throws(PriceBookError) {
        try expect("[")
        guard !consume("]") else { return }
        repeat { try body(&self) } while consume(",")
        try expect("]")
    }

    /// Consumes a string and returns the range between its quotes, escapes undecoded.
    mutating func string() throws(PriceBookError) -> Range<Int> {
        try expect("\"")
        let start = position
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                position += 1
                return start..<position - 1
            case UInt8(ascii: "\\"): position += 2
            default: position += 1
            }
        }
        throw malformed("unterminated string")
    }

    /// The text of a string's range; `\uXXXX` and the short escapes are decoded.
    func text(_ range: Range<Int>) throws(PriceBookError) -> String {
        guard slice(range).contains(UInt8(ascii: "\\")) else { return String(decoding: slice(range), as: UTF8.self) }
        guard let decoded = JSONEscapes.decode(slice(range)) else { throw malformed("bad escape") }
        return decoded
    }

    /// Consumes a number, or a string that holds one, and returns its bytes' range; any other value is skipped: `nil`.
    mutating func number() throws(PriceBookError) -> Range<Int>? {
        guard let first = peek() else { throw malformed("expected a value") }
        if first == UInt8(ascii: "\"") { return try string() }
        guard first == UInt8(ascii: "-") || (0x30...0x39).contains(first) else {
            try skipValue()
            return nil
        }
        return scanBare()
    }

    /// Consumes any value without looking at it.
    mutating func skipValue() throws(PriceBookError) {
        var depth = 0
        repeat {
            guard let byte = peek() else { throw malformed("expected a value") }
            switch byte {
            case UInt8(ascii: "\""):
                _ = try string()
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                position += 1
                depth += 1
                guard depth <= Self.depthLimit else { throw PriceBookError(.tooDeep, "at byte \(position)") }
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                guard depth > 0 else { throw malformed("unexpected bracket") }
                position += 1
                depth -= 1
            case UInt8(ascii: ","), UInt8(ascii: ":"):
                guard depth > 0 else { throw malformed("unexpected separator") }
                position += 1
            default:
                guard !scanBare().isEmpty else { throw malformed("unexpected character") }
            }
        } while depth > 0
    }

    func malformed(_ what: String) -> PriceBookError {
        PriceBookError(.malformed, "\(what) at byte \(position)")
    }

    /// Consumes a number or a word.
    private mutating func scanBare() -> Range<Int> {
        let start = position
        while position < bytes.count {
            switch bytes[position] {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
                position += 1
            default:
                return start..<position
            }
        }
        return start..<position
    }
}

/// Decodes the escapes of JSON strings.
enum JSONEscapes {
    /// The text of a string's bytes between the quotes; `nil` when an escape is malformed.
    static func decode(_ bytes: some Sequence<UInt8>) -> String? {
        var units: [UInt8] = []
        var iterator = bytes.makeIterator()
        while let byte = iterator.next() {
            guard byte == UInt8(ascii: "\\") else {
                units.append(byte)
                continue
            }
            guard let escape = iterator.next() else { return nil }
            guard escape == UInt8(ascii: "u") else {
                guard let plain = shortEscape(escape) else { return nil }
                units.append(plain)
                continue
            }
            guard let scalar = scalar(&iterator) else { return nil }
            units.append(contentsOf: String(scalar).utf8)
        }
        return String(decoding: units, as: UTF8.self)
    }

    /// Reads what follows `\u`: four digits, or a high surrogate's and right behind it a low one's with its own `\u`.
    ///
    /// A surrogate without its other half stands for no character.
    private static func scalar(_ iterator: inout some IteratorProtocol<UInt8>) -> Unicode.Scalar? {
        guard let unit = hexadecimal(&iterator) else { return nil }
        guard (0xD800..<0xDC00).contains(unit) else { return Unicode.Scalar(unit) }
        guard iterator.next() == UInt8(ascii: "\\"), iterator.next() == UInt8(ascii: "u"),
            let low = hexadecimal(&iterator), (0xDC00..<0xE000).contains(low)
        else { return nil }
        return Unicode.Scalar(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00))
    }

    private static func shortEscape(_ escape: UInt8) -> UInt8? {
        switch escape {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): escape
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: nil
        }
    }

    private static func hexadecimal(_ iterator: inout some IteratorProtocol<UInt8>) -> UInt32? {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = iterator.next(), let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                return nil
            }
            value = value << 4 | UInt32(digit)
        }
        return value
    }
}
