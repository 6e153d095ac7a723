package import Logging
package import Streams

/// Streams on Redis.
package final class RedisStreams: UsageStreams {
    /// The most items of one function call: Redis serves nobody else meanwhile.
    static let callLimit = 500

    package var partitioning: Partitioning { configuration.partitioning }

    let configuration: RedisStreamsConfiguration
    let pool: RedisPool
    let functions: RedisFunctions
    let lives: (any StreamLives)?
    let time: LoopTime
    let logger: Logger

    /// Streams over a pool.
    ///
    /// Call `prepare` before anything else. Without `lives` the partitions are established by others, and `forward`
    /// waits for them.
    package init(
        pool: RedisPool,
        configuration: RedisStreamsConfiguration = RedisStreamsConfiguration(),
        lives: (any StreamLives)?,
        time: LoopTime = .system,
        logger: Logger
    ) {
        self.pool = pool
        self.configuration = configuration
        self.lives = lives
        self.functions = RedisFunctions(pool: pool)
        self.time = time
        self.logger = logger
    }

    // MARK: - StreamProducer

    package func claim(_ claims: [Claim]) async -> [ClaimOutcome] {
        let calls = claims.indices.grouped(
            by: { ClaimCall(partition: claims[$0].partition, window: claims[$0].report?.window) },
            limit: Self.callLimit
        )
        var outcomes = claims.map { _ in ClaimOutcome.conflict }
        do {
            let results = try await functions.call(
                calls.map { call in
                    let members = call.members.lazy.map { claims[$0] }
                    return call.key.window.map { report(call.key.partition, $0, members) }
                        ?? claimCommand(call.key.partition, members)
                },
                decode: decodeClaims
            )
            for (call, result) in zip(calls, results) {
                switch result {
                case .success(let decided) where decided.count == call.members.count:
                    for (index, outcome) in zip(call.members, decided) { outcomes[index] = outcome }
                case .success:
                    let refusal = ClaimRefusal(code: .unavailable, detail: "the reply has another length")
                    for index in call.members { outcomes[index] = .refused(refusal) }
                case .failure(let error):
                    for index in call.members { outcomes[index] = .refused(ClaimRefusal(error)) }
                }
            }
            return outcomes
        } catch {
            logger.debug("claims failed", metadata: ["error": "\(error)"])
            return claims.map { _ in .refused(ClaimRefusal(error)) }
        }
    }

    package func publish(_ notices: [Notice]) async throws {
        if notices.isEmpty { return }
        let replies = try await pool.pipeline(
            notices.map { notice in
                var command = RedisCommand("XADD", StreamKeys.stream(.notices, notice.partition), "*", "p")
                command.append(notice.payload)
                return command
            }
        )
        try replies.throwFirstError()
    }

    package func pressure() async throws -> StreamPressure {
        var commands = [RedisCommand("INFO", "memory")]
        for kind in [StreamKind.raw, .priced] {
            commands += partitioning.partitions.map { RedisCommand("XLEN", StreamKeys.stream(kind, $0)) }
        }
        let replies = try await pool.pipeline(commands)
        try replies.throwFirstError()
        let info = ServerInfo(replies[0].text ?? "")
        let lengths = replies.dropFirst().map { Int($0.integer ?? 0) }
        return StreamPressure(
            usedMemory: info.number("used_memory") ?? 0,
            memoryLimit: info.number("maxmemory") ?? 0,
            rawEntries: lengths.prefix(partitioning.count).max() ?? 0,
            pricedEntries: lengths.suffix(partitioning.count).max() ?? 0
        )
    }

    private func claimCommand(_ partition: Partition, _ claims: some Collection<Claim>) -> RedisCommand {
        let size = claims.reduce(256) { $0 + 96 + $1.payload.count }
        var command = RedisCommand(.claim, keys: 2 + claims.count, capacity: size)
        command.append(StreamKeys.stream(.raw, partition))
        command.append(StreamKeys.stream(.priced, partition))
        let prefix = StreamKeys.idPrefix(partition)
        for claim in claims { command.append(prefix, claim.idHash) }
        command.append(configuration.backlogLimit)
        command.append(max(1, configuration.idLifetime.wholeMilliseconds))
        for claim in claims {
            command.append(claim.digest)
            command.append(claim.payload)
            command.append(claim.hold?.id ?? "")
            command.append(claim.hold?.workspace ?? "")
        }
        return command
    }
}

/// What the claims of one function call have in common.
private struct ClaimCall: Hashable {
    var partition: Partition
    /// Of reports.
    var window: Duration?
}

private let decodeClaims: @Sendable (ReplyView) throws(RedisError) -> [ClaimOutcome] = { reply throws(RedisError) in
    var outcomes: [ClaimOutcome] = []
    outcomes.reserveCapacity(reply.count)
    for index in 0..<reply.count {
        switch reply[index]?.integer {
        case 1: outcomes.append(.accepted)
        case 0: outcomes.append(.duplicate)
        case -1: outcomes.append(.conflict)
        default: throw RedisError(.invalidReply, "a claim was answered with something unknown")
        }
    }
    return outcomes
}

extension ClaimRefusal {
    init(_ error: any Error) {
        let code: Code =
            switch (error as? RedisError)?.code {
            case .backlog: .backlog
            case .outOfMemory: .outOfMemory
            default: .unavailable
            }
        self.init(code: code, detail: "\(error)")
    }
}

extension [RedisReply] {
    /// Throws the first error reply.
    func throwFirstError() throws(RedisError) {
        for case .error(let error) in self { throw error }
    }
}

extension Collection {
    /// The elements in groups of equal keys and bounded size, each in order.
    func grouped<Key: Hashable>(by key: (Element) -> Key, limit: Int) -> [(key: Key, members: [Element])] {
        var groups: [(key: Key, members: [Element])] = []
        var current: [Key: Int] = [:]
        for element in self {
            let key = key(element)
            if let index = current[key], groups[index].members.count < limit {
                groups[index].members.append(element)
            } else {
                current[key] = groups.count
                groups.append((key, [element]))
            }
        }
        return groups
    }
}
