import Domain

/// What a field of a price entry means, remembered by its bytes: the map repeats some two hundred names 80,000 times.
struct FieldTable {
    /// What a field means.
    enum Kind {
        case ignored
        case provider
        case mode
        case rate(RateKey)
        case named(String)
        case multiplier(String)
        case searchContext
        case guardrail
        case custom
        case volumeTiers
        case providerSpecific
        case searchBilling
        case tiers
        case offPeak
    }

    private var known: [UInt64: (name: [UInt8], kind: Kind)] = [:]

    /// The meaning of the field whose name stands in that range.
    mutating func kind(of range: Range<Int>, in scanner: JSONScanner) throws(PriceBookError) -> Kind {
        let bytes = scanner.slice(range)
        let hash = StableHash.of(bytes)
        if let field = known[hash], field.name.elementsEqual(bytes) { return field.kind }
        let kind = Self.classify(try scanner.text(range))
        known[hash] = (Array(bytes), kind)
        return kind
    }

    /// The meaning of a field by its name.
    static func classify(_ name: String) -> Kind {
        switch name {
        case "litellm_provider": return .provider
        case "mode": return .mode
        case "search_context_cost_per_query": return .searchContext
        case "guardrail_cost_per_unit": return .guardrail
        case "custom": return .custom
        case "volume_tiers": return .volumeTiers
        case "provider_specific_entry": return .providerSpecific
        case "web_search_billing_unit": return .searchBilling
        case "tiered_pricing": return .tiers
        case "off_peak_pricing": return .offPeak
        // DBUs are Databricks' own unit, not USD; the entry gives the same price in USD too.
        case "input_dbu_cost_per_token", "output_dbu_cost_per_token": return .ignored
        default: break
        }
        if let key = RateKey(name: name) { return .rate(key) }
        if name.hasPrefix("regional_"), name.contains("_uplift_multiplier") { return .multiplier(name) }
        let words = name.split(separator: "_")
        return words.contains("cost") ? .named(name) : .ignored
    }
}
