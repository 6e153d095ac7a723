internal import Calendars
internal import Domain
package import Redis
package import Streams
internal import Wire

/// What one partition's part of a batch adds to which counters: the argument of the counting function.
///
/// Events of the same scopes and periods share a set of counters, so that the function adds up per set first.
package struct CountPlan: Sendable {
    /// One call of the counting function for each partition.
    package private(set) var batches: [CountBatch] = []
    /// The counters of each batch, in its order.
    package private(set) var counters: [[CounterCatalogue.Counter]] = []
    /// Entries that cannot be read, by their index in the batch, with the reason.
    package private(set) var poison: [Int: String] = [:]

    /// Plans the counting of a batch.
    package init(_ deliveries: [Delivery], catalogue: CounterCatalogue) {
        var builders: [Partition: Builder] = [:]
        for (index, delivery) in deliveries.enumerated() {
            do {
                try builders[delivery.partition, default: Builder()].add(delivery, catalogue)
            } catch {
                poison[index] = String(describing: error)
            }
        }
        for (partition, builder) in builders.sorted(by: { $0.key.number < $1.key.number }) {
            batches.append(builder.batch(in: partition))
            counters.append(builder.counters)
        }
    }

    private struct Builder {
        private(set) var counters: [CounterCatalogue.Counter] = []
        private var indexes: [String: Int] = [:]
        private var sets: [[Int]] = []
        private var setIndexes: [[Int]: Int] = [:]
        private var events: [CountedEvent] = []
        /// The sets found so far: calendars are not looked up and names not made for every event.
        private var known: [SetKey: Int] = [:]

        /// Every zone's periods begin on a quarter of an hour, so that events of one share their periods.
        private struct SetKey: Hashable {
            var workspace: String
            var quarterHour: Timestamp
            /// What is counted beside the workspace's own spend.
            var asked: [CounterCatalogue.Use]
        }

        mutating func add(_ delivery: Delivery, _ catalogue: CounterCatalogue) throws {
            let entry = try CountedEntry(delivery.payload)
            let workspace = catalogue.workspace(entry.workspace)
            var uses = workspace.own
            var key = SetKey(
                workspace: entry.workspace,
                quarterHour: entry.occurredAt.floored(toSeconds: 900),
                asked: []
            )
            if workspace.asksForMore {
                uses = workspace.uses(for: try PricedEntry(delivery.payload).priced.event)
                key.asked = Array(uses.dropFirst(workspace.own.count))
            }
            let set: Int
            if let index = known[key] {
                set = index
            } else {
                set = self.set(of: uses.map { workspace.counter($0, at: entry.occurredAt) })
                known[key] = set
            }
            events.append(
                CountedEvent(id: delivery.id, set: set, cost: entry.cost, holdID: delivery.hold.committedID)
            )
        }

        private mutating func set(of counters: [CounterCatalogue.Counter]) -> Int {
            let set = counters.map { index(of: $0) }
            if let known = setIndexes[set] { return known }
            sets.append(set)
            setIndexes[set] = sets.count - 1
            return sets.count - 1
        }

        func batch(in partition: Partition) -> CountBatch {
            let uses = counters.map { CounterUse(name: $0.name, expiresAt: $0.expiresAt) }
            return CountBatch(partition: partition, counters: uses, sets: sets, events: events)
        }

        private mutating func index(of counter: CounterCatalogue.Counter) -> Int {
            if let known = indexes[counter.name] { return known }
            counters.append(counter)
            indexes[counter.name] = counters.count - 1
            return counters.count - 1
        }
    }
}
