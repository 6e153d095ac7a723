import Domain

/// All token rates of an entry, for each service tier, threshold band and off-peak state, in one flat list.
struct TokenRateTable: Sendable {
    /// The thresholds of any family and tier, ascending.
    let thresholds: [Int64]
    let tokenTiers: [PriceExtras.TokenTier]
    /// The group of rates of each service tier, by its place in `RateTier`.
    let tierGroups: [Int]
    /// How many bands of input there are: one more than thresholds, or one for each tier of a table.
    let bandCount: Int
    /// Group by group, band by band, usual before off-peak, slot by slot.
    let rates: [ResolvedRate]
    /// Whether text of any direction has a rate.
    let hasTextRate: Bool

    init(of entry: PriceEntry, names: inout RateNames) {
        let families: Set<RateFamily> = [.inputToken, .outputToken, .cacheRead, .cacheWrite, .cacheWrite1h]
        let keys = entry.rates.map(\.key)
        let thresholds = Set(keys.filter { families.contains($0.family) && $0.threshold > 0 }.map(\.threshold)).sorted()
        let tokenTiers = entry.extras?.tokenTiers ?? []
        let presentTiers = Set(keys.map(\.tier))
        let hasTokens = !tokenTiers.isEmpty || keys.contains { families.contains($0.family) }

        var groups: [RateTier] = [.standard]
        var tierGroups: [Int] = []
        for tier in RateTier.allCases {
            let isOwn = tier == .batch ? hasTokens : presentTiers.contains(tier)
            guard isOwn, tier != .standard, tokenTiers.isEmpty else {
                tierGroups.append(0)
                continue
            }
            tierGroups.append(groups.count)
            groups.append(tier)
        }

        let bandCount = tokenTiers.isEmpty ? thresholds.count + 1 : tokenTiers.count
        var rates: [ResolvedRate] = []
        for tier in groups {
            for band in 0..<bandCount {
                for isOffPeak in entry.extras?.offPeak == nil ? [false] : [false, true] {
                    let conditions = TokenRates.Conditions(
                        tier: tier,
                        thresholds: tokenTiers.isEmpty ? thresholds[..<band] : [],
                        tokenTier: tokenTiers.isEmpty ? nil : tokenTiers[band],
                        isOffPeak: isOffPeak
                    )
                    let resolved = TokenRates(of: entry, conditions)
                    rates += TokenSlot.allCases.map { names.resolve(resolved[$0]) }
                }
            }
        }
        self.thresholds = thresholds
        self.tokenTiers = tokenTiers
        self.tierGroups = tierGroups
        self.bandCount = bandCount
        self.rates = rates
        hasTextRate =
            rates[TokenSlot.inputText.rawValue].exists || rates[TokenSlot.outputText.rawValue].exists
    }
}
