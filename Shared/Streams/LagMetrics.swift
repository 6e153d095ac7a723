package import CoreMetrics

/// How far every stage is behind, as metrics.
///
/// They are exported by services that are none of the stages: a stage that hangs, or has no replica, cannot tell its own
/// lag. Several replicas tell the same; take the maximum. The handles are made once.
package struct LagMetrics: Sendable {
    private struct Stage: Sendable {
        let entries: Gauge
        let seconds: Gauge
        let pending: Gauge
        let oldestPending: Gauge
        let consumers: Gauge
        let idle: Gauge
        let holderIdle: Gauge

        init(stream: StreamKind, group: ConsumerGroup, factory: any MetricsFactory) {
            let labels = [("stream", stream.rawValue), ("group", group.rawValue)]
            func gauge(_ label: String) -> Gauge { Gauge(label: label, dimensions: labels, factory: factory) }
            entries = gauge("oliver_stream_lag_entries")
            seconds = gauge("oliver_stream_lag_seconds")
            pending = gauge("oliver_stream_pending_entries")
            oldestPending = gauge("oliver_stream_oldest_pending_seconds")
            consumers = gauge("oliver_stream_consumers")
            idle = gauge("oliver_stream_consumer_idle_seconds")
            holderIdle = gauge("oliver_stream_holder_idle_seconds")
        }
    }

    private let stages: [StreamKind: [ConsumerGroup: Stage]]
    private let deadLetters: Gauge
    private let sampledAt: Gauge

    package init(factory: any MetricsFactory) {
        stages = Dictionary(
            uniqueKeysWithValues: StreamKind.allCases.map { stream in
                (
                    stream,
                    Dictionary(
                        uniqueKeysWithValues: stream.groups.map {
                            ($0, Stage(stream: stream, group: $0, factory: factory))
                        }
                    )
                )
            }
        )
        deadLetters = Gauge(label: "oliver_dead_letters", factory: factory)
        sampledAt = Gauge(label: "oliver_stream_lag_sampled_at_seconds", factory: factory)
    }

    /// Shows a sample.
    func show(_ sample: LagSample) {
        for lag in sample.stages {
            guard let stage = stages[lag.stream]?[lag.group] else { continue }
            stage.entries.record(lag.behind)
            stage.seconds.record(Double(lag.behindMilliseconds) / 1_000)
            stage.pending.record(lag.pending)
            stage.oldestPending.record(Double(lag.oldestPendingMilliseconds) / 1_000)
            stage.consumers.record(lag.activeConsumers)
            if let idle = lag.idleMilliseconds { stage.idle.record(Double(idle) / 1_000) }
            stage.holderIdle.record(Double(lag.holderIdleMilliseconds) / 1_000)
        }
        deadLetters.record(sample.deadLetters)
        sampledAt.record(Double(sample.at) / 1_000)
    }
}
