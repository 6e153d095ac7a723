/// Where a request or an event belongs in a distributed trace: W3C's `traceparent`, version 00.
package struct TraceParent: Hashable, Sendable {
    /// As it came, 55 characters.
    package let text: String

    /// 32 hexadecimal digits.
    package var traceID: String { String(text.dropFirst(3).prefix(32)) }

    /// Reads a header's value.
    ///
    /// - Returns: `nil` when it is none of a version that we know how to read: it is then ignored, as W3C asks for.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        // Later versions may add parts behind these.
        guard bytes.count == 55 || (bytes.count > 55 && bytes[55] == UInt8(ascii: "-")) else { return nil }
        let parts = bytes.prefix(55).split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard parts.map(\.count) == [2, 32, 16, 2], parts.allSatisfy({ $0.allSatisfy(Self.isHexadecimal) }) else {
            return nil
        }
        let isVersionKnown = Array(parts[0]) != Array("ff".utf8)
        let zero = UInt8(ascii: "0")
        guard isVersionKnown, parts[1].contains(where: { $0 != zero }), parts[2].contains(where: { $0 != zero }) else {
            return nil
        }
        self.text = String(decoding: bytes.prefix(55), as: UTF8.self)
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }

    /// What the current task works for, when somebody told; log lines name it.
    @TaskLocal package static var current: TraceParent?
}
