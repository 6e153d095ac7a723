/// What `INFO` says, by name.
struct ServerInfo {
    private var values: [Substring: Substring] = [:]

    init(_ text: String) {
        for line in text.split(whereSeparator: \.isNewline) {
            guard let colon = line.firstIndex(of: ":") else { continue }
            values[line[..<colon]] = line[line.index(after: colon)...]
        }
    }

    func text(_ name: String) -> String? { values[name[...]].map(String.init) }

    func number(_ name: String) -> Int? { values[name[...]].flatMap { Int($0) } }
}

/// Whether a server can be trusted with accepted events.
enum ServerChecks {
    /// Looks at version, eviction and persistence.
    ///
    /// - Returns: reasons for concern that do not forbid working.
    /// - Throws: `configuration` when the server would lose data by design or lacks what is needed.
    static func run(on connection: RedisConnection) async throws(RedisError) -> [String] {
        let info = ServerInfo(try await connection.send(RedisCommand("INFO")).text ?? "")
        let version = info.text("redis_version") ?? "0"
        guard let major = Int(version.prefix { $0 != "." }), major >= 7 else {
            throw RedisError(.configuration, "redis \(version) is too old: functions need version 7")
        }
        if let policy = info.text("maxmemory_policy"), policy != "noeviction" {
            throw RedisError(
                .configuration,
                "redis runs with maxmemory-policy \(policy) and would throw accepted events away: set noeviction"
            )
        }
        var warnings: [String] = []
        if info.text("aof_enabled") == "0" {
            warnings.append("the append-only file is off: a restart of redis loses accepted events; set appendonly yes")
        }
        return warnings
    }
}
