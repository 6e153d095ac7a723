internal import Domain

/// A price version.
struct PriceAnswer: Decodable, Sendable {
    let id: String
    let source: String
    let key: String
    let provider: String
    let mode: String?
    /// `nil` for all workspaces.
    let workspace: String?
    /// `nil` for ever before.
    let validFrom: String?
    /// `nil` while it has no end.
    let validTo: String?
    let recordedAt: String
    let priceVersion: String
    let author: String?
    let reason: String?
    let sync: String?
    let closedBy: String?
    let withdrawn: Bool?
    /// Decimal text in USD by name; `0.22/3600` is for 3,600 units.
    let rates: [String: String]

    /// One line for each price: what it costs in short.
    static func table(_ prices: [PriceAnswer]) -> String {
        let rows = prices.map { price in
            [
                price.key, price.source, price.mode ?? "", price.workspace ?? "(all)", price.validFrom ?? "ever",
                price.inShort,
            ]
        }
        return TextTable([["KEY", "SOURCE", "MODE", "WORKSPACE", "SINCE", "PRICES IN USD"]] + rows).text
    }

    /// Everything about one version, each rate on a line.
    var text: String {
        var facts = ["\(source) version \(id) (\(priceVersion)), key \(key)"]
        let end = validTo.map { "until \($0)" } ?? "without end"
        facts.append("  holds from \(validFrom ?? "ever before") \(end), known since \(recordedAt)")
        if withdrawn == true { facts.append("  withdrawn: it priced nothing") }
        if let workspace { facts.append("  for the workspace \(workspace)") }
        if let author { facts.append("  by \(author)\(reason.map { ": \($0)" } ?? "")") }
        if let sync { facts.append("  brought by the sync \(sync)") }
        if let closedBy { facts.append("  ended by \(closedBy)") }
        let lines = rates.sorted { $0.key < $1.key }.map { ["  " + $0.key, $0.value] }
        return (facts + (lines.isEmpty ? ["  no rates"] : [TextTable(facts: lines).text])).joined(separator: "\n")
    }

    /// Tokens by the million, or the first rates that there are.
    var inShort: String {
        let tokens = [("in", "input_cost_per_token"), ("out", "output_cost_per_token")]
        var parts = tokens.compactMap { name, key in
            rates[key].map { "\(name) \(Self.perMillion($0))" }
        }
        var shown = parts.count
        if parts.isEmpty {
            parts = rates.sorted { $0.key < $1.key }.prefix(2).map { "\($0.key) \($0.value)" }
            shown = parts.count
        } else {
            parts = [parts.joined(separator: ", ") + " per 1M"]
        }
        if rates.count > shown { parts.append("+\(rates.count - shown)") }
        return parts.joined(separator: ", ")
    }

    private static func perMillion(_ text: String) -> String {
        guard let rate = Rate(text: text.utf8), rate.per == 1 else { return text + " ×1M" }
        let (millions, overflow) = rate.value.multipliedReportingOverflow(by: 1_000_000)
        return overflow ? text + " ×1M" : DecimalText.formatShortest(millions, scale: Rate.fractionDigits)
    }
}

/// All versions of a model's prices.
struct PriceHistoryAnswer: Decodable, Sendable {
    let provider: String
    let model: String
    /// The key of the price map that the name stands for, if any.
    let key: String?
    let versions: [PriceAnswer]

    var text: String {
        let name = key.map { ", in the price map \($0)" } ?? ""
        let head = "\(provider) \(model)\(name): what goes before in pricing first, then the newest"
        return ([head] + versions.map(\.text)).joined(separator: "\n\n")
    }
}
