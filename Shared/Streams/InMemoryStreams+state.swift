/// The dead letters of one partition.
struct MemoryDeadLetters {
    private(set) var letters: [DeadLetter] = []
    private var lastID = EntryID.zero

    mutating func add(_ burial: Burial, from group: ConsumerGroup, in partition: Partition, now: UInt64) {
        lastID = now > lastID.milliseconds ? EntryID(milliseconds: now, sequence: 0) : lastID.next
        letters.append(
            DeadLetter(
                id: DeadLetterID(partition: partition, entry: lastID),
                stage: group,
                stream: burial.delivery.stream,
                entry: burial.delivery.id,
                epoch: burial.delivery.epoch,
                reason: burial.reason,
                attempts: burial.delivery.attempts,
                buriedAt: now,
                payload: burial.delivery.payload
            )
        )
    }

    mutating func remove(_ id: DeadLetterID) -> DeadLetter? {
        letters.firstIndex { $0.id == id }.map { letters.remove(at: $0) }
    }
}

extension InMemoryStreams.State {
    func isFull(_ partition: Partition, limit: Int) -> Bool {
        [StreamKind.raw, .priced].contains { kind in
            streams[InMemoryStreams.Key(kind: kind, partition: partition)].map { $0.entries.count >= limit } ?? false
        }
    }

    mutating func claim(_ claim: Claim, lifetime: Duration, now: UInt64) -> ClaimOutcome {
        let id = Array("\(claim.partition):".utf8) + claim.idHash
        if let known = ids[id], known.expiresAt > now {
            return known.digest == claim.digest ? .duplicate : .conflict
        }
        ids[id] = (claim.digest, now + lifetime.wholeMilliseconds)
        // Holds are kept on Redis only: here every one is unknown.
        let hold = claim.hold == nil ? HoldMark.none : .unusable
        add(.raw, claim.partition, payload: claim.payload, hold: hold, now: now)
        return .accepted
    }

    @discardableResult
    mutating func add(
        _ kind: StreamKind,
        _ partition: Partition,
        epoch: Int64 = 0,
        payload: [UInt8],
        addressedTo: ConsumerGroup? = nil,
        hold: HoldMark = .none,
        isMalformed: Bool = false,
        now: UInt64
    ) -> EntryID {
        additions += 1
        let key = InMemoryStreams.Key(kind: kind, partition: partition)
        return streams[key, default: MemoryStream()].add(
            epoch: epoch,
            payload: payload,
            addressedTo: addressedTo,
            hold: hold,
            isMalformed: isMalformed,
            now: now
        )
    }

    mutating func acknowledge(
        _ kind: StreamKind,
        _ partition: Partition,
        _ id: EntryID,
        for group: ConsumerGroup
    ) -> Bool {
        streams[InMemoryStreams.Key(kind: kind, partition: partition)]?.acknowledge(id, for: group) ?? false
    }

    mutating func bury(_ burial: Burial, from group: ConsumerGroup, now: UInt64) -> Bool {
        let delivery = burial.delivery
        guard acknowledge(delivery.stream, delivery.partition, delivery.id, for: group) else { return false }
        dead[delivery.partition, default: MemoryDeadLetters()]
            .add(burial, from: group, in: delivery.partition, now: now)
        return true
    }

    /// The waiting readers, to be resumed outside the lock.
    mutating func takeWaiters() -> [CheckedContinuation<Void, Never>] {
        defer { waiters.removeAll() }
        return Array(waiters.values)
    }
}
