extension MetricFamily {
    /// Appends the metric in Prometheus' text format: HELP, TYPE, then the series by their labels.
    func append(to text: inout String) {
        text += metricHeader(name, kind, help)
        for (labels, cell) in series.sorted(by: { $0.key < $1.key }) {
            switch cell {
            case .counter(let counter):
                text += sample(name, labels, formatNumber(counter.value))
            case .gauge(let gauge):
                text += sample(name, labels, formatNumber(gauge.value))
            case .histogram(let histogram):
                append(histogram, labels: labels, to: &text)
            }
        }
    }

    private func append(_ histogram: HistogramCell, labels: String, to text: inout String) {
        let (counts, sum) = histogram.snapshot
        var total: Int64 = 0
        for (index, count) in counts.enumerated() {
            total += count
            let bound = index < histogram.bounds.count ? formatNumber(histogram.bounds[index]) : "+Inf"
            let comma = labels.isEmpty ? "" : ","
            text += sample("\(name)_bucket", "\(labels)\(comma)le=\"\(bound)\"", String(total))
        }
        text += sample("\(name)_sum", labels, formatNumber(sum))
        text += sample("\(name)_count", labels, String(total))
    }
}

/// The lines that introduce a metric.
func metricHeader(_ name: String, _ kind: MetricKind, _ help: String) -> String {
    let escaped = help.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\\n")
    return "# HELP \(name) \(escaped)\n# TYPE \(name) \(kind.rawValue)\n"
}

private func sample(_ name: String, _ labels: String, _ value: String) -> String {
    labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(labels)} \(value)\n"
}

/// A number as Prometheus reads it; whole numbers without a fraction.
func formatNumber(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    if value == value.rounded(), abs(value) < 1e15 { return String(Int64(value)) }
    return String(value)
}
