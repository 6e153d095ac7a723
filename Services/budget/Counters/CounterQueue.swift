internal import Streams

/// The counters that are to be rebuilt: each once, at most so many, tried again ever more rarely.
struct CounterQueue {
    /// What is known of a counter in the queue.
    fileprivate struct Entry {
        var isOnFirstUse: Bool
        /// Whether it is rebuilt although it is ready.
        var isForced: Bool
        var failures = 0
        /// From when on it may be tried.
        var due: Duration
        var isInWork = false
        /// Whether its workspace has as many as it may.
        var isRefused = false
    }

    /// Counters of one partition that are rebuilt together.
    struct Batch: Hashable {
        var partition: Partition
        var counters: [Counter]

        struct Counter: Hashable {
            var name: CounterName
            var isOnFirstUse: Bool
            var isForced: Bool
        }
    }

    private let capacity: Int
    private let backoff: Backoff
    private let partitioning: Partitioning
    private var entries: [Partition: [CounterName: Entry]] = [:]
    private(set) var count = 0
    /// Where the last batch came from: the next comes from another partition, if one has something due.
    private var last = 0

    init(
        capacity: Int,
        partitioning: Partitioning,
        backoff: Backoff = Backoff(initial: .milliseconds(50), maximum: .seconds(5))
    ) {
        self.capacity = capacity
        self.partitioning = partitioning
        self.backoff = backoff
    }

    /// What became of a request.
    enum Answer: Hashable {
        case queued, known, refused, full
    }

    /// Asks for a counter.
    mutating func request(_ name: CounterName, isOnFirstUse: Bool, isForced: Bool = false, now: Duration) -> Answer {
        let partition = partitioning.partition(ofWorkspace: name.workspace)
        if let known = entries[partition]?[name] {
            if isForced { entries[partition]?[name]?.isForced = true }
            // A budget that names the value has come: the bound no longer concerns it.
            if known.isOnFirstUse, !isOnFirstUse {
                entries[partition]?[name]?.isOnFirstUse = false
                if known.isRefused { entries[partition]?[name]?.retry(at: now) }
                return .queued
            }
            return known.isRefused ? .refused : .known
        }
        guard count < capacity else { return .full }
        entries[partition, default: [:]][name] = Entry(isOnFirstUse: isOnFirstUse, isForced: isForced, due: now)
        count += 1
        return .queued
    }

    /// Whether a counter is waited for, and may still come.
    func isUnderway(_ name: CounterName) -> Bool {
        entries[partitioning.partition(ofWorkspace: name.workspace)]?[name].map { !$0.isRefused } ?? false
    }

    /// Whether a counter was refused a moment ago.
    func isRefused(_ name: CounterName) -> Bool {
        entries[partitioning.partition(ofWorkspace: name.workspace)]?[name]?.isRefused ?? false
    }

    /// What is to be done next; nil while nothing is due.
    mutating func next(limit: Int, now: Duration) -> Batch? {
        let partitions = entries.keys.sorted {
            ($0.number <= last ? 1 : 0, $0.number) < ($1.number <= last ? 1 : 0, $1.number)
        }
        for partition in partitions {
            let due = (entries[partition] ?? [:]).filter { !$0.value.isInWork && $0.value.due <= now }.prefix(limit)
            if due.isEmpty { continue }
            last = partition.number
            for (name, _) in due {
                entries[partition]?[name]?.isInWork = true
                entries[partition]?[name]?.isForced = false
            }
            return Batch(
                partition: partition,
                counters: due.map {
                    Batch.Counter(name: $0.key, isOnFirstUse: $0.value.isOnFirstUse, isForced: $0.value.isForced)
                }
            )
        }
        return nil
    }

    /// Counters are ready, or not wanted any more.
    mutating func finish(_ names: [CounterName], in partition: Partition, now: Duration) {
        for name in names {
            guard let entry = entries[partition]?[name] else { continue }
            if entry.isForced {
                // Asked for anew while it was worked on.
                entries[partition]?[name]?.retry(at: now)
            } else {
                entries[partition]?[name] = nil
                count -= 1
            }
        }
        if entries[partition]?.isEmpty == true { entries[partition] = nil }
    }

    /// Counters could not be rebuilt now.
    mutating func fail(_ counters: [Batch.Counter], in partition: Partition, now: Duration, random: UInt64) {
        for counter in counters {
            guard var entry = entries[partition]?[counter.name] else { continue }
            entry.failures += 1
            entry.isInWork = false
            entry.isForced = entry.isForced || counter.isForced
            entry.due = now + backoff.delay(failures: entry.failures, random: random)
            entries[partition]?[counter.name] = entry
        }
    }

    /// Counters may not be made; they are forgotten after a while, and may be asked for again.
    mutating func refuse(_ names: [CounterName], in partition: Partition, now: Duration) {
        for name in names {
            entries[partition]?[name]?.isRefused = true
            entries[partition]?[name]?.due = now + Self.refusal
        }
    }

    private static let refusal = Duration.seconds(30)

    /// Forgets refusals that are over.
    mutating func forgetRefusals(now: Duration) {
        for (partition, counters) in entries {
            let over = counters.filter { $0.value.isRefused && $0.value.due <= now }.map(\.key)
            for name in over { entries[partition]?[name] = nil }
            count -= over.count
        }
    }
}

extension CounterQueue.Entry {
    fileprivate mutating func retry(at now: Duration) {
        isRefused = false
        isInWork = false
        failures = 0
        due = now
    }
}
