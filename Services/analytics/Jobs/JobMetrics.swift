package import CoreMetrics
internal import Domain

/// What is counted of recurring jobs.
///
/// The handles are made once.
package struct JobMetrics: Sendable {
    private struct Handles: Sendable {
        var lastSuccess: Gauge
        var started: Counter
        var failed: Counter
        var lost: Counter
    }

    private let handles: [String: Handles]

    /// - Parameters:
    ///   - names: The jobs.
    ///   - factory: Makes the handles.
    package init(_ names: [String], factory: any MetricsFactory) {
        func handles(_ name: String) -> Handles {
            let label = "oliver_job_runs"
            return Handles(
                lastSuccess: Gauge(
                    label: "oliver_job_last_success_seconds",
                    dimensions: [("job", name)],
                    factory: factory
                ),
                started: Counter(label: label, dimensions: [("job", name), ("result", "started")], factory: factory),
                failed: Counter(label: label, dimensions: [("job", name), ("result", "failed")], factory: factory),
                lost: Counter(label: label, dimensions: [("job", name), ("result", "lost")], factory: factory)
            )
        }
        self.handles = Dictionary(names.map { ($0, handles($0)) }, uniquingKeysWith: { first, _ in first })
    }

    func started(_ name: String) { handles[name]?.started.increment() }

    func failed(_ name: String) { handles[name]?.failed.increment() }

    func lost(_ name: String) { handles[name]?.lost.increment() }

    /// A run succeeded, here or elsewhere.
    func succeeded(_ name: String, at time: Timestamp) { handles[name]?.lastSuccess.record(time.seconds) }
}
