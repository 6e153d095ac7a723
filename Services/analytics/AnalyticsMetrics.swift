package import CoreMetrics
internal import Domain
internal import Ledger

/// What analytics counts.
///
/// The handles are made once.
package struct AnalyticsMetrics: Sendable {
    private let kept: Counter
    private let redelivered: Counter
    private let duplicates: Counter
    private let conflicts: Counter
    /// From the acceptance of an event to its being in reports.
    private let delay: Timer

    package init(factory: any MetricsFactory) {
        let label = "oliver_ledger_entries"
        kept = Counter(label: label, dimensions: [("result", "kept")], factory: factory)
        redelivered = Counter(label: label, dimensions: [("result", "redelivered")], factory: factory)
        duplicates = Counter(label: label, dimensions: [("result", "late_duplicate")], factory: factory)
        conflicts = Counter(label: label, dimensions: [("result", "late_conflict")], factory: factory)
        delay = Timer(label: "oliver_visible_delay", dimensions: [], factory: factory)
    }

    /// What became of entries, whose transaction has committed at `now`.
    func kept(_ entries: [LedgerEntry], _ outcomes: [LedgerOutcome], at now: Timestamp) {
        for (entry, outcome) in zip(entries, outcomes) where outcome == .kept {
            let microseconds = max(0, now.microseconds - entry.priced.event.receivedAt.microseconds)
            delay.recordNanoseconds(microseconds.multipliedReportingOverflow(by: 1_000).partialValue)
        }
        count(outcomes)
    }

    private func count(_ outcomes: [LedgerOutcome]) {
        var counts = (kept: Int64(0), redelivered: Int64(0), duplicates: Int64(0), conflicts: Int64(0))
        for outcome in outcomes {
            switch outcome {
            case .kept: counts.kept += 1
            case .redelivered: counts.redelivered += 1
            case .lateDuplicate(conflict: false): counts.duplicates += 1
            case .lateDuplicate(conflict: true): counts.conflicts += 1
            }
        }
        kept.increment(by: counts.kept)
        redelivered.increment(by: counts.redelivered)
        duplicates.increment(by: counts.duplicates)
        conflicts.increment(by: counts.conflicts)
    }
}
