import Domain

/// The token rates of an entry in one service tier, above some of its thresholds, in or out of an off-peak window.
///
/// Source of the rules: docs on pricing, rules 2–7; the numbers in the comments are theirs.
struct TokenRates {
    private var rates: [TokenSlot: DraftRate] = [:]

    subscript(slot: TokenSlot) -> DraftRate? {
        get { rates[slot] }
        set { rates[slot] = newValue }
    }

    /// Which of an entry's rates are wanted.
    struct Conditions {
        var tier: RateTier
        /// The thresholds that the input is above, ascending.
        var thresholds: ArraySlice<Int64> = []
        /// The tier of `tiered_pricing` that the input is in.
        var tokenTier: PriceExtras.TokenTier?
        var isOffPeak = false
    }

    init(of entry: PriceEntry, _ conditions: Conditions) {
        // 4: a table of tiers ignores the service tier.
        if let tokenTier = conditions.tokenTier {
            takeTokenTier(tokenTier, entry)
        } else {
            takeFamilies(entry, conditions)
        }
        if conditions.isOffPeak, let offPeak = entry.extras?.offPeak { takeOffPeak(offPeak) }
        fallBackForOutput(entry, conditions)
        fallBackForCache(entry)
        if rates[.reasoning] == nil {
            rates[.reasoning] = Self.reasoning(entry, conditions, output: rates[.outputText])
        }
        takeModalities(entry, conditions)
        if conditions.tier == .batch, conditions.tokenTier == nil {
            self = BatchRates(of: entry, thresholds: conditions.thresholds, standard: self).rates
        }
    }

    init() {}

    // 2 and 3: the rate of the tier, else the standard one; then the same for each threshold passed.
    private mutating func takeFamilies(_ entry: PriceEntry, _ conditions: Conditions) {
        let families: [(TokenSlot, RateFamily)] = [
            (.inputText, .inputToken), (.outputText, .outputToken), (.cacheRead, .cacheRead),
            (.cacheWrite, .cacheWrite), (.cacheWrite1h, .cacheWrite1h),
        ]
        let tier = conditions.tier == .batch ? .standard : conditions.tier
        for (slot, family) in families {
            rates[slot] = entry.draft(family, tier)
            for threshold in conditions.thresholds {
                guard var draft = entry.draft(family, tier, above: threshold) else { continue }
                draft.rules.insert(.aboveThreshold)
                rates[slot] = draft
            }
        }
    }

    private mutating func takeTokenTier(_ tier: PriceExtras.TokenTier, _ entry: PriceEntry) {
        func draft(_ family: RateFamily) -> DraftRate? {
            tier.rate(family).map { rate in
                var draft = DraftRate(rate, key: "tiered_pricing." + family.rawValue)
                draft.rules.insert(.tieredPricingList)
                return draft
            }
        }
        rates[.inputText] = draft(.inputToken)
        rates[.outputText] = draft(.outputToken) ?? entry.draft(.outputToken, .standard)
        rates[.cacheRead] = draft(.cacheRead)
        rates[.cacheWrite] = draft(.cacheWrite)
        rates[.cacheWrite1h] = draft(.cacheWrite1h)
        rates[.reasoning] = draft(.reasoning)?.asFallback(rule: .reasoningRate) ?? rates[.outputText]
    }

    // 7: an off-peak rate replaces whatever would apply.
    private mutating func takeOffPeak(_ offPeak: OffPeakPricing) {
        let families: [(TokenSlot, RateFamily)] = [
            (.inputText, .inputToken), (.outputText, .outputToken), (.cacheRead, .cacheRead),
            (.cacheWrite, .cacheWrite), (.reasoning, .reasoning),
        ]
        for (slot, family) in families {
            guard let rate = offPeak.rate(family) else { continue }
            var draft = DraftRate(rate, key: "off_peak_pricing." + family.rawValue)
            draft.rules.insert(.offPeakWindow)
            rates[slot] = draft
        }
    }

    // 5: an output rate of zero, or none, is that of image tokens.
    private mutating func fallBackForOutput(_ entry: PriceEntry, _ conditions: Conditions) {
        guard rates[.outputText]?.rate.isFree != false else { return }
        if let image = entry.draft(.imageOutput, conditions.tier.synchronous) { rates[.outputText] = image }
    }

    // 5: read → half of the standard input rate (Fireworks) → input; written → input; one hour → five minutes.
    private mutating func fallBackForCache(_ entry: PriceEntry) {
        if rates[.cacheRead] == nil, entry.provider == "fireworks_ai", let input = entry.rate(RateKey(.inputToken)) {
            let half = DraftRate(input.halved, key: RateFamily.inputToken.rawValue + "*0.5")
            rates[.cacheRead] = half.asFallback(rule: .fireworksDefaultCacheReadHalf, flag: .fallbackCacheRead)
        }
        let input = rates[.inputText]
        if rates[.cacheRead] == nil {
            rates[.cacheRead] = input?.asFallback(rule: .cacheReadFallback, flag: .fallbackCacheRead)
        }
        if rates[.cacheWrite] == nil {
            rates[.cacheWrite] = input?.asFallback(rule: .cacheWriteFallbackToInput, flag: .fallbackCacheWrite)
        }
        if rates[.cacheWrite1h] == nil {
            rates[.cacheWrite1h] = rates[.cacheWrite]?
                .asFallback(rule: .cacheWrite1hFallbackTo5m, flag: .fallbackCacheWrite)
        }
    }

    // 5: the tier's own reasoning rate → the output rate, if the tier has one → the standard reasoning rate → output.
    private static func reasoning(
        _ entry: PriceEntry,
        _ conditions: Conditions,
        output: DraftRate?
    ) -> DraftRate? {
        let tier = conditions.tier.synchronous
        let own = entry.rate(RateKey(.reasoning, tier: tier))
        if tier != .standard, own == nil, entry.rate(RateKey(.outputToken, tier: tier)) != nil { return output }
        return entry.draft(.reasoning, tier)?.asFallback(rule: .reasoningRate) ?? output
    }

    // 5: tokens of a modality at their own rate, which no threshold changes, else as text.
    private mutating func takeModalities(_ entry: PriceEntry, _ conditions: Conditions) {
        for modality in Modality.all {
            let stand = modality.fallback.flatMap { rates[$0] }
            let isCache = modality.slot.isCached
            rates[modality.slot] =
                entry.draft(modality.family, conditions.tier.synchronous)
                ?? stand?.asFallback(
                    rule: modality.slot == .inputAudio || modality.slot == .outputAudio
                        ? .audioFallbackToTextRate : nil,
                    flag: isCache ? nil : .fallbackModality
                )
        }
    }
}

/// Tokens with a rate of their own beside those of text.
struct Modality {
    var slot: TokenSlot
    var family: RateFamily
    /// What they are billed as when they have no rate.
    var fallback: TokenSlot?

    static let all: [Modality] = [
        Modality(slot: .cacheReadExplicit, family: .cacheReadExplicit, fallback: .cacheRead),
        Modality(slot: .cacheReadAudio, family: .cacheReadAudio, fallback: .cacheRead),
        Modality(slot: .cacheReadImage, family: .cacheReadImage, fallback: .cacheRead),
        Modality(slot: .cacheWriteAudio, family: .cacheWriteAudio, fallback: .cacheWrite),
        Modality(slot: .inputAudio, family: .audioInput, fallback: .inputText),
        Modality(slot: .inputImage, family: .imageInput, fallback: .inputText),
        Modality(slot: .inputVideo, family: .videoInput, fallback: .inputText),
        Modality(slot: .outputAudio, family: .audioOutput, fallback: .outputText),
        Modality(slot: .outputImage, family: .imageOutput, fallback: .outputText),
        Modality(slot: .outputVideo, family: .videoOutput, fallback: .outputText),
    ]
}

extension TokenSlot {
    /// Whether the tokens were read from or written to a cache.
    var isCached: Bool {
        switch self {
        case .cacheRead, .cacheReadExplicit, .cacheReadAudio, .cacheReadImage: true
        case .cacheWrite, .cacheWriteAudio, .cacheWrite1h: true
        default: false
        }
    }

    /// Whether the tokens are part of the input.
    var isInput: Bool { rawValue < TokenSlot.outputText.rawValue }
}

extension RateTier {
    /// The tier whose rates hold for a call that is answered at once.
    var synchronous: RateTier { self == .batch ? .standard : self }
}

extension PriceEntry {
    /// The rate of a tier, else the standard one.
    func draft(_ family: RateFamily, _ tier: RateTier, above threshold: Int64 = 0) -> DraftRate? {
        let key = RateKey(family, tier: tier, threshold: threshold)
        if let rate = rate(key) { return DraftRate(rate, key: key.name) }
        guard tier != .standard else { return nil }
        let standard = RateKey(family, threshold: threshold)
        return rate(standard).map { DraftRate($0, key: standard.name).asFallback(flag: .fallbackServiceTier) }
    }
}
