extension RedisConfiguration {
    /// Reads `redis://[[user]:password@]host[:port][/database]` or `unix:///path/to/socket[?db=n]`.
    ///
    /// - Throws: `configuration` with what is wrong; the message never repeats the URL, which may hold a secret.
    package init(url: String) throws(RedisError) {
        guard let separator = url.firstRange(of: "://") else {
            throw RedisError(.configuration, "the Redis URL must start with redis:// or unix://")
        }
        let rest = url[separator.upperBound...]
        switch url[..<separator.lowerBound] {
        case "redis":
            try self.init(tcp: rest)
        case "unix":
            try self.init(unix: rest)
        case "rediss":
            throw RedisError(
                .configuration,
                "rediss:// needs TLS, which the Redis client library of this build does not have: "
                    + "use redis:// over a private network or a TLS tunnel"
            )
        default:
            throw RedisError(.configuration, "the Redis URL must start with redis:// or unix://")
        }
    }

    private init(tcp text: Substring) throws(RedisError) {
        var rest = text
        var user: String?
        var password: String?
        if let at = rest.lastIndex(of: "@") {
            let parts = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let name = percentDecoded(parts[0]), let secret = percentDecoded(parts[1]) else {
                throw RedisError(
                    .configuration,
                    "the credentials of the Redis URL must read user:password or :password"
                )
            }
            user = name.isEmpty ? nil : name
            password = secret.isEmpty ? nil : secret
            rest = rest[rest.index(after: at)...]
        }
        let parts = rest.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let (host, port) = try Self.address(parts[0])
        self.init(endpoint: .tcp(host: host, port: port))
        self.user = user
        self.password = password
        self.database = try Self.database(parts.count > 1 ? parts[1] : "")
    }

    private init(unix text: Substring) throws(RedisError) {
        let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts[0].hasPrefix("/") else {
            throw RedisError(.configuration, "the path of the Redis socket must be absolute: unix:///path")
        }
        // What a socket's address holds.
        guard parts[0].utf8.count <= 103 else {
            throw RedisError(.configuration, "the path of the Redis socket may have 103 bytes at most")
        }
        self.init(endpoint: .unix(path: String(parts[0])))
        guard parts.count > 1 else { return }
        guard parts[1].hasPrefix("db=") else {
            throw RedisError(.configuration, "the only option of a Redis socket's URL is ?db=n")
        }
        self.database = try Self.database(parts[1].dropFirst(3))
    }

    private static func address(_ text: Substring) throws(RedisError) -> (host: String, port: Int) {
        var host = text
        var port = 6379
        let closing = text.lastIndex(of: "]") ?? text.startIndex
        if let colon = text[closing...].lastIndex(of: ":") {
            guard let number = Int(text[text.index(after: colon)...]), (1...65_535).contains(number) else {
                throw RedisError(.configuration, "the port of the Redis URL must be 1 to 65535")
            }
            port = number
            host = text[..<colon]
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard !host.isEmpty else { throw RedisError(.configuration, "the Redis URL names no host") }
        return (String(host), port)
    }

    private static func database(_ text: Substring) throws(RedisError) -> Int {
        if text.isEmpty { return 0 }
        guard let number = Int(text), number >= 0 else {
            throw RedisError(.configuration, "the database of the Redis URL must be a number")
        }
        return number
    }
}

/// Resolves `%41`; `nil` when an escape is broken or the result is no UTF-8.
private func percentDecoded(_ text: Substring) -> String? {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
        guard byte == UInt8(ascii: "%") else {
            bytes.append(byte)
            continue
        }
        guard
            rest.count >= 2,
            let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
        else { return nil }
        bytes.append(value)
        rest = rest.dropFirst(2)
    }
    return String(validating: bytes, as: UTF8.self)
}
