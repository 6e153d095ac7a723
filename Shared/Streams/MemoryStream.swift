/// One stream in memory with its groups: what a Redis stream does, as a plain value.
struct MemoryStream {
    struct Entry {
        var id: EntryID
        var epoch: Int64
        var payload: [UInt8]
        var addressedTo: ConsumerGroup?
        var hold = HoldMark.none
        var isMalformed = false
    }

    struct Pending {
        var consumer: String
        var deliveredAt: UInt64
        var count: Int
    }

    struct Group {
        var lastDelivered = EntryID.zero
        var pending: [EntryID: Pending] = [:]
        var consumers: [String: UInt64] = [:]
    }

    private(set) var entries: [Entry] = []
    private(set) var lastID = EntryID.zero
    var groups: [ConsumerGroup: Group] = [:]

    /// Adds an entry and gives it the next id.
    @discardableResult
    mutating func add(
        epoch: Int64 = 0,
        payload: [UInt8],
        addressedTo: ConsumerGroup? = nil,
        hold: HoldMark = .none,
        isMalformed: Bool = false,
        now: UInt64
    ) -> EntryID {
        lastID =
            now > lastID.milliseconds
            ? EntryID(milliseconds: now, sequence: 0)
            : lastID.next
        let entry = Entry(
            id: lastID,
            epoch: epoch,
            payload: payload,
            addressedTo: addressedTo,
            hold: hold,
            isMalformed: isMalformed
        )
        entries.append(entry)
        return lastID
    }

    /// The entry with this id.
    func entry(_ id: EntryID) -> Entry? {
        let index = index(notBefore: id)
        return index < entries.count && entries[index].id == id ? entries[index] : nil
    }

    /// Where the first entry with this or a later id stands.
    func index(notBefore id: EntryID) -> Int {
        var range = 0..<entries.count
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            range = entries[middle].id < id ? (middle + 1)..<range.upperBound : range.lowerBound..<middle
        }
        return range.lowerBound
    }

    /// Gives the next new entries to a consumer.
    mutating func deliver(_ group: ConsumerGroup, to consumer: String, limit: Int, now: UInt64) -> [Entry] {
        guard var state = groups[group] else { return [] }
        state.consumers[consumer] = now
        let start = index(notBefore: state.lastDelivered.next)
        let given = Array(entries[start...].prefix(limit))
        for entry in given {
            state.pending[entry.id] = Pending(consumer: consumer, deliveredAt: now, count: 1)
            state.lastDelivered = entry.id
        }
        groups[group] = state
        return given
    }

    /// Gives pending entries to a consumer anew: those it holds itself, or those held by anyone for so long.
    ///
    /// Like the `reclaim` function on Redis: a suspect comes alone.
    mutating func redeliver(
        _ group: ConsumerGroup,
        to consumer: String,
        after: EntryID,
        limit: Int,
        idle: UInt64?,
        suspectAfter: Int,
        now: UInt64
    ) -> [(entry: Entry, attempts: Int)] {
        guard var state = groups[group] else { return [] }
        state.consumers[consumer] = now
        defer { groups[group] = state }
        var given: [(Entry, Int)] = []
        for id in state.pending.keys.filter({ $0 > after }).sorted() {
            guard given.count < limit, var pending = state.pending[id] else { break }
            if let idle {
                guard now >= pending.deliveredAt + idle else { continue }
            } else if pending.consumer != consumer {
                continue
            }
            let isSuspect = pending.count >= suspectAfter
            if isSuspect, !given.isEmpty { break }
            guard let entry = entry(id) else {
                state.pending[id] = nil
                continue
            }
            pending = Pending(consumer: consumer, deliveredAt: now, count: pending.count + 1)
            state.pending[id] = pending
            given.append((entry, pending.count))
            if isSuspect { break }
        }
        return given
    }

    /// Acknowledges an entry; whether it was pending.
    mutating func acknowledge(_ id: EntryID, for group: ConsumerGroup) -> Bool {
        groups[group]?.pending.removeValue(forKey: id) != nil
    }

    /// Drops the entries that all these groups have acknowledged; how many there were.
    mutating func trim(expecting expected: [ConsumerGroup]) -> Int {
        var keep = EntryID(milliseconds: .max, sequence: .max)
        for group in expected {
            guard let state = groups[group] else { return 0 }
            keep = min(keep, state.pending.keys.min() ?? state.lastDelivered.next)
        }
        let count = index(notBefore: keep)
        entries.removeFirst(count)
        return count
    }

    /// Deletes an entry; whether there was one.
    mutating func remove(_ id: EntryID) -> Bool {
        let index = index(notBefore: id)
        guard index < entries.count, entries[index].id == id else { return false }
        entries.remove(at: index)
        return true
    }
}
