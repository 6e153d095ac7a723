import Synchronization

extension InMemoryStreams {
    package func prepare() async throws {
        state.withLock { state in
            if state.epoch == 0 { state.epoch = Int64.random(in: 1 ... .max) }
            for kind in StreamKind.allCases {
                for partition in partitioning.partitions {
                    for group in kind.groups {
                        let key = Key(kind: kind, partition: partition)
                        state.streams[key, default: MemoryStream()].groups[group, default: MemoryStream.Group()].touch()
                    }
                }
            }
        }
    }

    package func lag() async throws -> [StreamLag] {
        let now = now()
        return state.withLock { state in
            var lags: [StreamLag] = []
            for kind in StreamKind.allCases {
                for group in kind.groups {
                    for partition in partitioning.partitions {
                        guard
                            let stream = state.streams[Key(kind: kind, partition: partition)],
                            let lag = stream.lag(of: kind, in: group, partition, now: now)
                        else { continue }
                        lags.append(lag)
                    }
                }
            }
            return lags
        }
    }

    package func deadLetterCount() async throws -> Int {
        state.withLock { $0.dead.values.reduce(0) { $0 + $1.letters.count } }
    }

    package func deadLetters(after: DeadLetterID?, limit: Int) async throws -> DeadLetterPage {
        state.withLock { state in
            let all = state.dead.values.flatMap(\.letters).sorted { $0.id < $1.id }
            let rest = after.map { cursor in all.filter { $0.id > cursor } } ?? all
            let page = Array(rest.prefix(limit))
            return DeadLetterPage(letters: page, next: rest.count > page.count ? page.last?.id : nil)
        }
    }

    package func deadLetter(_ id: DeadLetterID) async throws -> DeadLetter? {
        state.withLock { $0.dead[id.partition]?.letters.first { $0.id == id } }
    }

    package func replay(_ id: DeadLetterID) async throws -> EntryID? {
        let now = now()
        let (added, waiters) = state.withLock { state -> (EntryID?, [CheckedContinuation<Void, Never>]) in
            guard let letter = state.dead[id.partition]?.remove(id) else { return (nil, []) }
            let added = state.add(
                letter.stream,
                id.partition,
                epoch: letter.epoch,
                payload: letter.payload,
                addressedTo: letter.stage,
                now: now
            )
            return (added, state.takeWaiters())
        }
        waiters.forEach { $0.resume() }
        return added
    }

    package func discard(_ id: DeadLetterID) async throws -> Bool {
        state.withLock { $0.dead[id.partition]?.remove(id) != nil }
    }

    /// Adds an entry that no Oliver wrote, as an operator could by hand.
    package func addMalformedEntry(to stream: StreamKind, in partition: Partition) {
        let now = now()
        let waiters = state.withLock { state in
            state.add(stream, partition, payload: [], isMalformed: true, now: now)
            return state.takeWaiters()
        }
        waiters.forEach { $0.resume() }
    }
}

extension MemoryStream.Group {
    /// Exists.
    mutating func touch() {}
}

extension MemoryStream {
    func lag(of kind: StreamKind, in name: ConsumerGroup, _ partition: Partition, now: UInt64) -> StreamLag? {
        guard let group = groups[name] else { return nil }
        func age(_ id: EntryID?) -> Int {
            id.map { now > $0.milliseconds ? Int(now - $0.milliseconds) : 0 } ?? 0
        }
        let firstNew = index(notBefore: group.lastDelivered.next)
        let oldestPending = group.pending.keys.min()
        let oldest = oldestPending ?? (firstNew < entries.count ? entries[firstNew].id : nil)
        return StreamLag(
            stream: kind,
            group: name,
            partition: partition,
            behind: entries.count - firstNew,
            pending: group.pending.count,
            oldestPendingMilliseconds: age(oldestPending),
            behindMilliseconds: age(oldest),
            consumers: group.consumers.sorted { $0.key < $1.key }.map { name, seen in
                ConsumerLag(
                    name: name,
                    pending: group.pending.values.count { $0.consumer == name },
                    idleMilliseconds: Int(now - min(now, seen))
                )
            }
        )
    }
}
