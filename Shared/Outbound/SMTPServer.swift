/// Where mail is handed in, and how.
package struct SMTPServer: Hashable, Sendable {
    /// Whether the connection is encrypted.
    package enum Security: String, Hashable, Sendable, CaseIterable {
        /// It must be: by TLS from the start (`smtps`) or by STARTTLS.
        case required
        /// When the server offers it.
        case opportunistic
        /// It is not, even when the server offers it.
        case off
    }

    /// Whether TLS comes first, as with `smtps://` and port 465.
    package var isImplicitTLS: Bool
    package var host: String
    package var port: Int
    package var user: String?
    package var password: String?
    package var security: Security
    /// A file of certificates to trust instead of the machine's.
    package var authorityFile: String?

    /// Reads `smtp://user:password@host:587` or `smtps://…`; user and password may be percent-encoded.
    ///
    /// With a user, encryption is required unless told otherwise: a password is never sent in the clear by default.
    ///
    /// - Throws: What is wrong, in words that hold no secret.
    package init(url: String) throws(InvalidURL) {
        guard let scheme = url.range(of: "://") else {
            throw InvalidURL("must look like smtp://user:password@host:587 or smtps://host")
        }
        switch url[..<scheme.lower].lowercased() {
        case "smtp": isImplicitTLS = false
        case "smtps": isImplicitTLS = true
        default: throw InvalidURL("must start with smtp:// or smtps://")
        }
        var rest = url[scheme.upper...]
        if rest.hasSuffix("/") { rest = rest.dropLast() }
        if let at = rest.lastIndex(of: "@") {
            let login = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            user = try Self.decoded(login[0])
            password = login.count > 1 ? try Self.decoded(login[1]) : nil
            rest = rest[rest.index(after: at)...]
        }
        let (host, port) = try Self.hostAndPort(rest)
        self.host = host
        self.port = port ?? (isImplicitTLS ? 465 : 587)
        security = isImplicitTLS || user != nil ? .required : .opportunistic
    }

    /// What is wrong with a URL.
    package struct InvalidURL: Error, Hashable, Sendable, CustomStringConvertible {
        package let description: String

        init(_ description: String) {
            self.description = description
        }
    }

    private static func hostAndPort(_ text: Substring) throws(InvalidURL) -> (String, Int?) {
        var host = text
        var port: Int?
        if let colon = text.lastIndex(of: ":"), !text.hasSuffix("]") {
            guard let number = Int(text[text.index(after: colon)...]), (1...65_535).contains(number) else {
                throw InvalidURL("has a port that is no number from 1 to 65535")
            }
            port = number
            host = text[..<colon]
        }
        let isPlain = host.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"),
                UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: ":"):
                true
            default: false
            }
        }
        guard !host.isEmpty, isPlain else { throw InvalidURL("has no valid host name") }
        return (String(host), port)
    }

    private static func decoded(_ text: Substring) throws(InvalidURL) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
                throw InvalidURL("has a % in its user or password that is not followed by two hexadecimal digits")
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        guard let decoded = String(validating: bytes, as: UTF8.self), !bytes.contains(where: { $0 < 0x20 }) else {
            throw InvalidURL("has a user or password that is not plain text")
        }
        return decoded
    }

    /// The URL for libcurl, without login.
    var url: String { "\(isImplicitTLS ? "smtps" : "smtp")://\(host):\(port)" }
}

extension String {
    /// Where a piece of ASCII text begins and ends.
    fileprivate func range(of piece: String) -> (lower: Index, upper: Index)? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(piece) { return (start, index(start, offsetBy: piece.count)) }
            formIndex(after: &start)
        }
        return nil
    }
}
