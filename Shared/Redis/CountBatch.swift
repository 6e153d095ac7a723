package import Domain
package import Streams

/// A counter that events are to be counted by.
package struct CounterUse: Hashable, Sendable {
    /// Opaque here: who counts says what a name stands for.
    package var name: String
    /// When the counter is no longer needed; `nil` for never.
    package var expiresAt: Timestamp?

    package init(name: String, expiresAt: Timestamp? = nil) {
        self.name = name
        self.expiresAt = expiresAt
    }
}

/// An event to be counted and acknowledged.
package struct CountedEvent: Hashable, Sendable {
    package var id: EntryID
    /// Which of the batch's sets of counters it counts for.
    package var set: Int
    /// Its cost; `nil` when it is unpriced, which is never zero.
    package var cost: Money?

    package init(id: EntryID, set: Int, cost: Money?) {
        self.id = id
        self.set = set
        self.cost = cost
    }
}

/// Events of one partition.
///
/// Those of the same scopes and periods share a set, which is summed up once.
package struct CountBatch: Hashable, Sendable {
    package var partition: Partition
    package var counters: [CounterUse]
    /// Sets of positions in `counters`.
    ///
    /// A set may be empty: its events are only acknowledged.
    package var sets: [[Int]]
    package var events: [CountedEvent]

    package init(partition: Partition, counters: [CounterUse], sets: [[Int]], events: [CountedEvent]) {
        self.partition = partition
        self.counters = counters
        self.sets = sets
        self.events = events
    }

    /// Whether all positions exist.
    ///
    /// The function on the server relies on it: it acknowledges before it adds up.
    var isConsistent: Bool {
        sets.allSatisfy { $0.allSatisfy(counters.indices.contains) }
            && events.allSatisfy { sets.indices.contains($0.set) }
    }
}

/// What is added to a counter at once.
package struct CounterDelta: Hashable, Sendable {
    package var counter: CounterUse
    package var sum: MoneySum
    package var events: Int64
    /// How many of the events are unpriced.
    package var unpriced: Int64

    package init(counter: CounterUse, sum: MoneySum, events: Int64, unpriced: Int64) {
        self.counter = counter
        self.sum = sum
        self.events = events
        self.unpriced = unpriced
    }
}

/// What a counter says.
package struct CounterValue: Hashable, Sendable {
    package var sum: MoneySum
    package var events: Int64
    package var unpriced: Int64
    /// The rebuild that the counter comes from; 0 when it was never rebuilt.
    package var generation: Int64
    /// Whether a rebuild of the counter has ended, so that it holds everything.
    package var isReady: Bool

    package init(sum: MoneySum, events: Int64, unpriced: Int64, generation: Int64, isReady: Bool) {
        self.sum = sum
        self.events = events
        self.unpriced = unpriced
        self.generation = generation
        self.isReady = isReady
    }
}

/// What a group has still to apply to a counter whose rebuild has begun: the ledger's sum must leave these out.
package struct RebuildStart: Hashable, Sendable {
    /// Entries after this one have not been delivered to the group.
    package var lastDelivered: EntryID
    /// Corrections up to this number have been applied before; later ones will be.
    package var outboxMark: Int64
    /// Entries delivered and not yet counted.
    package var pending: [EntryID]
    /// Entries that the group gave up on: counted only after a replay.
    package var buried: [BuriedEntry]

    /// The name of a priced entry.
    package struct BuriedEntry: Hashable, Sendable {
        package var epoch: Int64
        package var id: EntryID
    }
}
