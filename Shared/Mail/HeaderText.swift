/// Encodes header fields so that no text can end a field, begin another, or be misread.
enum HeaderText {
    /// Octets of one encoded word's text: with `=?UTF-8?B?`, `?=` and a field's name, a line stays within RFC 2047's 76
    /// characters.
    private static let wordLimit = 39

    /// A field's unstructured text: as it is when it is short printable ASCII, else as RFC 2047's encoded words.
    ///
    /// Line breaks and other control characters become spaces.
    static func encode(_ text: String) -> String {
        let clean = String(
            String.UnicodeScalarView(text.unicodeScalars.map { isControl($0) ? " " : $0 })
        )
        // A text that looks like an encoded word would be decoded by its reader.
        let isPlain = clean.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
        let looksEncoded = zip(clean.utf8, clean.utf8.dropFirst()).contains { $0 == 0x3D && $1 == 0x3F }
        if isPlain, !looksEncoded, clean.utf8.count <= 60 { return clean }
        return words(clean).map { "=?UTF-8?B?\(Base64.encode($0))?=" }.joined(separator: "\r\n ")
    }

    /// A display name before an address: a quoted string, or encoded words.
    static func encode(name: String) -> String {
        let encoded = encode(name)
        guard !encoded.hasPrefix("=?") else { return encoded }
        var quoted = "\""
        for character in encoded {
            if character == "\"" || character == "\\" { quoted.append("\\") }
            quoted.append(character)
        }
        return quoted + "\""
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || scalar.value == 0x2028 || scalar.value == 0x2029
    }

    /// Pieces of whole characters, each short enough for one encoded word.
    private static func words(_ text: String) -> [[UInt8]] {
        var words: [[UInt8]] = [[]]
        for scalar in text.unicodeScalars {
            let bytes = Array(String(scalar).utf8)
            if words[words.count - 1].count + bytes.count > wordLimit { words.append([]) }
            words[words.count - 1] += bytes
        }
        return words
    }
}

/// RFC 4648's base64.
package enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// The text of some bytes, with padding.
    package static func encode(_ bytes: some Collection<UInt8>) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            let group = rest.prefix(3)
            rest = rest.dropFirst(3)
            let bits = group.enumerated().reduce(UInt32(0)) { $0 | UInt32($1.element) << (16 - 8 * UInt32($1.offset)) }
            for index in 0..<4 {
                let isUsed = index <= group.count
                text.append(isUsed ? alphabet[Int(bits >> (18 - 6 * UInt32(index))) & 63] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
