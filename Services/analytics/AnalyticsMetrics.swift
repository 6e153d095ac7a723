package import CoreMetrics
internal import Ledger

/// What analytics counts.
///
/// The handles are made once.
package struct AnalyticsMetrics: Sendable {
    private let kept: Counter
    private let redelivered: Counter
    private let duplicates: Counter
    private let conflicts: Counter

    package init(factory: any MetricsFactory) {
        let label = "oliver_ledger_entries"
        kept = Counter(label: label, dimensions: [("result", "kept")], factory: factory)
        redelivered = Counter(label: label, dimensions: [("result", "redelivered")], factory: factory)
        duplicates = Counter(label: label, dimensions: [("result", "late_duplicate")], factory: factory)
        conflicts = Counter(label: label, dimensions: [("result", "late_conflict")], factory: factory)
    }

    func kept(_ outcomes: [LedgerOutcome]) {
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
