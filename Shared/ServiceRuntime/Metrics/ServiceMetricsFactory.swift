import CoreMetrics

/// Makes the metrics of one service: swift-metrics' names become Prometheus' names, and each series gets the label
/// `service`.
struct ServiceMetricsFactory: MetricsFactory {
    let registry: PrometheusRegistry
    let service: String

    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        counter(label, dimensions)
    }

    func makeFloatingPointCounter(
        label: String,
        dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        counter(label, dimensions)
    }

    func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        gauge(label, dimensions)
    }

    func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        // swift-metrics' Gauge is a recorder that does not aggregate.
        guard aggregate else { return gauge(label, dimensions) }
        return histogram(metricName(label), dimensions, bounds: sizeBounds)
    }

    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        histogram(suffixed(label, "_seconds"), dimensions, bounds: durationBounds)
    }

    // Series live as long as the process: their number is bounded, and a vanished series looks like a reset.
    func destroyCounter(_ handler: any CounterHandler) {}
    func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    func destroyMeter(_ handler: any MeterHandler) {}
    func destroyRecorder(_ handler: any RecorderHandler) {}
    func destroyTimer(_ handler: any TimerHandler) {}

    private func counter(_ label: String, _ dimensions: [(String, String)]) -> CounterCell {
        let cell = registry.cell(
            .counter,
            name: suffixed(label, "_total"),
            labels: labels(dimensions),
            defaultBounds: []
        )
        guard case .counter(let counter) = cell else { return CounterCell() }
        return counter
    }

    private func gauge(_ label: String, _ dimensions: [(String, String)]) -> GaugeCell {
        let cell = registry.cell(.gauge, name: metricName(label), labels: labels(dimensions), defaultBounds: [])
        guard case .gauge(let gauge) = cell else { return GaugeCell() }
        return gauge
    }

    private func histogram(_ name: String, _ dimensions: [(String, String)], bounds: [Double]) -> HistogramCell {
        let cell = registry.cell(.histogram, name: name, labels: labels(dimensions), defaultBounds: bounds)
        guard case .histogram(let histogram) = cell else { return HistogramCell(bounds: bounds) }
        return histogram
    }

    private func labels(_ dimensions: [(String, String)]) -> [(String, String)] {
        dimensions.filter { $0.0 != "service" && $0.0 != "le" } + [("service", service)]
    }

    private func suffixed(_ label: String, _ suffix: String) -> String {
        let name = metricName(label)
        return name.hasSuffix(suffix) ? name : name + suffix
    }
}

/// Buckets for durations, in seconds: from half a millisecond to half a minute.
private let durationBounds = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
]

/// Buckets for sizes and counts.
private let sizeBounds: [Double] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 100_000, 1_000_000]
