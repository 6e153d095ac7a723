internal import Redis
internal import Streams

extension Doctor {
    /// Whether all partitions are there, and every stage keeps up.
    func streams() async -> [Finding] {
        do {
            let lags = try await installation.streams.lag()
            var findings = [try await partitions(lags)]
            for stage in StageLag.summing(lags) { findings += self.stage(stage) }
            findings.append(try await deadLetters())
            return findings
        } catch {
            return [
                .fault(
                    "streams_unreadable",
                    "the streams cannot be read: \(error)",
                    do: "Start a service once: it makes what is missing. If this stays, look at its log."
                )
            ]
        }
    }

    private func partitions(_ lags: [StreamLag]) async throws -> Finding {
        let check = "partitions"
        let expected = installation.partitioning.count
        let known = try await installation.redis.send(RedisCommand("GET", "oliver:partitions:{p00}")).text
        if let known, known != String(expected) {
            return .fault(
                check,
                "Redis was set up with \(known) partitions, this configuration says \(expected)",
                do: "Set OLIVER_PARTITIONS=\(known) everywhere: the number is fixed at the first start."
            )
        }
        let groups = StreamKind.allCases.reduce(0) { $0 + $1.groups.count }
        let missing = Set(installation.partitioning.partitions).filter { partition in
            lags.count { $0.partition == partition } < groups
        }
        guard !missing.isEmpty else { return .ok(check, "all \(expected) are there") }
        let names = missing.sorted().map(\.description).joined(separator: ", ")
        return .fault(
            check,
            "streams or groups of \(names) are missing: Redis is new, or lost its data",
            do: "Start or restart any service: it makes them, and budget rebuilds the counters from the ledger."
        )
    }

    private func stage(_ stage: StageLag) -> [Finding] {
        let name = "\(stage.group.rawValue) of \(stage.stream.rawValue)"
        var findings: [Finding] = []
        let seconds = stage.behindMilliseconds / 1_000
        if seconds > limits.lag {
            findings.append(
                .fault(
                    "lag",
                    "\(name) is \(stage.behind) entries and \(seconds) s behind",
                    do: "See whether its service runs and what its log says; add replicas when it is merely slow."
                )
            )
        }
        if stage.activeConsumers == 0 {
            findings.append(
                .fault(
                    "no_consumer",
                    "nobody has asked for entries of \(name) for a minute",
                    do: "Start the service that has this stage."
                )
            )
        }
        if stage.oldestPendingMilliseconds / 1_000 > limits.pending {
            findings.append(
                .fault(
                    "pending_stuck",
                    "an entry is with \(name) for \(stage.oldestPendingMilliseconds / 1_000) s",
                    do: "See the log of its service: PostgreSQL may be slow, or an entry makes it fail again and again."
                )
            )
        }
        for consumer in stage.consumers
        where consumer.pending > 0 && consumer.idleMilliseconds >= limits.silence * 1_000 {
            findings.append(
                .warning(
                    "dead_consumer",
                    "\(consumer.name) of \(name) holds \(consumer.pending) entries and is silent for "
                        + "\(consumer.idleMilliseconds / 1_000) s",
                    do:
                        "Others take them over after 30 s, when there are any: start a replica, or end the one that hangs."
                )
            )
        }
        if findings.isEmpty { findings.append(.ok("lag", "\(name) is \(stage.behind) entries behind")) }
        return findings
    }

    private func deadLetters() async throws -> Finding {
        let count = try await installation.streams.deadLetterCount()
        guard count > 0 else { return .ok("dead_letters", "none") }
        return .warning(
            "dead_letters",
            "\(count) entries could not be handled",
            do: "List them with `oliver dead list`; replay what was mended, discard the rest."
        )
    }
}
