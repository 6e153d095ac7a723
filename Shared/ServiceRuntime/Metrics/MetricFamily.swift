import Synchronization

/// The kinds of metric Prometheus knows.
enum MetricKind: String, Sendable {
    case counter, gauge, histogram
}

/// One stored series.
enum MetricCell: Sendable {
    case counter(CounterCell)
    case gauge(GaugeCell)
    case histogram(HistogramCell)
}

/// All series of one metric.
struct MetricFamily: Sendable {
    let name: String
    let kind: MetricKind
    var help: String
    /// Bounds of the buckets, for histograms.
    let bounds: [Double]
    /// Series by their rendered labels.
    var series: [String: MetricCell] = [:]
    /// Handles made after the limit was reached: they share one series.
    var overflowed = 0

    func makeCell() -> MetricCell {
        switch kind {
        case .counter: .counter(CounterCell())
        case .gauge: .gauge(GaugeCell())
        case .histogram: .histogram(HistogramCell(bounds: bounds))
        }
    }

    /// The series of some labels, made when new.
    ///
    /// Beyond `limit` all new ones share the series `overflow="true"`.
    mutating func cell(labels: [(String, String)], limit: Int) -> MetricCell {
        let key = renderLabels(labels)
        if let known = series[key] { return known }
        guard series.count < limit else {
            overflowed += 1
            return sharedCell(service: labels.first { $0.0 == "service" }?.1)
        }
        let cell = makeCell()
        series[key] = cell
        return cell
    }

    private mutating func sharedCell(service: String?) -> MetricCell {
        let key = renderLabels([("overflow", "true"), ("service", service ?? "")])
        if let known = series[key] { return known }
        let cell = makeCell()
        series[key] = cell
        return cell
    }
}

/// Renders labels as `a="x",b="y"`, sorted by name, so that the order of dimensions does not matter.
func renderLabels(_ labels: [(String, String)]) -> String {
    labels.filter { !$0.1.isEmpty }
        .map { (metricName($0.0), $0.1) }
        .sorted { $0.0 < $1.0 }
        .map { "\($0.0)=\"\(escapeLabel($0.1))\"" }
        .joined(separator: ",")
}

/// Makes a name valid for Prometheus: other characters than letters, digits and `_` become `_`.
func metricName(_ text: String) -> String {
    var name = String(
        text.unicodeScalars.map { scalar in
            let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
            return isPlain ? Character(scalar) : "_"
        }
    )
    if name.isEmpty || name.first?.isNumber == true {
        name.insert("_", at: name.startIndex)
    }
    return name
}

/// Escapes a label's value and bounds its length.
func escapeLabel(_ value: String) -> String {
    var text = ""
    for character in value.prefix(128).unicodeScalars {
        switch character {
        case "\\": text += "\\\\"
        case "\"": text += "\\\""
        case "\n": text += "\\n"
        default: text.unicodeScalars.append(character)
        }
    }
    return text
}
