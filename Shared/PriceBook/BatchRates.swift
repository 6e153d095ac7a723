import Domain

/// The token rates of a batch (rule 6): what is published for batches, else half of what a call costs at once.
struct BatchRates {
    private(set) var rates = TokenRates()
    private let entry: PriceEntry
    private let thresholds: ArraySlice<Int64>
    private let standard: TokenRates

    /// - Parameters:
    ///   - entry: The prices.
    ///   - thresholds: The thresholds that the input is above, ascending.
    ///   - standard: The resolved rates of a call that is answered at once.
    init(of entry: PriceEntry, thresholds: ArraySlice<Int64>, standard: TokenRates) {
        self.entry = entry
        self.thresholds = thresholds
        self.standard = standard
        let input = published(.inputToken) ?? standard[.inputText]?.halved
        let output = self.output()
        rates[.inputText] = input
        rates[.outputText] = output
        rates[.reasoning] = published(.reasoning) ?? output
        rates[.cacheRead] = cached(.cacheRead, .cacheRead, input: input)
        rates[.cacheWrite] = cached(.cacheWrite, .cacheWrite, input: input)
        rates[.cacheWrite1h] = cachedForAnHour(input: input)
        for modality in Modality.all {
            let text = modality.fallback.flatMap { rates[$0] }
            let ownStandard = entry.rate(RateKey(modality.family)) != nil ? standard[modality.slot] : nil
            let bundled = modality.slot.isCached && isCacheUnpublished(modality.fallback)
            rates[modality.slot] = published(modality.family) ?? (bundled ? text : ownStandard?.halved ?? text)
        }
    }

    /// The batch rate of a family; above a threshold without one, half of the long-context rate.
    private func published(_ family: RateFamily) -> DraftRate? {
        var result = own(family, above: 0)
        for threshold in thresholds {
            if let above = own(family, above: threshold) {
                result = above.asFallback(rule: .aboveThreshold)
            } else if result != nil, let long = entry.rate(RateKey(family, threshold: threshold)) {
                result = DraftRate(long, key: RateKey(family, threshold: threshold).name).halved
                    .asFallback(rule: .aboveThreshold)
            }
        }
        return result
    }

    private func own(_ family: RateFamily, above threshold: Int64) -> DraftRate? {
        let key = RateKey(family, tier: .batch, threshold: threshold)
        return entry.rate(key).map { DraftRate($0, key: key.name).asFallback(rule: .batchPublishedRate) }
    }

    private func output() -> DraftRate? {
        if let output = published(.outputToken), !output.rate.isFree { return output }
        return standard[.outputText]?.key.hasPrefix(RateFamily.imageOutput.rawValue) == true
            ? published(.imageOutput) ?? standard[.outputText]?.halved
            : published(.outputToken) ?? standard[.outputText]?.halved
    }

    // With a published input rate, tokens of a cache without a batch rate are billed as input.
    private func cached(_ slot: TokenSlot, _ family: RateFamily, input: DraftRate?) -> DraftRate? {
        if let own = published(family) { return own }
        guard isInputPublished else { return standard[slot]?.halved }
        return input?.asFallback(
            rule: .batchCacheReadUnpublishedBillsBatchInput,
            flag: slot == .cacheRead ? .fallbackCacheRead : .fallbackCacheWrite
        )
    }

    // The hour has no batch rate of its own: half of its price, when writing has a batch rate at all.
    private func cachedForAnHour(input: DraftRate?) -> DraftRate? {
        if let own = published(.cacheWrite1h) { return own }
        let hasHour = entry.rate(RateKey(.cacheWrite1h)) != nil
        guard hasHour, published(.cacheWrite) != nil || !isInputPublished else {
            return rates[.cacheWrite]?.asFallback(rule: .cacheWrite1hFallbackTo5m, flag: .fallbackCacheWrite)
        }
        return standard[.cacheWrite1h]?.halved
    }

    private var isInputPublished: Bool { published(.inputToken) != nil }

    private func isCacheUnpublished(_ slot: TokenSlot?) -> Bool {
        switch slot {
        case .cacheRead: isInputPublished && published(.cacheRead) == nil
        case .cacheWrite: isInputPublished && published(.cacheWrite) == nil
        default: false
        }
    }
}
