package import CoreMetrics
internal import Domain

/// What syncs count.
///
/// The handles are made once.
package struct PriceSyncMetrics: Sendable {
    private let outcomes: [SyncOutcome: Counter]
    private let notices: Counter
    private let lastSuccess: Gauge
    private let age: Gauge
    private let pending: Gauge
    private let isStale: Gauge

    package init(factory: any MetricsFactory) {
        var outcomes: [SyncOutcome: Counter] = [:]
        for outcome in SyncOutcome.allCases where outcome != .running {
            outcomes[outcome] = Counter(
                label: "oliver_price_syncs",
                dimensions: [("outcome", outcome.rawValue)],
                factory: factory
            )
        }
        self.outcomes = outcomes
        notices = Counter(label: "oliver_price_notices", factory: factory)
        lastSuccess = Gauge(label: "oliver_price_sync_last_success_seconds", factory: factory)
        age = Gauge(label: "oliver_price_book_age_seconds", factory: factory)
        pending = Gauge(label: "oliver_price_changes_pending", factory: factory)
        isStale = Gauge(label: "oliver_price_sync_stale", factory: factory)
    }

    func ended(_ outcome: SyncOutcome) {
        outcomes[outcome]?.increment()
    }

    func told() {
        notices.increment()
    }

    /// Shows how old the book is: the time since the last good sync, or since the shipped map was taken over.
    func show(lastSuccess time: Timestamp?, bookFrom start: Timestamp?, now: Timestamp, isStale stale: Bool) {
        if let time { lastSuccess.record(time.seconds) }
        if let start { age.record(max(0, now.seconds - start.seconds)) }
        isStale.record(stale ? 1 : 0)
    }

    func show(pendingChanges count: Int) {
        pending.record(count)
    }
}
