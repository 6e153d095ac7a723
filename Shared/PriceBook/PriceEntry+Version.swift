import Domain

extension PriceEntry {
    /// A number made from the source, the key and every price, so that the same prices have the same version on every
    /// machine and after every sync, whatever the order of the fields.
    func contentVersion(source: PriceSource) -> UInt64 {
        var lines = rates.map { "\($0.key.name)=\($0.rate.canonical)" }
        if let extras { lines += extras.canonicalLines }
        lines.sort()
        let head = [source.name, key, provider, mode ?? ""]
        return StableHash.of((head + lines).joined(separator: "\n").utf8)
    }
}

extension PriceExtras {
    /// Each price as a line of its own.
    fileprivate var canonicalLines: [String] {
        var lines = named.map(\.canonical)
        lines += searchContext.map { "search." + $0.canonical }
        lines += guardrail.map { "guardrail." + $0.canonical }
        lines += multipliers.map { "multiplier.\($0)=\($1)" }
        if billsEachSearch { lines.append("per_query") }
        lines += searchTiers.map { "tier.\($0.first)-\($0.last)=\($0.rate.canonical)" }
        for tier in tokenTiers {
            lines += tier.rates.map { "tier.\(tier.start)-\(tier.end).\($0.canonical)" }
        }
        if let offPeak {
            lines += offPeak.rates.map { "off_peak." + $0.canonical }
            lines += offPeak.windows.map { "window.\($0.start)-\($0.end).\($0.weekdays)" }
            lines.append("zone." + (offPeak.weekdayZone ?? ""))
        }
        return lines
    }
}

extension PriceExtras.NamedRate {
    fileprivate var canonical: String { "\(name)=\(rate.canonical)" }
}

extension Rate {
    fileprivate var canonical: String { per == 1 ? usd : "\(usd)/\(per)" }
}
