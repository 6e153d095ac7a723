package import CoreMetrics

/// What one stage's consumers report.
///
/// The handles are made once.
package struct ConsumerMetrics: Sendable {
    private let handled: Counter
    private let batchTime: Timer
    private let retries: Counter
    private let buried: Counter
    private let reclaimed: Counter
    private let trimmed: Counter

    package init(stream: StreamKind, group: ConsumerGroup, factory: any MetricsFactory) {
        let labels = [("stream", stream.rawValue), ("group", group.rawValue)]
        handled = Counter(label: "oliver_stream_handled_entries", dimensions: labels, factory: factory)
        batchTime = Timer(label: "oliver_stream_batch_duration", dimensions: labels, factory: factory)
        retries = Counter(label: "oliver_stream_retries", dimensions: labels, factory: factory)
        buried = Counter(label: "oliver_stream_dead_letters", dimensions: labels, factory: factory)
        reclaimed = Counter(label: "oliver_stream_reclaimed_entries", dimensions: labels, factory: factory)
        trimmed = Counter(label: "oliver_stream_trimmed_entries", dimensions: labels, factory: factory)
    }

    /// Takes in what a loop reports.
    package func observe(_ event: ConsumerEvent) {
        switch event {
        case .handled(let entries, let duration):
            handled.increment(by: Int64(entries))
            batchTime.recordNanoseconds(duration.wholeNanoseconds)
        case .retrying: retries.increment()
        case .buried(let entries): buried.increment(by: Int64(entries))
        case .reclaimed(let entries): reclaimed.increment(by: Int64(entries))
        case .trimmed(let entries): trimmed.increment(by: Int64(entries))
        }
    }
}

extension Duration {
    fileprivate var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
