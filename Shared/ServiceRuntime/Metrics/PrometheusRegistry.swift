package import CoreMetrics
import Synchronization

/// Holds the metrics of one process and shows them in Prometheus' text format 0.0.4.
///
/// Making a handle takes a lock and allocates; using it is an atomic addition. Make handles once and keep them.
/// The number of series of a metric is bounded: what comes above shares one series with the label `overflow`.
package final class PrometheusRegistry: Sendable {
    private struct State {
        var families: [String: MetricFamily] = [:]
        var help: [String: String] = [:]
        var bounds: [String: [Double]] = [:]
    }

    private let state = Mutex(State())
    private let collectors = Mutex<[@Sendable () -> String]>([])
    private let updates = Mutex<[@Sendable () -> Void]>([])
    private let seriesLimit: Int

    /// - Parameter seriesLimit: How many series one metric may have.
    package init(seriesLimit: Int = 500) {
        self.seriesLimit = seriesLimit
    }

    /// The factory for one service: each of its series gets the label `service`.
    package func factory(service: String) -> any MetricsFactory {
        ServiceMetricsFactory(registry: self, service: service)
    }

    /// Sets a metric's help text.
    ///
    /// The name is the exported one, without suffix.
    package func describe(_ metric: String, help: String) {
        let name = metricName(metric)
        state.withLock { state in
            state.help[name] = help
            state.families[name]?.help = help
        }
    }

    /// Sets a histogram's bucket bounds, before its first handle is made.
    ///
    /// Seconds for timers.
    package func setBuckets(_ metric: String, _ bounds: [Double]) {
        state.withLock { $0.bounds[metricName(metric)] = bounds.sorted() }
    }

    /// Adds what brings gauges up to date before each scrape: figures that cost nothing to read need no watcher.
    ///
    /// It must not wait.
    package func beforeScrape(_ update: @escaping @Sendable () -> Void) {
        updates.withLock { $0.append(update) }
    }

    /// Adds a source of further metrics, which returns whole blocks of the text format.
    func addCollector(_ collect: @escaping @Sendable () -> String) {
        collectors.withLock { $0.append(collect) }
    }

    func cell(_ kind: MetricKind, name: String, labels: [(String, String)], defaultBounds: [Double]) -> MetricCell {
        state.withLock { state in
            let name = freeName(name, for: kind, in: state)
            var family =
                state.families[name]
                ?? MetricFamily(
                    name: name,
                    kind: kind,
                    help: state.help[name] ?? name.replacingUnderscores(),
                    bounds: state.bounds[name] ?? defaultBounds
                )
            // The dictionary must not hold a second reference while the series are changed.
            state.families[name] = nil
            let cell = family.cell(labels: labels, limit: seriesLimit)
            state.families[name] = family
            return cell
        }
    }

    /// All metrics as text, sorted by name.
    package func render() -> [UInt8] {
        for update in updates.withLock({ $0 }) { update() }
        let families = state.withLock { Array($0.families.values) }
        var text = ""
        for family in families.sorted(by: { $0.name < $1.name }) {
            family.append(to: &text)
        }
        for collect in collectors.withLock({ $0 }) {
            text += collect()
        }
        text += overflowBlock(families)
        return Array(text.utf8)
    }

    /// A name used for two kinds would make the whole exposition invalid: the second kind gets its own name.
    private func freeName(_ name: String, for kind: MetricKind, in state: borrowing State) -> String {
        guard let known = state.families[name], known.kind != kind else { return name }
        return "\(name)_\(kind.rawValue)"
    }

    private func overflowBlock(_ families: [MetricFamily]) -> String {
        let full = families.filter { $0.overflowed > 0 }.sorted { $0.name < $1.name }
        guard !full.isEmpty else { return "" }
        var text = metricHeader(
            "oliver_metrics_overflow_total",
            .counter,
            "Handles made beyond a metric's series limit"
        )
        for family in full {
            text += "oliver_metrics_overflow_total{metric=\"\(family.name)\"} \(family.overflowed)\n"
        }
        return text
    }
}

extension String {
    fileprivate func replacingUnderscores() -> String {
        String(map { $0 == "_" ? " " : $0 })
    }
}
