import Domain

extension PriceEntry {
    /// Lays the prices of a higher source over these: every rate that it has replaces the one of the same name.
    ///
    /// A rate for all volumes or requests replaces the rates of that quantity in a table of tiers too; tables, calendars
    /// and windows that the higher source has replace the lower ones whole. Who bills stays as it is.
    mutating func lay(_ upper: PriceEntry) {
        key = upper.key
        mode = upper.mode ?? mode
        for rate in upper.rates { set(rate.rate, for: rate.key) }
        if upper.extras != nil || extras != nil {
            var lower = extras ?? PriceExtras()
            lower.replaceInTables(upper)
            if let higher = upper.extras { lower.lay(higher) }
            extras = lower
        }
        sort()
    }
}

extension PriceExtras {
    /// Puts the flat rates of a higher source into the tables of this one.
    fileprivate mutating func replaceInTables(_ upper: PriceEntry) {
        for item in upper.rates where item.key.tier == .standard && item.key.threshold == 0 {
            let name = item.key.family.rawValue
            if item.key.family.isTabled {
                for index in tokenTiers.indices { tokenTiers[index].rates.set(item.rate, for: name) }
            }
            if item.key.family == .inputQuery {
                for index in searchTiers.indices { searchTiers[index].rate = item.rate }
            }
            if volumeTiers?.key == name { volumeTiers = nil }
        }
        for item in upper.extras?.custom ?? [] where volumeTiers?.key == VolumeTiers.customPrefix + item.name {
            volumeTiers = nil
        }
    }

    fileprivate mutating func lay(_ upper: PriceExtras) {
        if !upper.tokenTiers.isEmpty { tokenTiers = upper.tokenTiers }
        if !upper.searchTiers.isEmpty { searchTiers = upper.searchTiers }
        offPeak = upper.offPeak ?? offPeak
        volumeTiers = upper.volumeTiers ?? volumeTiers
        searchContext.lay(upper.searchContext)
        guardrail.lay(upper.guardrail)
        custom.lay(upper.custom)
        named.lay(upper.named)
        multipliers.merge(upper.multipliers) { $1 }
        billsEachSearch = billsEachSearch || upper.billsEachSearch
    }
}

extension [PriceExtras.NamedRate] {
    fileprivate mutating func lay(_ upper: [PriceExtras.NamedRate]) {
        for rate in upper { set(rate.rate, for: rate.name) }
    }
}

extension RateFamily {
    /// Whether a table of tiers by input tokens has rates of the family.
    fileprivate var isTabled: Bool {
        switch self {
        case .inputToken, .outputToken, .cacheRead, .cacheWrite, .cacheWrite1h, .reasoning: true
        default: false
        }
    }
}
