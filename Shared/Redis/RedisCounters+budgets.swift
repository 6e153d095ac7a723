package import Streams

/// What counting must know of budgets, and the counters that ended with one.
extension RedisCounters {
    /// Raises the version of budgets of partitions: from now on nothing is counted there by an older one.
    ///
    /// A lower version than the known one changes nothing.
    package func publishBudgets(version: Int64, in partitions: [Partition]) async throws {
        try await publish(version, replacing: nil, in: partitions)
    }

    /// Lowers the version of budgets of a partition, when it still is the one that is replaced.
    ///
    /// That is right only when the budgets' store itself went back, to a backup.
    package func lowerBudgets(to version: Int64, from replaced: Int64, in partition: Partition) async throws {
        try await publish(version, replacing: replaced, in: [partition])
    }

    private func publish(_ version: Int64, replacing replaced: Int64?, in partitions: [Partition]) async throws {
        let commands = partitions.map { partition in
            var command = RedisCommand(.publish, keys: 1)
            command.append(StreamKeys.budgets(partition))
            command.append(version)
            command.append(replaced.map { String($0) } ?? "")
            return command
        }
        _ = try await functions.sum(commands)
    }

    /// The versions of budgets that partitions know; 0 for none.
    package func publishedBudgets(in partitions: [Partition]) async throws -> [Int64] {
        let replies = try await pool.pipeline(partitions.map { RedisCommand("GET", StreamKeys.budgets($0)) })
        try replies.throwFirstError()
        return replies.map { $0.integer ?? 0 }
    }

    /// Deletes counters of a workspace that nothing is to be counted in any more.
    package func forget(_ names: [String], in workspace: String, _ partition: Partition) async throws {
        for start in stride(from: 0, to: names.count, by: 500) {
            let some = Array(names[start..<min(start + 500, names.count)])
            // First the counters: what dies in between is forgotten by whoever tries again.
            try await remove(partition, names: some)
            var command = RedisCommand("ZREM", StreamKeys.register(workspace, partition))
            for name in some { command.append(name) }
            try await pool.send(command)
        }
    }
}
