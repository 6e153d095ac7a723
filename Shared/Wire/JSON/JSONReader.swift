/// A pull reader over JSON bytes: the caller says what it expects next and gets it, without a tree in between.
///
/// Hand-written because the generic decoder costs ~11 µs for one usage event, more than everything else ingest does;
/// the tests hold it against that decoder. It accepts exactly RFC 8259, nested at most `maximumDepth` deep.
package struct JSONReader {
    /// Why the bytes are no JSON, and where.
    package struct SyntaxError: Error, Equatable {
        /// Bytes before the fault.
        package var offset: Int
        /// What was expected or wrong, as a sentence part.
        package var reason: String
    }

    /// What kind of value comes next.
    package enum Kind: Sendable {
        case object, array, string, number, boolean, null
    }

    /// Deeper nesting is refused, so that no body can exhaust the stack.
    package static let maximumDepth = 256

    let bytes: [UInt8]
    var index: Int
    let end: Int
    private var depth = 0

    /// A reader over all of the bytes.
    package init(_ bytes: [UInt8]) {
        self.init(bytes, in: bytes.indices)
    }

    /// A reader over a part of the bytes, for example one line.
    package init(_ bytes: [UInt8], in range: Range<Int>) {
        self.bytes = bytes
        index = range.lowerBound
        end = range.upperBound
    }

    /// The kind of the next value; does not consume it.
    package mutating func peek() throws(SyntaxError) -> Kind {
        skipWhitespace()
        guard index < end else { throw failure("unexpected end") }
        switch bytes[index] {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .boolean
        case UInt8(ascii: "n"): return .null
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        default: throw failure("unexpected character")
        }
    }

    /// Consumes the opening brace and says whether a member follows.
    package mutating func beginObject() throws(SyntaxError) -> Bool {
        try begin(UInt8(ascii: "{"), closing: UInt8(ascii: "}"))
    }

    /// Consumes the comma before another member, or the closing brace: then `false`.
    package mutating func nextMember() throws(SyntaxError) -> Bool {
        try next(closing: UInt8(ascii: "}"))
    }

    /// Consumes the opening bracket and says whether an element follows.
    package mutating func beginArray() throws(SyntaxError) -> Bool {
        try begin(UInt8(ascii: "["), closing: UInt8(ascii: "]"))
    }

    /// Consumes the comma before another element, or the closing bracket: then `false`.
    package mutating func nextElement() throws(SyntaxError) -> Bool {
        try next(closing: UInt8(ascii: "]"))
    }

    /// Reads `true` or `false`.
    package mutating func boolean() throws(SyntaxError) -> Bool {
        skipWhitespace()
        if literal("true") { return true }
        if literal("false") { return false }
        throw failure("expected true or false")
    }

    /// Reads `null`.
    package mutating func null() throws(SyntaxError) {
        skipWhitespace()
        guard literal("null") else { throw failure("expected null") }
    }

    /// Reads and checks one value of any kind without keeping it.
    package mutating func skipValue() throws(SyntaxError) {
        switch try peek() {
        case .object:
            var more = try beginObject()
            while more {
                _ = try string()
                try colon()
                try skipValue()
                more = try nextMember()
            }
        case .array:
            var more = try beginArray()
            while more {
                try skipValue()
                more = try nextElement()
            }
        case .string: _ = try string()
        case .number: _ = try number()
        case .boolean: _ = try boolean()
        case .null: try null()
        }
    }

    /// Consumes the colon between a member's name and its value.
    package mutating func colon() throws(SyntaxError) {
        skipWhitespace()
        guard index < end, bytes[index] == UInt8(ascii: ":") else { throw failure("expected ':'") }
        index += 1
    }

    /// Checks that nothing but white space is left.
    package mutating func finish() throws(SyntaxError) {
        skipWhitespace()
        guard index == end else { throw failure("unexpected text after the value") }
    }

    /// Whether only white space is left.
    package mutating func isAtEnd() -> Bool {
        skipWhitespace()
        return index == end
    }

    /// The error for what is wrong here.
    package func failure(_ reason: String) -> SyntaxError {
        SyntaxError(offset: index, reason: reason)
    }

    mutating func skipWhitespace() {
        while index < end {
            switch bytes[index] {
            case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"): index += 1
            default: return
            }
        }
    }

    private mutating func begin(_ opening: UInt8, closing: UInt8) throws(SyntaxError) -> Bool {
        skipWhitespace()
        guard index < end, bytes[index] == opening else {
            throw failure("expected '\(Character(Unicode.Scalar(opening)))'")
        }
        guard depth < Self.maximumDepth else { throw failure("nested more than \(Self.maximumDepth) deep") }
        index += 1
        skipWhitespace()
        if index < end, bytes[index] == closing {
            index += 1
            return false
        }
        depth += 1
        return true
    }

    private mutating func next(closing: UInt8) throws(SyntaxError) -> Bool {
        skipWhitespace()
        guard index < end else { throw failure("unexpected end") }
        let byte = bytes[index]
        guard byte == UInt8(ascii: ",") || byte == closing else {
            throw failure("expected ',' or '\(Character(Unicode.Scalar(closing)))'")
        }
        index += 1
        depth -= byte == closing ? 1 : 0
        return byte != closing
    }

    private mutating func literal(_ word: StaticString) -> Bool {
        let length = word.utf8CodeUnitCount
        guard end - index >= length else { return false }
        let matches = word.withUTF8Buffer { $0.elementsEqual(bytes[index..<index + length]) }
        index += matches ? length : 0
        return matches
    }
}
