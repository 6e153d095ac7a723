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
    /// The hold that counting the event settles.
    package var holdID: String?

    package init(id: EntryID, set: Int, cost: Money?, holdID: String? = nil) {
        self.id = id
        self.set = set
        self.cost = cost
        self.holdID = holdID
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

/// What counting did.
package struct CountResult: Hashable, Sendable {
    /// How many events were counted now.
    package var counted: Int
    /// The counters that they belong to, as they stand afterwards.
    package var levels: [CounterLevel]

    package init(counted: Int, levels: [CounterLevel]) {
        self.counted = counted
        self.levels = levels
    }
}

/// Where a counter stands.
package struct CounterLevel: Hashable, Sendable {
    package var partition: Partition
    package var counter: CounterUse
    package var sum: MoneySum
    /// Whether it holds everything; `false` also for one that does not exist: only a rebuild makes a counter.
    package var isReady: Bool

    package init(partition: Partition, counter: CounterUse, sum: MoneySum, isReady: Bool) {
        self.partition = partition
        self.counter = counter
        self.sum = sum
        self.isReady = isReady
    }
}

/// What a counter says.
package struct CounterValue: Hashable, Sendable {
    package var sum: MoneySum
    package var events: Int64
    package var unpriced: Int64
    /// What preflights have reserved in it.
    package var held: MoneySum
    /// Whether it holds everything: a rebuild has ended in this life of Redis.
    package var isReady: Bool

    package init(sum: MoneySum, events: Int64, unpriced: Int64, held: MoneySum = .zero, isReady: Bool) {
        self.sum = sum
        self.events = events
        self.unpriced = unpriced
        self.held = held
        self.isReady = isReady
    }
}
