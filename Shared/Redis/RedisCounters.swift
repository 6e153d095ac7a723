import Domain
package import Streams

/// Spend counters on Redis: exact to the pico-dollar, in 64-bit micro-dollars with a carry (to 9 × 10¹² USD).
package final class RedisCounters: Sendable {
    private let pool: RedisPool
    private let functions: RedisFunctions

    package init(pool: RedisPool) {
        self.pool = pool
        self.functions = RedisFunctions(pool: pool)
    }

    /// Counts events of `priced` and acknowledges them for the group, in one step for each batch: exactly once.
    ///
    /// After an error some batches may have been counted: repeating the whole call is safe, since an event is counted
    /// only while it is pending.
    /// - Returns: how many events were counted now.
    package func count(_ batches: [CountBatch], for group: ConsumerGroup = .budget) async throws -> Int {
        try await functions.sum(batches.map { countCommand($0, group) })
    }

    /// Applies a correction that began in the ledger.
    ///
    /// Numbers are given in order within a partition; a correction with a number not above the mark is not applied.
    /// - Returns: whether it was applied now.
    package func correct(
        _ partition: Partition,
        number: Int64,
        deltas: [CounterDelta]
    ) async throws -> Bool {
        var command = RedisCommand(.correct, keys: 1 + deltas.count)
        command.append(StreamKeys.outboxMark(partition))
        for delta in deltas { command.append(StreamKeys.counter(delta.counter.name, partition)) }
        command.append(number)
        for delta in deltas { command.append(delta) }
        return try await functions.sum([command]) == 1
    }

    /// The number of the last correction applied, 0 for none, and the life of Redis that the counters belong to.
    package func outboxMark(_ partition: Partition) async throws -> (number: Int64, epoch: Int64) {
        let replies = try await pool.pipeline([
            RedisCommand("GET", StreamKeys.outboxMark(partition)), RedisCommand("GET", StreamKeys.epoch(partition)),
        ])
        try replies.throwFirstError()
        return (replies[0].integer ?? 0, replies[1].integer ?? 0)
    }

    /// What counters say, in the order of the names; `nil` for one that does not exist.
    package func values(_ partition: Partition, names: [String]) async throws -> [CounterValue?] {
        if names.isEmpty { return [] }
        let replies = try await pool.pipeline(
            names.map { name in
                let key = StreamKeys.counter(name, partition)
                return RedisCommand("HMGET", key, "micro", "pico", "events", "unpriced", "gen", "ready")
            }
        )
        try replies.throwFirstError()
        return replies.map { CounterValue($0.elements) }
    }

    /// Deletes counters.
    package func remove(_ partition: Partition, names: [String]) async throws {
        if names.isEmpty { return }
        var command = RedisCommand("DEL")
        for name in names { command.append(StreamKeys.counter(name, partition)) }
        try await pool.send(command)
    }

    /// Sets a counter to zero in a new generation, not ready, and says what the group has still to apply to it.
    ///
    /// The generation is positive, another one for each rebuild. Fails with `busy` when more is pending or dead than
    /// can be told at once.
    package func beginRebuild(
        _ partition: Partition,
        _ counter: CounterUse,
        generation: Int64,
        for group: ConsumerGroup = .budget
    ) async throws -> RebuildStart {
        var command = RedisCommand(.beginRebuild, keys: 4)
        command.append(StreamKeys.stream(.priced, partition))
        command.append(StreamKeys.dead(partition))
        command.append(StreamKeys.outboxMark(partition))
        command.append(StreamKeys.counter(counter.name, partition))
        command.append(group.rawValue)
        command.append(generation)
        command.append(counter.expiry)
        let replies = try await functions.callAll([command], decode: { $0.copy })
        guard let start = replies.first.flatMap({ RebuildStart($0.elements) }) else {
            throw RedisError(.invalidReply, "a rebuild began in an unknown form")
        }
        return start
    }

    /// Adds the ledger's sum to a counter whose rebuild has begun, and makes it ready.
    ///
    /// - Returns: `false` when another rebuild has begun since, or this one has ended: nothing was changed.
    package func finishRebuild(
        _ partition: Partition,
        generation: Int64,
        adding delta: CounterDelta
    ) async throws -> Bool {
        var command = RedisCommand(.finishRebuild, keys: 1)
        command.append(StreamKeys.counter(delta.counter.name, partition))
        command.append(generation)
        command.append(delta)
        return try await functions.sum([command]) == 1
    }

    private func countCommand(_ batch: CountBatch, _ group: ConsumerGroup) -> RedisCommand {
        precondition(batch.isConsistent, "a batch refers to counters or sets that it does not have")
        var command = RedisCommand(.count, keys: 1 + batch.counters.count, capacity: 256 + 64 * batch.events.count)
        command.append(StreamKeys.stream(.priced, batch.partition))
        for counter in batch.counters { command.append(StreamKeys.counter(counter.name, batch.partition)) }
        command.append(group.rawValue)
        for counter in batch.counters { command.append(counter.expiry) }
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
        }
        return command
    }
}

private let picoPerMicro: Int64 = 1_000_000

extension CounterUse {
    /// Milliseconds since 1970, 0 for never.
    fileprivate var expiry: Int64 {
        expiresAt.map { max(1, floorDivide($0.microseconds, 1_000)) } ?? 0
    }
}

extension RedisCommand {
    /// Adds micro-dollars, rest in pico-dollars, events, unpriced and expiry.
    fileprivate mutating func append(_ delta: CounterDelta) {
        let sum = delta.sum.picoDollars
        let (quotient, remainder) = sum.quotientAndRemainder(dividingBy: Int128(picoPerMicro))
        append(remainder < 0 ? quotient - 1 : quotient)
        append(remainder < 0 ? remainder + Int128(picoPerMicro) : remainder)
        append(delta.events)
        append(delta.unpriced)
        append(delta.counter.expiry)
    }
}

extension CounterValue {
    /// Reads micro, pico, events, unpriced, generation and readiness; `nil` when the counter does not exist.
    fileprivate init?(_ reply: [RedisReply]) {
        guard reply.count == 6, let events = reply[2].integer else { return nil }
        let micro = Int128(reply[0].integer ?? 0)
        self.init(
            sum: MoneySum(picoDollars: micro * Int128(picoPerMicro) + Int128(reply[1].integer ?? 0)),
            events: events,
            unpriced: reply[3].integer ?? 0,
            generation: reply[4].integer ?? 0,
            isReady: reply[5].integer == 1
        )
    }
}

extension RebuildStart {
    fileprivate init?(_ reply: [RedisReply]) {
        guard reply.count == 4, let last = reply[0].text.flatMap({ EntryID($0) }) else { return nil }
        lastDelivered = last
        outboxMark = reply[1].integer ?? 0
        pending = reply[2].elements.compactMap { $0.text.flatMap { EntryID($0) } }
        let names = reply[3].elements
        buried = stride(from: 0, to: names.count - 1, by: 2).compactMap { index in
            names[index + 1].text.flatMap { EntryID($0) }.map {
                BuriedEntry(epoch: names[index].integer ?? 0, id: $0)
            }
        }
    }
}
