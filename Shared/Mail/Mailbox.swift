/// An address of a mailbox: `lead@example.com`, perhaps with a name before it.
package struct Mailbox: Hashable, Sendable {
    /// `lead@example.com`.
    package let address: String
    /// What mail clients show instead; may be any text.
    package let name: String?

    /// Takes a plain address: ASCII, one `@`, a dotted name or `localhost` behind it; nothing that needs quoting.
    ///
    /// Stricter than RFC 5322, so that no address can carry a second one, a header or a command.
    package init?(_ address: String, name: String? = nil) {
        let parts = address.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, address.utf8.count <= 254 else { return nil }
        guard Self.isLocalPart(parts[0]), Self.isDomain(parts[1]) else { return nil }
        self.address = address
        self.name = name.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Reads `lead@example.com` or `Team lead <lead@example.com>`.
    package init?(parsing text: String) {
        guard let start = text.lastIndex(of: "<"), text.hasSuffix(">") else {
            self.init(text)
            return
        }
        let name = String(text[..<start]).trimmingQuotes()
        guard name.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }) else { return nil }
        self.init(String(text[text.index(after: start)...].dropLast()), name: name)
    }

    /// The domain, behind the `@`.
    package var domain: Substring { address.split(separator: "@").last ?? "" }

    private static func isLocalPart(_ text: Substring) -> Bool {
        let marks = Set("!#$%&'*+-/=?^_`{|}~.".utf8)
        guard (1...64).contains(text.utf8.count), !text.hasPrefix("."), !text.hasSuffix(".") else { return false }
        var last: UInt8 = 0
        for byte in text.utf8 {
            guard byte.isLetterOrDigit || marks.contains(byte) else { return false }
            if byte == UInt8(ascii: "."), last == byte { return false }
            last = byte
        }
        return true
    }

    private static func isDomain(_ text: Substring) -> Bool {
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        guard labels.count > 1 || text == "localhost" else { return false }
        return labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
                && label.utf8.allSatisfy { $0.isLetterOrDigit || $0 == UInt8(ascii: "-") }
        }
    }
}

extension UInt8 {
    var isLetterOrDigit: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: false
        }
    }
}

extension String {
    /// Without spaces and one pair of quotes around it.
    fileprivate func trimmingQuotes() -> String {
        var text = self[...]
        while text.first == " " { text = text.dropFirst() }
        while text.last == " " { text = text.dropLast() }
        if text.count >= 2, text.first == "\"", text.last == "\"" { text = text.dropFirst().dropLast() }
        return String(text)
    }
}
