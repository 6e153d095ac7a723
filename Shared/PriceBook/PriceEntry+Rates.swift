package import Domain

extension PriceEntry {
    /// Every rate under a stable name, sorted by it: what guards, differences and lists go by.
    ///
    /// A rate of the list has its key in the map. Others have the name of what holds them before a point, for example
    /// `search_context_cost_per_query.search_context_size_low`, `tiered_pricing.0-128000.input_cost_per_token`,
    /// `tiered_pricing.results_1-10.input_cost_per_query`, `off_peak_pricing.output_cost_per_token`,
    /// `custom.agent_minutes` and `volume_tiers.input_cost_per_second.up_to_3600` (the last tier: `.beyond`).
    package var flatRates: [(name: String, rate: Rate)] {
        var list = rates.map { (name: $0.key.name, rate: $0.rate) }
        if let extras { list += extras.flatRates }
        return list.sorted { $0.name < $1.name }
    }

    /// The factors of the whole token cost in 10⁻⁶, sorted by name, for example `provider_specific_entry.us`.
    package var flatMultipliers: [(name: String, millionths: Int64)] {
        (extras?.multipliers ?? [:]).map { (name: $0, millionths: $1) }.sorted { $0.name < $1.name }
    }

    /// A number made from the source, the key and every price, so that the same prices have the same version on every
    /// machine and after every sync, whatever the order of the fields.
    package func contentVersion(source: PriceSource) -> UInt64 {
        Self.contentVersion(source: source, key: key, json: json)
    }

    /// The number of a content.
    static func contentVersion(source: PriceSource, key: String, json: String) -> UInt64 {
        StableHash.of("\(source.name)\n\(key)\n\(json)".utf8)
    }

    /// Whether a field says something about prices: a name that is none may be a slip of the pen.
    package static func knows(field name: String) -> Bool {
        switch FieldTable.classify(name) {
        case .ignored: false
        case .named(let name): RateFamily.namedPrefixes.contains { name.hasPrefix($0) }
        default: true
        }
    }
}

extension PriceExtras {
    fileprivate var flatRates: [(name: String, rate: Rate)] {
        var list = named.under("")
        list += searchContext.under("search_context_cost_per_query.")
        list += guardrail.under("guardrail_cost_per_unit.")
        list += custom.under(VolumeTiers.customPrefix)
        for tier in tokenTiers { list += tier.rates.under("tiered_pricing.\(tier.start)-\(tier.end).") }
        for tier in searchTiers {
            let name = "tiered_pricing.results_\(tier.first)-\(tier.last).\(RateFamily.inputQuery.rawValue)"
            list.append((name, tier.rate))
        }
        if let offPeak { list += offPeak.rates.under("off_peak_pricing.") }
        if let volumeTiers {
            list += volumeTiers.tiers.map { ("volume_tiers.\(volumeTiers.key).\($0.name)", $0.rate) }
        }
        return list
    }
}

extension [PriceExtras.NamedRate] {
    fileprivate func under(_ prefix: String) -> [(name: String, rate: Rate)] {
        map { (prefix + $0.name, $0.rate) }
    }
}
