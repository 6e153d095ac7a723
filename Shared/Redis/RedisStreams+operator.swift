package import Streams

extension RedisStreams {
    package func lag() async throws -> [StreamLag] {
        var places: [LagPlace] = []
        for kind in StreamKind.allCases {
            for group in kind.groups {
                places += partitioning.partitions.map { LagPlace(stream: kind, group: group, partition: $0) }
            }
        }
        let replies = try await functions.callAll(
            places.map { place in
                var command = RedisCommand(.lag, keys: 1)
                command.append(StreamKeys.stream(place.stream, place.partition))
                command.append(place.group.rawValue)
                return command
            },
            decode: { $0.copy }
        )
        return zip(places, replies).compactMap { place, reply in place.lag(reply.elements) }
    }

    package func deadLetterCount() async throws -> Int {
        let replies = try await pool.pipeline(
            partitioning.partitions.map { RedisCommand("XLEN", StreamKeys.dead($0)) }
        )
        try replies.throwFirstError()
        return replies.reduce(0) { $0 + Int($1.integer ?? 0) }
    }

    package func deadLetters(after: DeadLetterID?, limit: Int) async throws -> DeadLetterPage {
        var letters: [DeadLetter] = []
        // One more than asked for shows whether there is another page.
        let wanted = max(1, limit) + 1
        for partition in partitioning.partitions where partition.number >= after?.partition.number ?? 0 {
            let start = after.flatMap { $0.partition == partition ? "(\($0.entry)" : nil } ?? "-"
            letters += try await self.letters(in: partition, from: start, to: "+", limit: wanted - letters.count)
            if letters.count == wanted { break }
        }
        guard letters.count == wanted else { return DeadLetterPage(letters: letters, next: nil) }
        letters.removeLast()
        return DeadLetterPage(letters: letters, next: letters.last?.id)
    }

    package func deadLetter(_ id: DeadLetterID) async throws -> DeadLetter? {
        try await self.letters(in: id.partition, from: "\(id.entry)", to: "\(id.entry)", limit: 1).first
    }

    package func replay(_ id: DeadLetterID) async throws -> EntryID? {
        let kinds = StreamKind.allCases
        var command = RedisCommand(.replay, keys: 2 + kinds.count)
        command.append(StreamKeys.dead(id.partition))
        for kind in kinds { command.append(StreamKeys.stream(kind, id.partition)) }
        command.append(StreamKeys.replayed(id.partition))
        command.append(id.entry)
        for kind in kinds { command.append(kind.rawValue) }
        return try await functions.callAll([command], decode: { $0.entryID }).first ?? nil
    }

    package func discard(_ id: DeadLetterID) async throws -> Bool {
        var command = RedisCommand(.discard, keys: 1)
        command.append(StreamKeys.dead(id.partition))
        command.append(id.entry)
        return try await functions.sum([command]) == 1
    }

    private func letters(
        in partition: Partition,
        from start: String,
        to end: String,
        limit: Int
    ) async throws -> [DeadLetter] {
        let key = StreamKeys.dead(partition)
        let reply = try await pool.send(RedisCommand("XRANGE", key, start, end, "COUNT", String(limit)))
        return reply.elements.compactMap { DeadLetter($0.elements, in: partition) }
    }
}

/// A group in one partition of a stream.
private struct LagPlace {
    var stream: StreamKind
    var group: ConsumerGroup
    var partition: Partition

    /// Reads the `lag` function's reply; `nil` when the group does not exist.
    func lag(_ reply: [RedisReply]) -> StreamLag? {
        guard
            reply.count == 6,
            let behind = reply[0].integer,
            let pending = reply[1].integer,
            let now = reply[4].integer
        else { return nil }
        func age(_ id: EntryID?) -> Int {
            id.map { max(0, Int(now) - Int(clamping: $0.milliseconds)) } ?? 0
        }
        let oldestPending = reply[2].text.flatMap { EntryID($0) }
        let firstNew = reply[3].text.flatMap { EntryID($0) }
        return StreamLag(
            stream: stream,
            group: group,
            partition: partition,
            behind: Int(behind),
            pending: Int(pending),
            oldestPendingMilliseconds: age(oldestPending),
            behindMilliseconds: age(oldestPending ?? firstNew),
            consumers: reply[5].elements.compactMap { consumer in
                let parts = consumer.elements
                guard parts.count == 3, let name = parts[0].text else { return nil }
                return ConsumerLag(
                    name: name,
                    pending: Int(parts[1].integer ?? 0),
                    idleMilliseconds: Int(parts[2].integer ?? 0)
                )
            }
        )
    }
}

extension DeadLetter {
    /// Reads an entry of a `dead` stream; `nil` for one that Oliver did not write.
    fileprivate init?(_ entry: [RedisReply], in partition: Partition) {
        guard entry.count == 2, let id = entry[0].text.flatMap({ EntryID($0) }) else { return nil }
        let fields = entry[1].fields
        guard
            let stage = fields["stage"]?.text.flatMap(ConsumerGroup.init(rawValue:)),
            let stream = fields["stream"]?.text.flatMap(StreamKind.init(rawValue:)),
            let origin = fields["entry"]?.text.flatMap({ EntryID($0) })
        else { return nil }
        self.init(
            id: DeadLetterID(partition: partition, entry: id),
            stage: stage,
            stream: stream,
            entry: origin,
            epoch: fields["e"]?.integer ?? 0,
            reason: fields["reason"]?.text ?? "",
            attempts: Int(fields["attempts"]?.integer ?? 0),
            buriedAt: id.milliseconds,
            payload: fields["p"]?.bytes ?? []
        )
    }
}
