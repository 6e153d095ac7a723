package import Streams

extension RedisStreams {
    package func reader(
        of stream: StreamKind,
        for group: ConsumerGroup,
        as consumer: String
    ) -> any StreamReader {
        RedisStreamReader(streams: self, stream: stream, group: group, consumer: consumer)
    }

    package func forward(_ entries: [ForwardedEntry]) async throws -> Int {
        let calls = entries.grouped(by: \.partition, limit: Self.callLimit)
        return try await healing {
            try await functions.sum(
                calls.map { partition, entries in
                    let size = entries.reduce(256) { $0 + 64 + $1.payload.count }
                    var command = RedisCommand(.forward, keys: 3, capacity: size)
                    command.append(StreamKeys.stream(.raw, partition))
                    command.append(StreamKeys.stream(.priced, partition))
                    command.append(StreamKeys.epoch(partition))
                    command.append(ConsumerGroup.pricing.rawValue)
                    for entry in entries {
                        command.append(entry.rawID)
                        command.append(entry.payload)
                        command.append(entry.holdID ?? "")
                    }
                    return command
                }
            )
        }
    }

    @discardableResult
    package func acknowledge(_ deliveries: [Delivery], for group: ConsumerGroup) async throws -> Int {
        if deliveries.isEmpty { return 0 }
        let calls = deliveries.grouped(by: Source.init, limit: Self.callLimit)
        let replies = try await pool.pipeline(
            calls.map { source, deliveries in
                var command = RedisCommand("XACK", source.key, group.rawValue)
                for delivery in deliveries { command.append(delivery.id) }
                return command
            }
        )
        try replies.throwFirstError()
        return replies.reduce(0) { $0 + Int($1.integer ?? 0) }
    }

    @discardableResult
    package func bury(_ burials: [Burial], from group: ConsumerGroup) async throws -> Int {
        let calls = burials.grouped(by: { Source($0.delivery) }, limit: Self.callLimit)
        return try await functions.sum(
            calls.map { source, burials in
                var command = RedisCommand(.bury, keys: 2)
                command.append(source.key)
                command.append(StreamKeys.dead(source.partition))
                command.append(group.rawValue)
                command.append(source.stream.rawValue)
                for burial in burials {
                    command.append(burial.delivery.id)
                    command.append(burial.reason)
                    command.append(burial.delivery.attempts)
                }
                return command
            }
        )
    }

    package func keep(_ deliveries: [Delivery], for group: ConsumerGroup, as consumer: String) async throws {
        if deliveries.isEmpty { return }
        let calls = deliveries.grouped(by: Source.init, limit: Self.callLimit)
        let replies = try await pool.pipeline(
            calls.map { source, deliveries in
                var command = RedisCommand("XCLAIM", source.key, group.rawValue, consumer, "0")
                for delivery in deliveries { command.append(delivery.id) }
                for option in ["IDLE", "0", "RETRYCOUNT", "1", "JUSTID"] { command.append(option) }
                return command
            }
        )
        try replies.throwFirstError()
    }

    @discardableResult
    package func trim(_ stream: StreamKind) async throws -> Int {
        try await functions.sum(
            partitioning.partitions.map { partition in
                var command = RedisCommand(.trim, keys: 1)
                command.append(StreamKeys.stream(stream, partition))
                for group in stream.groups { command.append(group.rawValue) }
                return command
            }
        )
    }

    @discardableResult
    package func removeIdleConsumers(
        of stream: StreamKind,
        in group: ConsumerGroup,
        idleFor: Duration
    ) async throws -> Int {
        let idle = Int64(idleFor.wholeMilliseconds)
        let keys = partitioning.partitions.map { StreamKeys.stream(stream, $0) }
        let replies = try await pool.pipeline(keys.map { RedisCommand("XINFO", "CONSUMERS", $0, group.rawValue) })
        var deletions: [RedisCommand] = []
        for (key, reply) in zip(keys, replies) {
            for consumer in reply.elements.map(\.fields) {
                guard let name = consumer["name"]?.text, consumer["pending"]?.integer == 0 else { continue }
                guard let silence = consumer["idle"]?.integer, silence >= idle else { continue }
                deletions.append(RedisCommand("XGROUP", "DELCONSUMER", key, group.rawValue, name))
            }
        }
        if deletions.isEmpty { return 0 }
        try await pool.pipeline(deletions).throwFirstError()
        return deletions.count
    }
}

/// The stream of one partition that an entry came from.
private struct Source: Hashable {
    var stream: StreamKind
    var partition: Partition

    init(_ delivery: Delivery) {
        stream = delivery.stream
        partition = delivery.partition
    }

    var key: String { StreamKeys.stream(stream, partition) }
}
