internal import Domain
internal import Redis
internal import ServiceRuntime

extension Doctor {
    /// Whether Redis is there, and can be trusted with accepted events.
    func redis() async -> [Finding] {
        let before = clock.now
        let replies: [RedisReply]
        do {
            replies = try await installation.redis.pipeline([RedisCommand("INFO"), RedisCommand("TIME")])
        } catch {
            return [
                .fault(
                    Self.redisAway,
                    "Redis does not answer: \(error)",
                    do: "Start it, or mend OLIVER_REDIS_URL. Until then ingest answers 503; nothing accepted is lost."
                )
            ]
        }
        let info = Self.fields(replies.first?.text ?? "")
        var findings: [Finding] = [.ok("redis", "version \(info["redis_version"] ?? "unknown")")]
        findings += [persistence(info), eviction(info), memory(info), role(info)].compactMap(\.self)
        let time = replies.last?.elements.compactMap { $0.text.flatMap { Int64($0) } } ?? []
        if time.count == 2 {
            let now = Timestamp(microseconds: time[0] * 1_000_000 + time[1])
            findings.append(skew(of: "redis", now, between: before, and: clock.now))
        }
        return findings
    }

    private static func fields(_ info: String) -> [String: String] {
        var fields: [String: String] = [:]
        for line in info.split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2 { fields[String(parts[0])] = String(parts[1]) }
        }
        return fields
    }

    private func persistence(_ info: [String: String]) -> Finding {
        if info["aof_enabled"] == "0" {
            return .fault(
                "redis_aof_off",
                "Redis keeps no append-only file: a restart loses every event that is not yet in the ledger",
                do: "Set appendonly yes (redis-cli CONFIG SET appendonly yes, and in its configuration)."
            )
        }
        if let status = info["aof_last_write_status"], status != "ok" {
            return .fault(
                "redis_aof_failing",
                "Redis could not write its append-only file: \(status)",
                do: "Look at its disk and its log; it refuses writes until that works again."
            )
        }
        return .ok("redis_persistence", "the append-only file is on and written")
    }

    private func eviction(_ info: [String: String]) -> Finding {
        let policy = info["maxmemory_policy"] ?? "unknown"
        guard policy != "noeviction" else { return .ok("redis_eviction", "nothing is evicted") }
        return .fault(
            "redis_evicting",
            "maxmemory-policy is \(policy): a full Redis throws accepted events away",
            do: "Set maxmemory-policy noeviction (redis-cli CONFIG SET maxmemory-policy noeviction, and in its file)."
        )
    }

    private func memory(_ info: [String: String]) -> Finding? {
        guard let limit = info["maxmemory"].flatMap({ Int($0) }), limit > 0,
            let used = info["used_memory"].flatMap({ Int($0) })
        else { return nil }
        let percent = used / max(1, limit / 100)
        guard percent >= 80 else { return .ok("redis_memory", "\(percent) % of its limit is used") }
        return .warning(
            "redis_memory",
            "\(percent) % of its memory limit is used; ingest refuses at 90 %",
            do: "See `oliver lag` for a stage that is behind, or give Redis more memory (maxmemory)."
        )
    }

    private func role(_ info: [String: String]) -> Finding? {
        guard info["role"] == "slave" else { return nil }
        return .fault(
            "redis_replica",
            "OLIVER_REDIS_URL names a read-only replica",
            do: "Name the primary."
        )
    }
}
