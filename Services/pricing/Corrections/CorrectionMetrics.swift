package import CoreMetrics
internal import Ledger

/// What corrections count.
///
/// The handles are made once.
package struct CorrectionMetrics: Sendable {
    private let changed: [LedgerJob.Kind: Counter]
    private let failures: Counter

    package init(factory: any MetricsFactory) {
        var changed: [LedgerJob.Kind: Counter] = [:]
        for kind in LedgerJob.Kind.allCases {
            changed[kind] = Counter(
                label: "oliver_corrected_events",
                dimensions: [("kind", kind.name)],
                factory: factory
            )
        }
        self.changed = changed
        failures = Counter(label: "oliver_correction_failures", factory: factory)
    }

    func applied(kind: LedgerJob.Kind, changed count: Int64) {
        changed[kind]?.increment(by: count)
    }

    func failed() {
        failures.increment()
    }
}
