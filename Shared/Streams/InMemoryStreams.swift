import Synchronization

/// Streams in this process's memory: for tests, with the same contract as those on Redis.
///
/// Nothing survives the process. Time is given, so that tests can let entries grow old.
package final class InMemoryStreams: UsageStreams {
    struct Key: Hashable {
        var kind: StreamKind
        var partition: Partition
    }

    struct State {
        var streams: [Key: MemoryStream] = [:]
        var dead: [Partition: MemoryDeadLetters] = [:]
        var ids: [[UInt8]: (digest: [UInt8], expiresAt: UInt64)] = [:]
        var waiting: [[UInt8]: (claim: Claim, due: UInt64)] = [:]
        var epoch: Int64 = 0
        var additions = 0
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
        var nextWaiter = 0
    }

    package let partitioning: Partitioning
    let state = Mutex(State())
    let now: @Sendable () -> UInt64
    let time: LoopTime
    let backlogLimit: Int
    let idLifetime: Duration

    /// Empty streams without groups: call `prepare`.
    ///
    /// A partition's raw or priced stream may hold `backlogLimit` entries before claims are refused. `now` tells
    /// milliseconds since 1970; reads wait by `time`.
    package init(
        partitioning: Partitioning = .standard,
        backlogLimit: Int = 1_000_000,
        idLifetime: Duration = .seconds(86_400),
        now: @escaping @Sendable () -> UInt64,
        time: LoopTime = .system
    ) {
        self.partitioning = partitioning
        self.backlogLimit = backlogLimit
        self.idLifetime = idLifetime
        self.now = now
        self.time = time
    }

    // MARK: - StreamProducer

    package func claim(_ claims: [Claim]) async -> [ClaimOutcome] {
        let now = now()
        let (outcomes, waiters) = state.withLock { state in
            // Redis decides once per call and partition whether there is room.
            let full = Set(claims.map(\.partition)).filter { state.isFull($0, limit: backlogLimit) }
            let outcomes = claims.map { claim -> ClaimOutcome in
                full.contains(claim.partition)
                    ? .refused(ClaimRefusal(code: .backlog, detail: "the partition holds \(backlogLimit) entries"))
                    : claim.report.map { state.report(claim, $0, now: now) }
                        ?? state.claim(claim, lifetime: idLifetime, now: now)
            }
            return (outcomes, state.takeWaiters())
        }
        waiters.forEach { $0.resume() }
        return outcomes
    }

    package func publish(_ notices: [Notice]) async throws {
        let now = now()
        let waiters = state.withLock { state in
            for notice in notices {
                state.add(.notices, notice.partition, payload: notice.payload, now: now)
            }
            return state.takeWaiters()
        }
        waiters.forEach { $0.resume() }
    }

    package func pressure() async throws -> StreamPressure {
        state.withLock { state in
            func fullest(_ kind: StreamKind) -> Int {
                state.streams.filter { $0.key.kind == kind }.map(\.value.entries.count).max() ?? 0
            }
            return StreamPressure(
                usedMemory: 0,
                memoryLimit: 0,
                rawEntries: fullest(.raw),
                pricedEntries: fullest(.priced)
            )
        }
    }

    // MARK: - StreamConsumer

    package func reader(
        of stream: StreamKind,
        for group: ConsumerGroup,
        as consumer: String
    ) -> any StreamReader {
        InMemoryStreamReader(streams: self, stream: stream, group: group, consumer: consumer)
    }

    package func forward(_ entries: [ForwardedEntry]) async throws -> Int {
        let now = now()
        let (count, waiters) = try state.withLock { state in
            guard state.epoch > 0 else { throw StreamsError(.notPrepared, "the streams have no epoch") }
            var count = 0
            for entry in entries
            where state.acknowledge(.raw, entry.partition, entry.rawID, for: .pricing) {
                state.add(.priced, entry.partition, epoch: state.epoch, payload: entry.payload, now: now)
                count += 1
            }
            return (count, state.takeWaiters())
        }
        waiters.forEach { $0.resume() }
        return count
    }

    @discardableResult
    package func acknowledge(_ deliveries: [Delivery], for group: ConsumerGroup) async throws -> Int {
        state.withLock { state in
            deliveries.count { state.acknowledge($0.stream, $0.partition, $0.id, for: group) }
        }
    }

    @discardableResult
    package func bury(_ burials: [Burial], from group: ConsumerGroup) async throws -> Int {
        let now = now()
        return state.withLock { state in
            burials.count { state.bury($0, from: group, now: now) }
        }
    }

    package func keep(_ deliveries: [Delivery], for group: ConsumerGroup, as consumer: String) async throws {
        let now = now()
        state.withLock { state in
            for delivery in deliveries {
                let key = Key(kind: delivery.stream, partition: delivery.partition)
                guard state.streams[key]?.groups[group]?.pending[delivery.id] != nil else { continue }
                state.streams[key]?.groups[group]?.pending[delivery.id] =
                    MemoryStream.Pending(consumer: consumer, deliveredAt: now, count: 1)
            }
        }
    }

    @discardableResult
    package func trim(_ stream: StreamKind) async throws -> Int {
        state.withLock { state in
            state.streams.keys.filter { $0.kind == stream }.reduce(0) { count, key in
                count + (state.streams[key]?.trim(expecting: stream.groups) ?? 0)
            }
        }
    }

    @discardableResult
    package func removeIdleConsumers(
        of stream: StreamKind,
        in group: ConsumerGroup,
        idleFor: Duration
    ) async throws -> Int {
        let now = now()
        let idle = idleFor.wholeMilliseconds
        return state.withLock { state in
            var count = 0
            for key in state.streams.keys where key.kind == stream {
                guard let members = state.streams[key]?.groups[group] else { continue }
                let busy = Set(members.pending.values.map(\.consumer))
                for (name, seen) in members.consumers where !busy.contains(name) && now >= seen + idle {
                    state.streams[key]?.groups[group]?.consumers[name] = nil
                    count += 1
                }
            }
            return count
        }
    }
}

extension Duration {
    /// Rounded down; 0 when negative.
    package var wholeMilliseconds: UInt64 {
        UInt64(max(0, components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000))
    }
}
