import Synchronization

/// Reads `InMemoryStreams`.
final class InMemoryStreamReader: StreamReader {
    private let streams: InMemoryStreams
    private let stream: StreamKind
    private let group: ConsumerGroup
    private let consumer: String
    /// Up to where this consumer's own past has been recovered.
    private let recovered = Mutex<[Partition: EntryID]>([:])

    init(streams: InMemoryStreams, stream: StreamKind, group: ConsumerGroup, consumer: String) {
        self.streams = streams
        self.stream = stream
        self.group = group
        self.consumer = consumer
    }

    func read(limit: Int, wait: Duration) async throws -> [Delivery] {
        let (first, additions) = try take(limit: limit)
        guard first.isEmpty, wait > .zero else { return first }
        let streams = streams
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await streams.arrival(after: additions) }
            group.addTask { try await streams.time.sleep(wait) }
            defer { group.cancelAll() }
            try await group.next()
        }
        try Task.checkCancellation()
        return try take(limit: limit).0
    }

    func recover(limit: Int, suspectAfter: Int) async throws -> [Delivery] {
        for partition in streams.partitioning.partitions {
            let after = recovered.withLock { $0[partition] ?? .zero }
            let found = redeliver(partition, after: after, limit: limit, idle: nil, suspectAfter: suspectAfter)
            guard let last = found.last else { continue }
            recovered.withLock { $0[partition] = last.id }
            return found
        }
        recovered.withLock { $0.removeAll() }
        return []
    }

    func reclaim(limit: Int, idle: Duration, suspectAfter: Int) async throws -> [Delivery] {
        for partition in streams.partitioning.partitions {
            let found = redeliver(
                partition,
                after: .zero,
                limit: limit,
                idle: idle.wholeMilliseconds,
                suspectAfter: suspectAfter
            )
            if !found.isEmpty { return found }
        }
        return []
    }

    func close() async {}

    private func take(limit: Int) throws -> ([Delivery], Int) {
        let now = streams.now()
        return try streams.state.withLock { state in
            var deliveries: [Delivery] = []
            for partition in streams.partitioning.partitions {
                let key = InMemoryStreams.Key(kind: stream, partition: partition)
                guard state.streams[key]?.groups[group] != nil else {
                    throw StreamsError(.notPrepared, "there is no group \(group.rawValue) of \(stream.rawValue)")
                }
                let entries = state.streams[key]?.deliver(group, to: consumer, limit: limit, now: now) ?? []
                deliveries += entries.map { delivery($0, in: partition, attempts: 1) }
            }
            return (deliveries, state.additions)
        }
    }

    private func redeliver(
        _ partition: Partition,
        after: EntryID,
        limit: Int,
        idle: UInt64?,
        suspectAfter: Int
    ) -> [Delivery] {
        let now = streams.now()
        return streams.state.withLock { state in
            let key = InMemoryStreams.Key(kind: stream, partition: partition)
            let given = state.streams[key]?.redeliver(
                group,
                to: consumer,
                after: after,
                limit: limit,
                idle: idle,
                suspectAfter: suspectAfter,
                now: now
            )
            return (given ?? []).map { delivery($0.entry, in: partition, attempts: $0.attempts) }
        }
    }

    private func delivery(_ entry: MemoryStream.Entry, in partition: Partition, attempts: Int) -> Delivery {
        Delivery(
            stream: stream,
            partition: partition,
            id: entry.id,
            epoch: entry.epoch,
            payload: entry.payload,
            attempts: attempts,
            addressedTo: entry.addressedTo,
            hold: entry.hold,
            isMalformed: entry.isMalformed
        )
    }
}

extension InMemoryStreams {
    /// Returns when an entry is added after so many additions, or when the task is cancelled.
    func arrival(after additions: Int) async {
        let number = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDue = state.withLock { state in
                    if state.additions != additions || Task.isCancelled { return true }
                    state.waiters[number] = continuation
                    return false
                }
                if isDue { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: number) }?.resume()
        }
    }
}
