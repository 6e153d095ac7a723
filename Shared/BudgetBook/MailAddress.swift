/// Which texts are e-mail addresses: RFC 5322's `dot-atom` before the `@`, a host name of two labels or more behind it.
///
/// Quoted names, comments, literals and non-ASCII addresses are refused: no mail of ours needs them, and what is left
/// cannot break out of a header.
package enum MailAddress {
    /// Whether a text is an address.
    package static func isValid(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard parts.count == 2, text.utf8.count <= 254, (1...64).contains(parts[0].count) else { return false }
        let atoms = parts[0].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let labels = parts[1].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return atoms.allSatisfy { !$0.isEmpty && $0.allSatisfy(isAtom) }
            && labels.count >= 2 && labels.allSatisfy(isLabel)
    }

    private static func isLabel(_ label: some Collection<UInt8>) -> Bool {
        let dash = UInt8(ascii: "-")
        guard (1...63).contains(label.count), label.first != dash else { return false }
        return label.reversed().first != dash && label.allSatisfy { isAlphanumeric($0) || $0 == dash }
    }

    private static func isAtom(_ byte: UInt8) -> Bool {
        isAlphanumeric(byte) || "!#$%&'*+-/=?^_`{|}~".utf8.contains(byte)
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: false
        }
    }
}
