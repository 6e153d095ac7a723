internal import Domain
package import Streams

/// A command with its arguments, written in Redis' protocol as it is built, on the caller's thread.
package struct RedisCommand: Sendable {
    /// How many arguments there are, the command's name included.
    private(set) var count = 0
    /// The arguments, each as a bulk string.
    private(set) var body: [UInt8] = []

    /// Starts a command, with so many bytes reserved for its arguments.
    package init(_ name: String, capacity: Int = 128) {
        body.reserveCapacity(capacity)
        append(name)
    }

    /// A command with text arguments.
    package init(_ name: String, _ arguments: String...) {
        self.init(name)
        for argument in arguments { append(argument) }
    }

    /// Adds a text argument.
    package mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            appendHeader(bytes.count)
            unsafe body.append(contentsOf: bytes)
        }
        appendEnd()
    }

    /// Adds an argument of any bytes.
    package mutating func append(_ bytes: [UInt8]) {
        appendHeader(bytes.count)
        body.append(contentsOf: bytes)
        appendEnd()
    }

    /// Adds an argument made of two runs of bytes.
    package mutating func append(_ prefix: [UInt8], _ bytes: [UInt8]) {
        appendHeader(prefix.count + bytes.count)
        body.append(contentsOf: prefix)
        body.append(contentsOf: bytes)
        appendEnd()
    }

    /// Adds a number in decimal digits.
    package mutating func append(_ number: some BinaryInteger) {
        guard let small = Int64(exactly: number) else { return append(String(number)) }
        var text = ShortText()
        if small < 0 { text.append("-") }
        text.append(small.magnitude)
        appendHeader(text.count)
        for index in 0..<text.count { body.append(text[index]) }
        appendEnd()
    }

    /// Adds an entry's id.
    package mutating func append(_ id: EntryID) {
        // A length of one digit must not be written with two.
        guard id.milliseconds >= 100_000_000 else { return append(id.description) }
        let start = body.count
        // "-" and two numbers of at most 20 digits: the length has two digits, patched in afterwards.
        body.append(contentsOf: [UInt8(ascii: "$"), UInt8(ascii: "0"), UInt8(ascii: "0"), 13, 10])
        appendDigits(id.milliseconds)
        body.append(UInt8(ascii: "-"))
        appendDigits(id.sequence)
        let length = UInt8(body.count - start - 5)
        body[start + 1] = UInt8(ascii: "0") + length / 10
        body[start + 2] = UInt8(ascii: "0") + length % 10
        appendEnd()
    }

    /// What goes before `body` on the wire.
    var header: [UInt8] {
        Array("*\(count)\r\n".utf8)
    }

    private mutating func appendHeader(_ length: Int) {
        body.append(UInt8(ascii: "$"))
        appendDigits(UInt64(length))
        body.append(13)
        body.append(10)
    }

    private mutating func appendEnd() {
        body.append(13)
        body.append(10)
        count += 1
    }

    private mutating func appendDigits(_ number: UInt64) {
        let start = body.count
        var rest = number
        repeat {
            body.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        } while rest > 0
        body[start...].reverse()
    }
}
