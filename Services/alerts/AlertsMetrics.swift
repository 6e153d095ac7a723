package import CoreMetrics
internal import Domain

/// What alerts counts.
///
/// The handles are made once.
package struct AlertsMetrics: Sendable {
    private let raised: [AlertKind: Counter]
    private let deliveries: [ChannelKind: Counter]
    private let retries: [ChannelKind: Counter]
    private let abandoned: [ChannelKind: Counter]
    private let uncertain: [ChannelKind: Counter]
    private let duplicates: [ChannelKind: Counter]
    private let delay: Timer
    private let pending: Gauge
    private let failed: Gauge
    private let evaluations: Counter

    package init(factory: any MetricsFactory) {
        func counters(_ label: String) -> [ChannelKind: Counter] {
            Dictionary(
                uniqueKeysWithValues: ChannelKind.allCases.map { kind in
                    (kind, Counter(label: label, dimensions: [("channel", kind.rawValue)], factory: factory))
                }
            )
        }
        raised = Dictionary(
            uniqueKeysWithValues: AlertKind.allCases.map { kind in
                (kind, Counter(label: "oliver_alerts_raised", dimensions: [("kind", kind.rawValue)], factory: factory))
            }
        )
        deliveries = counters("oliver_alerts_sent_messages")
        retries = counters("oliver_alerts_failed_tries")
        abandoned = counters("oliver_alerts_abandoned_deliveries")
        uncertain = counters("oliver_alerts_uncertain_tries")
        duplicates = counters("oliver_alerts_duplicate_messages")
        delay = Timer(label: "oliver_alert_delay", dimensions: [], factory: factory)
        pending = Gauge(label: "oliver_alerts_pending_deliveries", dimensions: [], factory: factory)
        failed = Gauge(label: "oliver_alerts_failed_deliveries", dimensions: [], factory: factory)
        evaluations = Counter(label: "oliver_alerts_evaluations", dimensions: [], factory: factory)
    }

    func raised(_ alerts: [Alert]) {
        for alert in alerts { raised[alert.subject.kind]?.increment() }
    }

    /// A message was taken by the other side: the delay of each of its alerts ends.
    func sent(_ message: ClaimedMessage, at now: Timestamp) {
        deliveries[message.destination.kind]?.increment()
        uncertain[message.destination.kind]?.increment(by: Int64(message.uncertainAttempts))
        for alert in message.alerts {
            let microseconds = max(0, now.microseconds - alert.happenedAt.microseconds)
            delay.recordNanoseconds(microseconds.multipliedReportingOverflow(by: 1_000).partialValue)
        }
    }

    func retried(_ kind: ChannelKind) { retries[kind]?.increment() }
    func duplicated(_ kind: ChannelKind) { duplicates[kind]?.increment() }

    func gaveUp(_ kind: ChannelKind, deliveries count: Int) {
        retries[kind]?.increment()
        abandoned[kind]?.increment(by: Int64(count))
    }

    func evaluated() { evaluations.increment() }

    func show(_ backlog: AlertBacklog) {
        pending.record(backlog.pendingDeliveries)
        failed.record(backlog.failedDeliveries)
    }
}
