package import Domain
package import Streams

/// What a group has still to apply to counters, and what they hold, at one moment.
package struct RebuildStart: Hashable, Sendable {
    /// The life of the partition.
    package var epoch: Int64
    /// Entries after this one have not been delivered to the group.
    package var lastDelivered: EntryID
    /// Corrections up to this number have been applied before; later ones will be.
    package var outboxMark: Int64
    /// Entries delivered and not yet counted.
    package var pending: [EntryID]
    /// Entries that the group gave up on, counted only after a replay, and those that were replayed and not yet counted.
    package var apart: [Place]
    /// Where the entries of earlier lives end that the stream began with.
    package var cuts: [Place]
    /// What the counters hold, in the order of the question.
    package var levels: [Figures]

    /// The name of a priced entry.
    package struct Place: Hashable, Sendable {
        package var epoch: Int64
        package var id: EntryID
    }

    /// The figures of one counter.
    package struct Figures: Hashable, Sendable {
        package var sum: MoneySum
        package var events: Int64
        package var unpriced: Int64

        package init(sum: MoneySum, events: Int64, unpriced: Int64) {
            self.sum = sum
            self.events = events
            self.unpriced = unpriced
        }
    }
}

/// Rebuilding: the only way in which counters are made.
extension RedisCounters {
    /// Names a rebuild of counters that belong to one partition, and makes those that do not exist.
    ///
    /// They go on counting. At most a few hundred counters at once.
    ///
    /// - Parameters:
    ///   - partition: The partition.
    ///   - counters: The counters.
    ///   - generation: Names the rebuild, positive and another one each time; `nil` only looks.
    ///   - group: Who counts.
    /// - Returns: What is still to be applied to them, and what they hold.
    /// - Throws: `RedisError`: `notPrepared` before the partition is established, `busy` when more is pending or dead
    ///   than can be told at once.
    package func beginRebuild(
        _ partition: Partition,
        _ counters: [CounterUse],
        generation: Int64?,
        for group: ConsumerGroup = .budget
    ) async throws -> RebuildStart {
        var command = RedisCommand(.beginRebuild, keys: 6 + counters.count)
        command.append(StreamKeys.epoch(partition))
        command.append(StreamKeys.stream(.priced, partition))
        command.append(StreamKeys.dead(partition))
        command.append(StreamKeys.outboxMark(partition))
        command.append(StreamKeys.cuts(partition))
        command.append(StreamKeys.replayed(partition))
        for counter in counters { command.append(StreamKeys.counter(counter.name, partition)) }
        command.append(group.rawValue)
        command.append(generation ?? 0)
        for counter in counters { command.append(counter.expiry) }
        let replies = try await functions.callAll([command], decode: { $0.copy })
        guard let start = replies.first.flatMap({ RebuildStart($0.elements) }), start.levels.count == counters.count
        else { throw RedisError(.invalidReply, "a rebuild began in an unknown form") }
        return start
    }

    /// Has counters whose rebuild has begun hold what was held of their scopes before they were made.
    ///
    /// Looks at every living hold of the partition, some in a call: nobody waits for longer than for those. What
    /// ends meanwhile needs no attaching, and what is made meanwhile knows the counters. Again does nothing.
    package func attachHolds(_ partition: Partition, to counters: [CounterUse]) async throws {
        var cursor = "0"
        repeat {
            var command = RedisCommand(.attach, keys: 1 + counters.count)
            command.append(StreamKeys.holds(partition))
            for counter in counters { command.append(StreamKeys.counter(counter.name, partition)) }
            command.append(cursor)
            command.append(Self.holdsPerCall)
            guard let next = try await functions.callAll([command], decode: { $0.copy }).first?.text
            else { throw RedisError(.invalidReply, "holds were attached in an unknown form") }
            cursor = next
        } while cursor != "0"
    }

    /// About a millisecond of Redis whose caches are cold.
    private static let holdsPerCall = 32

    /// Adds what counters lack, and makes them ready for the epoch in which their rebuild began.
    ///
    /// - Parameters:
    ///   - partition: The partition.
    ///   - generation: The rebuild's name.
    ///   - epoch: The life in which it began.
    ///   - deltas: The differences to what the counters held.
    /// - Returns: For each counter `false` when another rebuild has taken it over since: it was not changed.
    /// - Throws: `RedisError`: `notPrepared` when the epoch is over.
    package func finishRebuild(
        _ partition: Partition,
        generation: Int64,
        epoch: Int64,
        adding deltas: [CounterDelta]
    ) async throws -> [Bool] {
        var command = RedisCommand(.finishRebuild, keys: 1 + deltas.count)
        command.append(StreamKeys.epoch(partition))
        for delta in deltas { command.append(StreamKeys.counter(delta.counter.name, partition)) }
        command.append(epoch)
        command.append(generation)
        for delta in deltas { command.append(delta) }
        return try await flags(command)
    }

    /// The priced entries up to an id that a group was given and has not acknowledged.
    ///
    /// - Returns: `nil` when it was not given all of them, or holds more than 1,000.
    package func unacknowledged(
        by group: ConsumerGroup,
        through id: EntryID,
        in partition: Partition
    ) async throws -> [EntryID]? {
        var command = RedisCommand(.caughtUp, keys: 1)
        command.append(StreamKeys.stream(.priced, partition))
        command.append(group.rawValue)
        command.append(id)
        command.append(1_001)
        let reply = try await functions.callAll([command], decode: { $0.copy })[0]
        guard case .array(let ids) = reply, ids.count <= 1_000 else { return nil }
        return ids.compactMap { $0.text.flatMap { EntryID($0) } }
    }

    /// Notes counters that are made for the values that events have, at most so many in a workspace.
    ///
    /// - Returns: For each counter whether it may be made.
    package func admit(
        _ counters: [CounterUse],
        of workspace: String,
        in partition: Partition,
        limit: Int,
        now: Timestamp
    ) async throws -> [Bool] {
        if counters.isEmpty { return [] }
        var command = RedisCommand(.admit, keys: 1)
        command.append(StreamKeys.register(workspace, partition))
        command.append(limit)
        command.append(floorDivide(now.microseconds, 1_000))
        for counter in counters {
            command.append(counter.name)
            command.append(counter.expiry)
        }
        return try await flags(command)
    }

    /// All counters that were noted by `admit` and have not expired.
    package func registered(of workspace: String, in partition: Partition) async throws -> [String] {
        let key = StreamKeys.register(workspace, partition)
        return try await pool.send(RedisCommand("ZRANGE", key, "0", "-1")).elements.compactMap(\.text)
    }

    /// Some of the counters that were noted by `admit`, other ones each time.
    package func someRegistered(of workspace: String, in partition: Partition, limit: Int) async throws -> [String] {
        let key = StreamKeys.register(workspace, partition)
        return try await pool.send(RedisCommand("ZRANDMEMBER", key, String(limit))).elements.compactMap(\.text)
    }

    private func flags(_ command: RedisCommand) async throws -> [Bool] {
        try await functions.callAll([command], decode: { $0.copy.elements })[0].map { $0.integer == 1 }
    }
}

extension RebuildStart {
    fileprivate init?(_ reply: [RedisReply]) {
        guard reply.count == 7, let epoch = reply[0].integer, let last = reply[1].text.flatMap({ EntryID($0) })
        else { return nil }
        self.epoch = epoch
        lastDelivered = last
        outboxMark = reply[2].integer ?? 0
        pending = reply[3].elements.compactMap { $0.text.flatMap { EntryID($0) } }
        apart = Self.places(reply[4].elements)
        cuts = Self.places(reply[5].elements)
        levels = reply[6].elements.map { reply in
            let level = reply.elements
            guard level.count == 4 else { return Figures(sum: .zero, events: 0, unpriced: 0) }
            return Figures(
                sum: MoneySum(micro: level[0], rest: level[1]),
                events: level[2].integer ?? 0,
                unpriced: level[3].integer ?? 0
            )
        }
    }

    static func places(_ names: [RedisReply]) -> [Place] {
        stride(from: 0, to: names.count - 1, by: 2).compactMap { index in
            names[index + 1].text.flatMap { EntryID($0) }.map { Place(epoch: names[index].integer ?? 0, id: $0) }
        }
    }
}
