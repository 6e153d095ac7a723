/// One measured number, and what it should be.
struct Figure: Encodable {
    /// What is wanted of a number.
    enum Target {
        case atLeast(Double)
        case atMost(Double)

        func isMet(by value: Double) -> Bool {
            switch self {
            case .atLeast(let limit): value >= limit
            case .atMost(let limit): value <= limit
            }
        }

        var text: String {
            switch self {
            case .atLeast(let limit): "≥ \(Figure.text(limit))"
            case .atMost(let limit): "≤ \(Figure.text(limit))"
            }
        }
    }

    let name: String
    let value: Double
    let unit: String
    var target: Target?
    /// What else is worth knowing.
    var note: String?

    var isMet: Bool? { target.map { $0.isMet(by: value) } }

    private enum CodingKeys: String, CodingKey {
        case name, value, unit, target, met, note
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try container.encode(value, forKey: .value)
        try container.encode(unit, forKey: .unit)
        try container.encodeIfPresent(target?.text, forKey: .target)
        try container.encodeIfPresent(isMet, forKey: .met)
        try container.encodeIfPresent(note, forKey: .note)
    }

    /// A number with as many digits as it deserves, and commas between thousands.
    static func text(_ value: Double) -> String {
        let decimals = abs(value) >= 100 || value == value.rounded() ? 0 : abs(value) >= 10 ? 1 : 2
        let scale = [1.0, 10, 100][decimals]
        let units = Int((abs(value) * scale).rounded())
        var whole = Array(String(units / Int(scale)))
        for position in stride(from: whole.count - 3, to: 0, by: -3) { whole.insert(",", at: position) }
        let fraction = String(units % Int(scale))
        let padded = String(repeating: "0", count: decimals - (decimals == 0 ? 0 : fraction.count)) + fraction
        return (value < 0 ? "-" : "") + String(whole) + (decimals == 0 ? "" : ".\(padded)")
    }
}

/// Processor time of one load, in microseconds per event.
struct StageCosts: Encodable {
    let name: String
    let events: Int
    /// By process: the four services, redis, postgres, and what sent the load.
    let microseconds: [String: Double]
    /// The share of the machine that others took meanwhile: above a few percent the figures are not to be trusted.
    let foreignShare: Double

    static let columns = ["ingest", "pricing", "budget", "analytics", "alerts", "redis", "postgres", "load"]
}
