import Logging
import Streams

/// Reads one stream's partitions over a connection of its own, on which it can wait.
actor RedisStreamReader: StreamReader {
    private let streams: RedisStreams
    private let stream: StreamKind
    private let group: ConsumerGroup
    private let consumer: String
    private var connection: RedisConnection?
    /// Partitions that the last read found entries in: the next limit is shared among as many.
    private var busyPartitions = 1
    /// Up to where this consumer's own past has been recovered.
    private var recovered: (partition: Int, after: EntryID?) = (0, nil)

    init(streams: RedisStreams, stream: StreamKind, group: ConsumerGroup, consumer: String) {
        self.streams = streams
        self.stream = stream
        self.group = group
        self.consumer = consumer
    }

    func read(limit: Int, wait: Duration) async throws -> [Delivery] {
        let perPartition = max(1, (limit + busyPartitions - 1) / busyPartitions)
        let command = readCommand(limit: perPartition, wait: wait)
        let parser = DeliveryParser(stream: stream)
        let timeout = max(wait, .zero) + streams.pool.configuration.commandTimeout
        let deliveries = try await streams.healing {
            try await withOwnConnection { connection in
                try await connection.exchange([command], timeout: timeout, decode: parser.newDeliveries)
            }
        }
        busyPartitions = max(1, Set(deliveries.map(\.partition)).count)
        return deliveries
    }

    func recover(limit: Int, suspectAfter: Int) async throws -> [Delivery] {
        while recovered.partition < streams.partitioning.count {
            let page = try await redeliver(
                in: Partition(number: recovered.partition),
                after: recovered.after,
                limit: limit,
                idle: nil,
                suspectAfter: suspectAfter
            )
            recovered = page.last.map { (recovered.partition, $0) } ?? (recovered.partition + 1, nil)
            if !page.deliveries.isEmpty { return page.deliveries }
        }
        recovered = (0, nil)
        return []
    }

    func reclaim(limit: Int, idle: Duration, suspectAfter: Int) async throws -> [Delivery] {
        for partition in streams.partitioning.partitions {
            var after: EntryID?
            repeat {
                let page = try await redeliver(
                    in: partition,
                    after: after,
                    limit: limit,
                    idle: idle,
                    suspectAfter: suspectAfter
                )
                if !page.deliveries.isEmpty { return page.deliveries }
                // All on this page had been deleted from the stream by hand: look further.
                after = page.last
            } while after != nil
        }
        return []
    }

    func close() async {
        await connection?.close()
        connection = nil
    }

    private func readCommand(limit: Int, wait: Duration) -> RedisCommand {
        var command = RedisCommand("XREADGROUP", "GROUP", group.rawValue, consumer, "COUNT", String(limit))
        if wait > .zero {
            command.append("BLOCK")
            // 0 would mean for ever.
            command.append(max(1, wait.wholeMilliseconds))
        }
        command.append("STREAMS")
        for partition in streams.partitioning.partitions { command.append(StreamKeys.stream(stream, partition)) }
        for _ in streams.partitioning.partitions { command.append(">") }
        return command
    }

    private func redeliver(
        in partition: Partition,
        after: EntryID?,
        limit: Int,
        idle: Duration?,
        suspectAfter: Int
    ) async throws -> PendingPage {
        var command = RedisCommand(.reclaim, keys: 1)
        command.append(StreamKeys.stream(stream, partition))
        command.append(group.rawValue)
        command.append(consumer)
        command.append(after.map { "(\($0)" } ?? "-")
        command.append(min(limit, RedisStreams.callLimit))
        command.append(idle.map { Int64($0.wholeMilliseconds) } ?? -1)
        command.append(suspectAfter)
        let parser = DeliveryParser(stream: stream)
        let pages = try await streams.healing {
            try await streams.functions.callAll([command]) { reply throws(RedisError) in
                try parser.pendingPage(reply, in: partition)
            }
        }
        return pages.first ?? PendingPage(last: nil, deliveries: [])
    }

    /// Redis knows a consumer from its first entry on; who looks at the lag is to see it before there is any.
    private func openConnection() async throws -> RedisConnection {
        let connection = try await streams.pool.dedicatedConnection()
        // Error replies say nothing new: the read that follows has the same.
        _ = try await connection.pipeline(
            streams.partitioning.partitions.map { partition in
                let key = StreamKeys.stream(stream, partition)
                return RedisCommand("XGROUP", "CREATECONSUMER", key, group.rawValue, consumer)
            }
        )
        return connection
    }

    /// Uses the reader's connection, and opens it when there is none.
    ///
    /// Cancelling breaks it off at once: what the server was about to deliver stays pending for this consumer.
    private func withOwnConnection(
        _ body: (RedisConnection) async throws -> [Result<[Delivery], RedisError>]
    ) async throws -> [Delivery] {
        try Task.checkCancellation()
        if connection?.isReady != true {
            await close()
            connection = try await openConnection()
        }
        guard let connection else { return [] }
        do {
            let results = try await withTaskCancellationHandler {
                try await body(connection)
            } onCancel: {
                connection.interrupt()
            }
            return try results.first?.get() ?? []
        } catch {
            if !connection.isReady { await close() }
            try Task.checkCancellation()
            throw error
        }
    }
}

extension RedisStreams {
    /// Runs an operation; when the server turns out to have lost groups or epochs, makes them again.
    ///
    /// - Throws: the operation's error all the same, a retriable one then: the caller tries again after a while.
    func healing<Value: Sendable>(_ operation: () async throws -> Value) async throws -> Value {
        do {
            return try await operation()
        } catch let error as RedisError where error.code == .groupMissing || error.code == .notPrepared {
            logger.warning("redis has lost its streams: they are made anew", metadata: ["error": "\(error)"])
            try await prepare()
            throw error
        }
    }
}
