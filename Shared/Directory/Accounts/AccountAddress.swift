/// How mail addresses are compared that lead to somebody's account.
package enum AccountAddress {
    /// The address with its ASCII letters in lower case, and all else as it is.
    ///
    /// Unicode's lower case makes ASCII letters of others, as `k` of the Kelvin sign: a foreign address would become
    /// somebody else's.
    package static func lowercased(_ address: String) -> String {
        String(decoding: address.utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }

    /// Whether both are one address that can prove who somebody is.
    static func isSame(_ address: String?, _ other: String) -> Bool {
        guard let address, isASCII(address), isASCII(other) else { return false }
        return lowercased(address) == lowercased(other)
    }

    /// Whether it has no letters that look like others, or become others in a different case.
    package static func isASCII(_ address: String) -> Bool {
        address.utf8.allSatisfy { $0 < 0x80 }
    }
}
