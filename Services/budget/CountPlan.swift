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
        batches = builders.sorted { $0.key.number < $1.key.number }.map { $1.batch(in: $0) }
    }

    private struct Builder {
        private var counters: [CounterUse] = []
        private var indexes: [String: Int] = [:]
        private var sets: [[Int]] = []
        private var setIndexes: [[Int]: Int] = [:]
        private var events: [CountedEvent] = []
        /// The sets of workspaces that nothing is asked of: calendars are not looked up for every event.
        private var plainSets: [PlainKey: Int] = [:]

        /// Every zone's periods begin on a quarter of an hour, so that events of one share their periods.
        private struct PlainKey: Hashable {
            var workspace: String
            var quarterHour: Timestamp
        }

        mutating func add(_ delivery: Delivery, _ catalogue: CounterCatalogue) throws {
            let entry = try CountedEntry(delivery.payload)
            let set: Int
            if catalogue.asksForMore(in: entry.workspace) {
                set = self.set(of: catalogue.counters(for: try PricedEntry(delivery.payload).priced.event))
            } else {
                set = ownSet(of: entry, catalogue)
            }
            events.append(CountedEvent(id: delivery.id, set: set, cost: entry.cost))
        }

        private mutating func ownSet(of entry: CountedEntry, _ catalogue: CounterCatalogue) -> Int {
            let key = PlainKey(workspace: entry.workspace, quarterHour: entry.occurredAt.floored(toSeconds: 900))
            if let known = plainSets[key] { return known }
            let index = set(of: catalogue.ownCounters(of: entry.workspace, at: entry.occurredAt))
            plainSets[key] = index
            return index
        }

        private mutating func set(of counters: [CounterCatalogue.Counter]) -> Int {
            let set = counters.map { index(of: $0) }
            if let known = setIndexes[set] { return known }
            sets.append(set)
            setIndexes[set] = sets.count - 1
            return sets.count - 1
        }

        func batch(in partition: Partition) -> CountBatch {
            CountBatch(partition: partition, counters: counters, sets: sets, events: events)
        }

        private mutating func index(of counter: CounterCatalogue.Counter) -> Int {
            if let known = indexes[counter.name] { return known }
            counters.append(CounterUse(name: counter.name, expiresAt: counter.expiresAt))
            indexes[counter.name] = counters.count - 1
            return counters.count - 1
        }
    }
}
