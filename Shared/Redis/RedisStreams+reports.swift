internal import Streams

extension RedisStreams {
    /// Events that one call of `settle` deals with at most.
    private static let settleLimit = 200

    /// Keeps reports until their windows end: a call for each partition and window.
    func report(_ partition: Partition, _ window: Duration, _ claims: some Collection<Claim>) -> RedisCommand {
        let size = claims.reduce(256) { $0 + 96 + $1.payload.count }
        var command = RedisCommand(.report, keys: 2 + claims.count, capacity: size)
        command.append(StreamKeys.waiting(partition))
        command.append(StreamKeys.due(partition))
        let prefix = StreamKeys.idPrefix(partition)
        for claim in claims { command.append(prefix, claim.idHash) }
        command.append(configuration.backlogLimit)
        command.append(window.wholeMilliseconds)
        for claim in claims {
            command.append(claim.digest)
            command.append(claim.payload)
            command.append(claim.report?.rank ?? 0)
        }
        return command
    }

    package func settleReports() async throws -> Int {
        try await functions.sum(
            partitioning.partitions.map { partition in
                var command = RedisCommand(.settle, keys: 4)
                command.append(StreamKeys.stream(.raw, partition))
                command.append(StreamKeys.stream(.priced, partition))
                command.append(StreamKeys.waiting(partition))
                command.append(StreamKeys.due(partition))
                command.append(configuration.backlogLimit)
                command.append(max(1, configuration.idLifetime.wholeMilliseconds))
                command.append(Self.settleLimit)
                return command
            }
        )
    }
}
