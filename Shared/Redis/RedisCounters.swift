import Domain
package import Streams

/// Spend counters on Redis: exact to the pico-dollar, in 64-bit micro-dollars with a carry (to 9 × 10¹² USD).
package final class RedisCounters: Sendable {
    let pool: RedisPool
    let functions: RedisFunctions

    package init(pool: RedisPool) {
        self.pool = pool
        self.functions = RedisFunctions(pool: pool)
    }

    /// Counts events of `priced` and acknowledges them for the group, in one step for each batch: exactly once.
    ///
    /// After an error some batches may have been counted: repeating the whole call is safe, since an event is counted
    /// only while it is pending.
    ///
    /// - Parameters:
    ///   - batches: What is counted.
    ///   - version: The version of budgets that the counters come from; whatever it is, when nobody says so.
    ///   - group: Who counts.
    /// - Returns: How many events were counted now, and where their counters stand.
    /// - Throws: `RedisError`: `stale` when budgets have changed since that version.
    package func count(
        _ batches: [CountBatch],
        budgets version: Int64 = .max,
        for group: ConsumerGroup = .budget
    ) async throws -> CountResult {
        let commands = batches.map { countCommand($0, version, group) }
        let replies = try await functions.callAll(commands, decode: { $0.copy.elements })
        var result = CountResult(counted: 0, levels: [])
        for (batch, reply) in zip(batches, replies) {
            result.counted += Int(reply.first?.integer ?? 0)
            for index in stride(from: 1, to: reply.count - 3, by: 4) {
                guard let position = reply[index].integer, batch.counters.indices.contains(Int(position) - 1) else {
                    throw RedisError(.invalidReply, "a counter that was not asked for was counted")
                }
                result.levels.append(
                    CounterLevel(
                        partition: batch.partition,
                        counter: batch.counters[Int(position) - 1],
                        sum: MoneySum(micro: reply[index + 1], rest: reply[index + 2]),
                        isReady: reply[index + 3].integer == 1
                    )
                )
            }
        }
        return result
    }

    /// Applies a correction that began in the ledger.
    ///
    /// Numbers are given in order within a partition; a correction with a number not above the mark is not applied.
    ///
    /// - Parameters:
    ///   - partition: The partition.
    ///   - number: The correction's number.
    ///   - deltas: What it adds to which counters.
    ///   - version: The version of budgets that the counters come from; whatever it is, when nobody says so.
    /// - Returns: Whether it was applied now.
    /// - Throws: `RedisError`: `stale` when budgets have changed since that version.
    package func correct(
        _ partition: Partition,
        number: Int64,
        deltas: [CounterDelta],
        budgets version: Int64 = .max
    ) async throws -> Bool {
        var command = RedisCommand(.correct, keys: 2 + deltas.count)
        command.append(StreamKeys.outboxMark(partition))
        for delta in deltas { command.append(StreamKeys.counter(delta.counter.name, partition)) }
        command.append(StreamKeys.budgets(partition))
        command.append(number)
        for delta in deltas { command.append(delta) }
        command.append(version)
        return try await functions.sum([command]) == 1
    }

    /// The number of the last correction applied in each partition, 0 for none.
    package func outboxMarks(_ partitions: [Partition]) async throws -> [Int64] {
        let replies = try await pool.pipeline(partitions.map { RedisCommand("GET", StreamKeys.outboxMark($0)) })
        try replies.throwFirstError()
        return replies.map { $0.integer ?? 0 }
    }

    /// The epoch of each partition; `nil` for one that was not compared with the ledger since the server started.
    package func epochs(_ partitions: [Partition]) async throws -> [Int64?] {
        try await functions.epochs(partitions)
    }

    /// The life of a partition, and where the entries of earlier ones end that its stream began with.
    package func lives(_ partition: Partition) async throws -> (epoch: Int64, cuts: [RebuildStart.Place]) {
        let replies = try await pool.pipeline([
            RedisCommand("GET", StreamKeys.epoch(partition)), RedisCommand("HGETALL", StreamKeys.cuts(partition)),
        ])
        try replies.throwFirstError()
        return (replies[0].integer ?? 0, RebuildStart.places(replies[1].elements))
    }

    /// What counters say, in the order of the names; `nil` for one that does not exist.
    ///
    /// At most a few hundred: it is one call.
    package func values(_ partition: Partition, names: [String]) async throws -> [CounterValue?] {
        if names.isEmpty { return [] }
        var command = RedisCommand(.read, keys: 1 + names.count)
        command.append(StreamKeys.epoch(partition))
        for name in names { command.append(StreamKeys.counter(name, partition)) }
        let replies = try await functions.callAll([command], decode: { $0.copy.elements })
        guard let values = replies.first, values.count == names.count else {
            throw RedisError(.invalidReply, "another number of counters was read than asked for")
        }
        return values.map { CounterValue($0.elements) }
    }

    /// Deletes counters.
    package func remove(_ partition: Partition, names: [String]) async throws {
        if names.isEmpty { return }
        var command = RedisCommand("DEL")
        for name in names { command.append(StreamKeys.counter(name, partition)) }
        try await pool.send(command)
    }

    private func countCommand(_ batch: CountBatch, _ version: Int64, _ group: ConsumerGroup) -> RedisCommand {
        precondition(batch.isConsistent, "a batch refers to counters or sets that it does not have")
        var command = RedisCommand(.count, keys: 3 + batch.counters.count, capacity: 256 + 64 * batch.events.count)
        command.append(StreamKeys.stream(.priced, batch.partition))
        command.append(StreamKeys.epoch(batch.partition))
        for counter in batch.counters { command.append(StreamKeys.counter(counter.name, batch.partition)) }
        command.append(StreamKeys.budgets(batch.partition))
        command.append(group.rawValue)
        for counter in batch.counters { command.append(counter.expiry) }
        command.append(version)
        command.append(batch.sets.count)
        for set in batch.sets {
            command.append(set.count)
            for position in set { command.append(position + 1) }
        }
        for event in batch.events {
            command.append(event.id)
            command.append(event.set + 1)
            if let cost = event.cost {
                let micro = floorDivide(cost.picoDollars, picoPerMicro)
                command.append(micro)
                command.append(cost.picoDollars - micro * picoPerMicro)
            } else {
                command.append("u")
                command.append("0")
            }
            command.append(event.holdID ?? "")
        }
        return command
    }
}

private let picoPerMicro: Int64 = 1_000_000

extension CounterUse {
    /// Milliseconds since 1970, 0 for never.
    var expiry: Int64 {
        expiresAt.map { max(1, floorDivide($0.microseconds, 1_000)) } ?? 0
    }
}

extension RedisCommand {
    /// Adds micro-dollars, rest in pico-dollars, events, unpriced and expiry.
    mutating func append(_ delta: CounterDelta) {
        append(delta.sum)
        append(delta.events)
        append(delta.unpriced)
        append(delta.counter.expiry)
    }

    /// Adds whole micro-dollars, rounded down, and the rest in pico-dollars.
    mutating func append(_ sum: MoneySum) {
        let (quotient, remainder) = sum.picoDollars.quotientAndRemainder(dividingBy: Int128(picoPerMicro))
        append(remainder < 0 ? quotient - 1 : quotient)
        append(remainder < 0 ? remainder + Int128(picoPerMicro) : remainder)
    }
}

extension MoneySum {
    /// The sum of micro-dollars and a rest in pico-dollars.
    init(micro: Int64, rest: Int64) {
        self.init(picoDollars: Int128(micro) * Int128(picoPerMicro) + Int128(rest))
    }

    /// The sum of micro-dollars and a rest in pico-dollars.
    init(micro: RedisReply, rest: RedisReply) {
        self.init(micro: micro.integer ?? 0, rest: rest.integer ?? 0)
    }
}

extension CounterValue {
    /// Reads what the `read` function answers; `nil` when the counter does not exist.
    fileprivate init?(_ reply: [RedisReply]) {
        guard reply.count == 8 else { return nil }
        self.init(
            sum: MoneySum(micro: reply[0], rest: reply[1]),
            events: reply[2].integer ?? 0,
            unpriced: reply[3].integer ?? 0,
            held: MoneySum(micro: reply[6], rest: reply[7]),
            isReady: reply[5].integer == 1
        )
    }
}
