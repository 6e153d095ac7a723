internal import Logging
internal import Streams

extension RedisStreams {
    /// Compares the partitions with the ledger that were not compared since the server started.
    ///
    /// Any number of replicas may do so at once: the first decides.
    ///
    /// - Throws: What the ledger or Redis throws; partitions before the failing one are done.
    package func establish() async throws {
        guard let lives else { return }
        for (partition, epoch) in zip(partitioning.partitions, try await functions.epochs(partitioning.partitions))
        where epoch == nil {
            try await lives.comparing(partition) { known in try await establish(partition, known) }
        }
    }

    private func establish(_ partition: Partition, _ known: KnownLife) async throws -> Int64 {
        var command = RedisCommand(.establish, keys: 4)
        command.append(StreamKeys.epoch(partition))
        command.append(StreamKeys.stream(.priced, partition))
        command.append(StreamKeys.cuts(partition))
        command.append(StreamKeys.outboxMark(partition))
        command.append(Int64.random(in: 1 ... .max))
        command.append(known.epoch.map { String($0) } ?? "")
        command.append(known.furthest)
        command.append(known.outboxNumber)
        guard let epoch = try await functions.callAll([command], decode: { $0.copy.integer }).first ?? nil else {
            throw RedisError(.invalidReply, "a partition has no epoch after it was given one")
        }
        if epoch != known.epoch {
            logger.notice(
                "a partition begins a new life: its counters are rebuilt",
                metadata: ["partition": "\(partition)", "epoch": "\(epoch)"]
            )
        }
        return epoch
    }
}

extension RedisFunctions {
    /// The epoch of each partition; `nil` for one that was not compared since the server started.
    func epochs(_ partitions: [Partition]) async throws -> [Int64?] {
        try await callAll(
            partitions.map { partition in
                var command = RedisCommand(.life, keys: 1)
                command.append(StreamKeys.epoch(partition))
                return command
            },
            decode: { $0.copy.integer }
        )
    }
}
