internal import Domain
package import Streams

/// Holds on Redis: amounts that counters reserve until an event is counted, or the hold is released or expires.
package final class RedisHolds: Sendable {
    private let pool: RedisPool
    private let functions: RedisFunctions

    /// Holds that one call of the sweep ends at most: Redis serves nobody else meanwhile.
    private static let sweepLimit = 100

    package init(pool: RedisPool) {
        self.pool = pool
        self.functions = RedisFunctions(pool: pool)
    }

    /// Decides requests in one round trip, each in one step: all its counters hold the amount, or none.
    ///
    /// Requests of one partition are decided in their order, each after what those before it hold.
    ///
    /// - Returns: An answer or an error for each request, in their order.
    /// - Throws: When the connection breaks: holds may or may not have been made, and expire by themselves.
    package func decide(_ requests: [HoldRequest]) async throws -> [Result<HoldAnswer, RedisError>] {
        let batches = Dictionary(grouping: requests.indices) { requests[$0].partition }
            .map { HoldBatch(partition: $0, requests: $1.map { requests[$0] }, places: $1) }
        let replies = try await functions.call(batches.map(\.command), decode: { $0.copy })
        var answers: [Int: Result<HoldAnswer, RedisError>] = [:]
        for (batch, reply) in zip(batches, replies) {
            for (place, answer) in zip(batch.places, batch.answers(reply)) { answers[place] = answer }
        }
        return requests.indices.map { answers[$0] ?? .failure(HoldBatch.unknownForm) }
    }

    /// Lets an open hold live at least so long from now.
    package func extend(_ id: HoldID, of workspace: String?, by timeToLive: Duration) async throws -> HoldChange {
        var command = command(.extend, id, workspace)
        command.append(max(1, timeToLive.wholeMilliseconds))
        let code = try await functions.sum([command])
        return HoldChange(code: code, expiresAt: Timestamp(milliseconds: Int64(code)))
    }

    /// Ends an open hold.
    package func release(_ id: HoldID, of workspace: String?) async throws -> HoldChange {
        HoldChange(code: try await functions.sum([command(.release, id, workspace)]), expiresAt: nil)
    }

    /// How many holds have not ended, by partition.
    package func counts(_ partitions: [Partition]) async throws -> [Int] {
        let replies = try await pool.pipeline(partitions.map { RedisCommand("ZCARD", StreamKeys.holds($0)) })
        try replies.throwFirstError()
        return replies.map { Int($0.integer ?? 0) }
    }

    /// Ends what has expired.
    ///
    /// Any number of replicas may do so at once.
    ///
    /// - Returns: How many holds were ended.
    package func sweep(_ partitions: [Partition]) async throws -> Int {
        var ended = 0
        var due = partitions
        while !due.isEmpty {
            let counts = try await functions.callAll(due.map(Self.sweepCommand), decode: RedisFunctions.integer)
            ended += counts.reduce(0, +)
            due = zip(due, counts).filter { $1 == Self.sweepLimit }.map(\.0)
        }
        return ended
    }

    /// The holds of a partition that have not ended, the next to expire first, those that are committed last.
    ///
    /// - Parameters:
    ///   - partition: Where to look.
    ///   - offset: How many to leave out.
    ///   - limit: How many to look at.
    /// - Returns: The holds; fewer than the limit when some ended meanwhile, empty behind the last.
    /// - Throws: `RedisError`.
    package func list(_ partition: Partition, from offset: Int, limit: Int) async throws -> [HoldRecord] {
        let range = RedisCommand("ZRANGE", StreamKeys.holds(partition), "\(offset)", "\(offset + limit - 1)")
        let ids = try await pool.send(range).elements.compactMap(\.text)
        if ids.isEmpty { return [] }
        let replies = try await pool.pipeline(
            ids.map { RedisCommand("HMGET", StreamKeys.hold($0, partition), "s", "w", "m", "p", "t", "x", "c") }
        )
        try replies.throwFirstError()
        return zip(ids, replies).compactMap { HoldRecord(id: $0, $1.elements, in: partition) }
    }

    private static func sweepCommand(_ partition: Partition) -> RedisCommand {
        var command = RedisCommand(.sweep, keys: 1)
        command.append(StreamKeys.holds(partition))
        command.append(sweepLimit)
        return command
    }

    private func command(_ function: FunctionLibrary.Function, _ id: HoldID, _ workspace: String?) -> RedisCommand {
        var command = RedisCommand(function, keys: 1)
        command.append(StreamKeys.holds(id.partition))
        command.append(id.text)
        command.append(workspace ?? "")
        return command
    }
}

extension Timestamp {
    /// A time that a function told.
    init(milliseconds: Int64) {
        self.init(microseconds: milliseconds * 1_000)
    }

    /// A time that a function told; `nil` for 0, which stands for none.
    init?(told reply: RedisReply?) {
        guard let milliseconds = reply?.integer, milliseconds != 0 else { return nil }
        self.init(milliseconds: milliseconds)
    }
}

extension HoldChange {
    fileprivate init(code: Int, expiresAt: Timestamp?) {
        switch code {
        case 0: self = .unknown
        case -1: self = .ended
        case -2: self = .committed
        default: self = .done(expiresAt: expiresAt)
        }
    }
}

extension HoldRecord {
    fileprivate init?(id: String, _ fields: [RedisReply], in partition: Partition) {
        guard fields.count == 7, let workspace = fields[1].text, fields[2] != .null else { return nil }
        let prefix = StreamKeys.counter("", partition)
        self.init(
            id: id,
            workspace: workspace,
            amount: MoneySum(micro: fields[2], rest: fields[3]),
            madeAt: Timestamp(milliseconds: fields[4].integer ?? 0),
            expiresAt: fields[0].text == "open" ? Timestamp(told: fields[5]) : nil,
            counters: (fields[6].text ?? "").split(separator: "\n").map { String($0.dropFirst(prefix.count)) }
        )
    }
}
