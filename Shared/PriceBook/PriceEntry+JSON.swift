package import Domain

extension PriceEntry {
    /// Reads the prices of one model: an object with the fields of LiteLLM's map, and ours beside them.
    ///
    /// It is strict where a whole map is lenient: what cannot be used is an error. To read many, keep a
    /// `PriceEntryReader`.
    ///
    /// - Parameters:
    ///   - key: The key in the source.
    ///   - json: The object's text; its rates are read from the decimal text. The caller bounds the size.
    ///   - validFrom: From when the prices hold, inclusive; `nil` for ever before.
    ///   - validTo: Until when the prices hold, exclusive; `nil` for ever after.
    /// - Throws: `PriceBookError` when the text is no such object, or a field of it says what cannot be used.
    package init(
        key: String,
        json: [UInt8],
        validFrom: Timestamp? = nil,
        validTo: Timestamp? = nil
    ) throws(PriceBookError) {
        var reader = PriceEntryReader()
        self = try reader.entry(key: key, json: json, validFrom: validFrom, validTo: validTo)
    }

    /// The prices as JSON, always the same text for equal prices: sorted fields, exact decimal numbers.
    ///
    /// Key and validity are not part of it. Reading it gives an equal entry.
    package var json: String {
        var object = CanonicalObject()
        object.add("litellm_provider", text: provider)
        if let mode { object.add("mode", text: mode) }
        for rate in rates { object.add(rate.key.name, rate.rate) }
        if let extras { object.add(extras) }
        return object.json
    }
}

extension CanonicalObject {
    fileprivate mutating func add(_ extras: PriceExtras) {
        for rate in extras.named { add(rate.name, rate.rate) }
        add("custom", extras.custom)
        add("search_context_cost_per_query", extras.searchContext)
        add("guardrail_cost_per_unit", extras.guardrail)
        if extras.billsEachSearch { add("web_search_billing_unit", text: "per_query") }
        addMultipliers(extras.multipliers)
        let tiers = extras.tokenTiers.map(\.json) + extras.searchTiers.map(\.json)
        if !tiers.isEmpty { add("tiered_pricing", array: tiers) }
        if let offPeak = extras.offPeak { add("off_peak_pricing", json: offPeak.json) }
        if let volume = extras.volumeTiers {
            var object = CanonicalObject()
            object.add(volume.key, array: volume.tiers.map(\.json))
            add("volume_tiers", json: object.json)
        }
    }

    private mutating func addMultipliers(_ multipliers: [String: Int64]) {
        var specific = CanonicalObject()
        let prefix = LiteLLMReader.providerSpecificPrefix
        for (key, factor) in multipliers {
            let text = DecimalText.formatShortest(Int128(factor), scale: 6)
            if key.hasPrefix(prefix) {
                specific.add(String(key.dropFirst(prefix.count)), json: text)
            } else {
                add(key, json: text)
            }
        }
        if !specific.isEmpty { add("provider_specific_entry", json: specific.json) }
    }

    fileprivate mutating func add(_ name: String, _ rates: [PriceExtras.NamedRate]) {
        guard !rates.isEmpty else { return }
        add(name, json: CanonicalObject(rates).json)
    }
}

extension PriceExtras.TokenTier {
    fileprivate var json: String {
        var object = CanonicalObject(rates)
        object.add("range", array: ["\(start)", "\(end)"])
        return object.json
    }
}

extension PriceExtras.SearchTier {
    fileprivate var json: String {
        var object = CanonicalObject()
        object.add(RateFamily.inputQuery.rawValue, rate)
        object.add("max_results_range", array: ["\(first)", "\(last)"])
        return object.json
    }
}

extension VolumeTiers.Tier {
    fileprivate var json: String {
        var object = CanonicalObject()
        object.add("rate", rate)
        if let upTo { object.add("up_to", json: "\(upTo)") }
        return object.json
    }
}

extension OffPeakPricing {
    fileprivate var json: String {
        var object = CanonicalObject(rates)
        if let weekdayZone { object.add("weekday_timezone", text: weekdayZone) }
        object.add("windows", array: windows.map(\.json))
        return object.json
    }
}

extension OffPeakPricing.Window {
    fileprivate var json: String {
        var object = CanonicalObject()
        object.add("hours_utc", text: "\(Self.clock(start))-\(Self.clock(end))")
        object.add("weekdays", array: (1...7).filter { weekdays & (1 << UInt8($0)) != 0 }.map(String.init))
        return object.json
    }

    private static func clock(_ seconds: Int64) -> String {
        let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60)
        return (hours < 10 ? "0\(hours):" : "\(hours):") + (minutes < 10 ? "0\(minutes)" : "\(minutes)")
    }
}
