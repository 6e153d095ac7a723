package import CoreMetrics
internal import Domain
package import Streams
internal import Synchronization

/// What is known of the counters' state.
///
/// The handles are made once.
package struct CounterMetrics: Sendable {
    private let waiting: Gauge
    private let rebuilds: Counter
    private let lastRebuild: Gauge
    private let dropped: Counter
    private let refused: Counter
    private let drift: [Gauge]
    private let wrong: Counter
    private let levels: DriftLevels

    package init(partitioning: Partitioning, factory: any MetricsFactory) {
        waiting = Gauge(label: "oliver_counters_not_ready", factory: factory)
        rebuilds = Counter(label: "oliver_spend_rebuilds", dimensions: [], factory: factory)
        lastRebuild = Gauge(label: "oliver_spend_last_rebuild_seconds", factory: factory)
        dropped = Counter(label: "oliver_spend_requests_dropped", dimensions: [], factory: factory)
        refused = Counter(label: "oliver_counters_refused", dimensions: [], factory: factory)
        drift = partitioning.partitions.map { partition in
            Gauge(
                label: "oliver_spend_drift_microdollars",
                dimensions: [("partition", "\(partition)")],
                factory: factory
            )
        }
        wrong = Counter(label: "oliver_counters_found_wrong", dimensions: [], factory: factory)
        levels = DriftLevels(count: partitioning.count)
    }

    /// So many counters wait to be rebuilt.
    func waiting(_ count: Int) {
        waiting.record(count)
    }

    func rebuilt(_ count: Int, at time: Timestamp) {
        guard count > 0 else { return }
        rebuilds.increment(by: Int64(count))
        lastRebuild.record(time.seconds)
    }

    func dropped(_ count: Int) {
        if count > 0 { dropped.increment(by: Int64(count)) }
    }

    func refused(_ count: Int) {
        refused.increment(by: Int64(count))
    }

    /// What the counters of a partition that were looked at last differ from the ledger by, all together.
    func drifted(_ sum: MoneySum, counters: Int, in partition: Partition) {
        // Rounded up: what differs by a pico-dollar differs.
        let microDollars = Int64(clamping: (sum.picoDollars + 999_999) / 1_000_000)
        drift[partition.number].record(microDollars)
        levels.values.withLock { $0[partition.number] = microDollars }
        if counters > 0 { wrong.increment(by: Int64(counters)) }
    }

    /// What was found in all partitions, in micro-dollars.
    var driftMicroDollars: Int64 {
        levels.values.withLock { $0.reduce(0) { $0.addingReportingOverflow($1).partialValue } }
    }
}

/// The last drift of each partition, in micro-dollars.
private final class DriftLevels: Sendable {
    let values: Mutex<[Int64]>

    init(count: Int) {
        values = Mutex(Array(repeating: 0, count: count))
    }
}
