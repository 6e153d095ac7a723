package import CoreMetrics

/// How the synthetic probe fares.
///
/// The handles are made once.
package struct ProbeMetrics: Sendable {
    /// How a round ended.
    package enum Result: String, CaseIterable, Sendable {
        case ok
        /// Oliver answered, and not what is right.
        case wrong
        /// Oliver did not answer, or not in time.
        case failed
    }

    private let rounds: [Result: Counter]
    private let visible: Timer
    private let lastSuccess: Gauge

    package init(factory: any MetricsFactory) {
        rounds = Dictionary(
            uniqueKeysWithValues: Result.allCases.map { result in
                let labels = [("result", result.rawValue)]
                return (result, Counter(label: "oliver_probe_rounds", dimensions: labels, factory: factory))
            }
        )
        visible = Timer(label: "oliver_probe_visible_delay", dimensions: [], factory: factory)
        lastSuccess = Gauge(label: "oliver_probe_last_success_seconds", factory: factory)
    }

    /// A round ended; `delay` is from its event's acceptance until reports had it.
    func ended(_ result: Result, delay: Duration? = nil, at seconds: Int64) {
        rounds[result]?.increment()
        if let delay {
            let (whole, rest) = delay.components
            visible.recordNanoseconds(whole * 1_000_000_000 + rest / 1_000_000_000)
        }
        if result == .ok { lastSuccess.record(seconds) }
    }
}
