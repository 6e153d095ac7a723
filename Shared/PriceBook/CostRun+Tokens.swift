import Domain

extension CostRun {
    /// Bills tokens, and what models bill beside them (rules 1–6, 8 and the embeddings of 9).
    mutating func billTokens() {
        takeMultipliers()
        if plan.billsOnlyTime, used.seconds > 0 {
            billWallClock()
        } else if used.hasTokens {
            billTokenSlots()
        }
        billUnitsBesideTokens()
    }

    private mutating func billTokenSlots() {
        let split = TokenSplit(used)
        rules.formUnion(split.rules)
        if split.isInconsistent { flags.insert(.usageInconsistent) }
        let first = firstRate()
        // Characters that have a price stand for the text of the input.
        let isTextBilledByCharacter = used.characters > 0 && plan.units.character.exists
        if !isTextBilledByCharacter { bill(.inputText, split.inputText, first, .basicTokens) }
        bill(.cacheRead, split.cacheRead, first, .cacheRead)
        bill(.cacheReadExplicit, split.cacheReadExplicit, first, .cacheRead)
        bill(.cacheReadAudio, split.cacheReadAudio, first, .cachedAudio)
        bill(.cacheReadImage, split.cacheReadImage, first, .cacheRead)
        bill(.cacheWrite, split.cacheWrite, first, .cacheWrite)
        bill(.cacheWriteAudio, split.cacheWriteAudio, first, .cacheWrite)
        bill(.cacheWrite1h, split.cacheWrite1h, first, .cacheWrite1h)
        bill(.inputAudio, split.inputAudio, first, .audioInput)
        bill(.inputImage, split.inputImage, first, .imageInputTokens)
        bill(.inputVideo, split.inputVideo, first, .videoInputTokens)
        bill(.outputText, split.outputText, first, .basicTokens)
        bill(.reasoning, used.reasoning, first, .reasoning)
        bill(.outputAudio, used.audioOutput, first, .audioOutput)
        bill(.outputImage, used.imageOutput, first, .imageOutputTokens)
        bill(.outputVideo, used.videoOutput, first, .videoOutputTokens)
    }

    @inline(__always)
    private mutating func bill(_ slot: TokenSlot, _ amount: Int64, _ first: Int, _ rule: PriceRule) {
        guard amount > 0 else { return }
        let rate = plan.table.rates[first + slot.rawValue]
        guard rate.exists else { return listUnrated(slot, amount) }
        rules.insert(rule)
        rules.formUnion(rate.rules)
        flags.formUnion(rate.flags)
        ratedLines += 1
        sink.add(.slot(slot), amount, rate, multiplier: multiplier, of: plan)
    }

    /// A model that bills its input by another unit, or an embedding's output, has tokens that cost nothing of their own.
    private mutating func listUnrated(_ slot: TokenSlot, _ amount: Int64) {
        guard slot.isInput ? plan.inputHasOtherUnit : plan.mode == .embedding else {
            unrated |= slot.quantity.bit
            return
        }
        included |= slot.quantity.bit
        sink.add(.slot(slot), amount, .none, multiplier: multiplier, of: plan)
    }

    /// Where the rates of this tier, band and time begin.
    private mutating func firstRate() -> Int {
        let group = plan.table.tierGroups[takeTier()]
        let variants = plan.offPeak == nil ? 1 : 2
        let row = (group * plan.table.bandCount + takeBand()) * variants + (takeOffPeak() ? 1 : 0)
        return row * TokenSlot.count
    }

    /// The place of the service tier in `RateTier` (rule 2): any name that is none is the standard tier.
    private mutating func takeTier() -> Int {
        guard let name = request.attributes.serviceTier else { return 0 }
        let (tier, rule) = Self.tier(named: name)
        if let rule { rules.insert(rule) }
        if tier != 0, plan.table.tierGroups[tier] == 0 { rules.insert(.serviceTierNoPriceFallsBackToStandard) }
        return tier
    }

    private static func tier(named name: String) -> (Int, PriceRule?) {
        switch name.lowercased() {
        case "flex": (1, .serviceTierFlex)
        case "priority", "fast": (2, .serviceTierPriority)
        case "balanced": (3, .serviceTierBalanced)
        case "ultrafast": (4, .serviceTierUltrafast)
        case "decisions": (5, .serviceTierDecisions)
        case "batch": (6, nil)
        case "standard", "default": (0, nil)
        default: (0, .serviceTierUnknownNameIsStandard)
        }
    }

    /// How many thresholds the input is above (rule 3), or which tier of a table it is in (rule 4).
    private mutating func takeBand() -> Int {
        guard plan.table.bandCount > 1 else { return 0 }
        let input = used.input
        guard plan.table.tokenTiers.isEmpty else {
            let match = plan.table.tokenTiers.firstIndex { $0.contains(millionths: input) }
            return match ?? (input <= 0 ? 0 : plan.table.bandCount - 1)
        }
        // xAI bills the higher rate from the threshold on.
        let reach = plan.family == .xai ? input : input - 1
        var band = 0
        for threshold in plan.table.thresholds where reach >= threshold * 1_000_000 { band += 1 }
        if band > 0, plan.family == .xai { rules.insert(.inclusiveThresholdXai) }
        return band
    }

    private mutating func takeOffPeak() -> Bool {
        guard let offPeak = plan.offPeak else { return false }
        let (open, zoneUnknown) = offPeak.isOpen(at: request.occurredAt, zones: plan.zones)
        if zoneUnknown { flags.insert(.unknownTimeZone) }
        return open
    }

    // MARK: Beside tokens

    private mutating func billUnitsBesideTokens() {
        if used.audioSeconds > 0, used.audioInput == 0 {
            billUnit(.audioSeconds, used.audioSeconds, plan.units.audioSecond, .audioSeconds)
        }
        if used.videoSeconds > 0, used.videoInput == 0 {
            billUnit(.videoSeconds, used.videoSeconds, videoSecondRate, .videoSeconds)
        }
        if used.images > 0, used.imageInput == 0, plan.mode != .image {
            billUnit(.images, used.images, plan.units.inputImage, .images)
        }
        if used.queries > 0 { billUnit(.queries, used.queries, plan.units.query, .queries) }
        if used.characters > 0 { billUnit(.characters, used.characters, plan.units.character, .characters) }
        if plan.units.request.exists {
            billUnit(.requests, used.requests > 0 ? used.requests : 1_000_000, plan.units.request, .requests)
        }
    }

    /// Longer intervals between the frames of a video have rates of their own.
    private var videoSecondRate: ResolvedRate {
        switch used.videoInterval {
        case 15_000_001...: plan.units.videoSecondAbove15
        case 8_000_001...: plan.units.videoSecondAbove8
        default: plan.units.videoSecond
        }
    }

    /// Bills a unit beside tokens.
    ///
    /// Where it has no rate, tokens pay for it: only without them it is unpriced.
    private mutating func billUnit(
        _ line: CostLine,
        _ amount: Int64,
        _ rate: ResolvedRate,
        _ quantity: UsageQuantity
    ) {
        guard rate.exists else {
            if !used.hasTokens { unrated |= quantity.bit }
            return
        }
        switch line {
        case .characters: rules.insert(.perCharacter)
        case .requests: rules.insert(.perRequest)
        default: rules.insert(.embeddingUnits)
        }
        add(line, amount, rate, multiplier: multiplier)
    }
}

extension PriceExtras.TokenTier {
    /// Whether the tier is that of so many millionths of input tokens.
    func contains(millionths: Int64) -> Bool {
        millionths > start.multipliedClamping(by: 1_000_000) && millionths <= end.multipliedClamping(by: 1_000_000)
    }
}

extension Int64 {
    /// The product, or the greatest number when it does not fit.
    func multipliedClamping(by factor: Int64) -> Int64 {
        let (product, overflow) = multipliedReportingOverflow(by: factor)
        return overflow ? .max : product
    }
}
