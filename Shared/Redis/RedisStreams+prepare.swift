import Logging
import Streams

extension RedisStreams {
    /// Loads the functions, checks the server, makes groups where they are missing, and compares with the ledger.
    ///
    /// - Throws: `StreamsError.partitioningChanged`; what the ledger throws; `RedisError` with `configuration` when the server cannot be used,
    ///   `functionConflict`, or what stands in the way of reaching it.
    package func prepare() async throws {
        let configuration = configuration
        let warnings = try await pool.withConnection { connection in
            let warnings = try await ServerChecks.run(on: connection)
            try await RedisFunctions.load(on: connection)
            try await Self.checkPartitioning(configuration.partitioning, on: connection)
            try await Self.makeStreams(configuration.partitioning, on: connection)
            return warnings
        }
        for warning in warnings { logger.warning("redis may lose data", metadata: ["reason": "\(warning)"]) }
        try await establish()
    }

    private static func checkPartitioning(
        _ partitioning: Partitioning,
        on connection: RedisConnection
    ) async throws {
        let count = String(partitioning.count)
        let known = try await connection.send(RedisCommand("SET", StreamKeys.partitions, count, "NX", "GET"))
        guard let known = known.text, known != count else { return }
        throw StreamsError(
            .partitioningChanged,
            "redis was set up with \(known) partitions and this process is configured for \(count): "
                + "the number is fixed at the first start"
        )
    }

    private static func makeStreams(_ partitioning: Partitioning, on connection: RedisConnection) async throws {
        var commands: [RedisCommand] = []
        for partition in partitioning.partitions {
            for kind in StreamKind.allCases {
                let key = StreamKeys.stream(kind, partition)
                for group in kind.groups {
                    // From the very first entry: what was added before the group existed is its work too.
                    commands.append(RedisCommand("XGROUP", "CREATE", key, group.rawValue, "0", "MKSTREAM"))
                }
            }
        }
        for case .error(let error) in try await connection.pipeline(commands)
        where !error.message.hasPrefix("BUSYGROUP") {
            throw error
        }
    }
}
