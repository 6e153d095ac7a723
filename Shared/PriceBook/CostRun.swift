package import Domain

/// One pass over a call's quantities: it gives the lines to a sink and keeps what is to be said about them.
struct CostRun<Sink: CostSink> {
    let plan: PricePlan
    let request: PriceRequest
    var sink: Sink
    var used: Quantities
    var rules: PriceRules
    var flags: CostFlags
    var multiplier = Provenance.unitMultiplier
    /// How many lines had a rate.
    var ratedLines = 0
    /// Quantities without a rate, by their bit.
    var unrated: UInt64 = 0
    /// Quantities without a rate that are part of what another unit pays for.
    var included: UInt64 = 0
    /// Names of other quantities without a rate.
    var unratedNames: [String] = []
    /// What was billed by the tiers of the month, in millionths.
    var volumeUsed: Int64 = 0
    /// Whether a rate of another entry was billed.
    var billsCompanion = false

    init(_ plan: PricePlan, _ request: PriceRequest, sink: Sink) {
        self.plan = plan
        self.request = request
        self.sink = sink
        used = Quantities(request.usage)
        rules = plan.rules
        flags = plan.flags
    }

    /// Prices everything and says what came of it.
    @inline(__always)
    mutating func run() -> Cost {
        guard plan.hasPrice else { return unpriced(.noPrice) }
        billOperation()
        billTools()
        if !request.usage.custom.isEmpty { billCustomQuantities() }
        return finish()
    }

    private mutating func billOperation() {
        let operation = request.operation ?? plan.derivedOperation(used, isBatch: isBatch)
        switch operation {
        case .tokens, .chat, .completion, .responses, .embedding, .realtime, .webSearch, .mapsGrounding, .guardrail,
            .codeInterpreter:
            billTokens()
        case .image: billAlternatives { $0.billImages() }
        case .video: billAlternatives { $0.billVideo() }
        case .transcription: billAlternatives { $0.billTranscription() }
        case .speech: billAlternatives { $0.billSpeech() }
        case .search: billAlternatives { $0.billSearch() }
        case .ocr: billAlternatives { $0.billPages(isBatch: $0.isBatch) }
        case .ocrBatch: billAlternatives { $0.billPages(isBatch: true) }
        case .rerank: billAlternatives { $0.billRerank() }
        case .wallClock: billAlternatives { $0.billWallClock() }
        }
    }

    /// Bills by the operation's own unit, and by tokens when that has no rate.
    private mutating func billAlternatives(_ bill: (inout Self) -> Void) {
        let before = (rules, unrated)
        bill(&self)
        guard ratedLines == 0, used.hasTokens else { return }
        (rules, unrated) = before
        billTokens()
    }

    var isBatch: Bool { request.attributes.serviceTier?.lowercased() == "batch" }

    // MARK: Lines

    /// One line, if anything was used: billed, or listed as unpriced.
    @inline(__always)
    mutating func bill(
        _ line: CostLine,
        _ amount: Int64,
        _ rate: ResolvedRate,
        of quantity: UsageQuantity,
        rule: PriceRule? = nil
    ) {
        guard amount > 0 else { return }
        guard rate.exists else {
            unrated |= quantity.bit
            return
        }
        if let rule { rules.insert(rule) }
        rules.formUnion(rate.rules)
        flags.formUnion(rate.flags)
        add(line, amount, rate, multiplier: Provenance.unitMultiplier)
    }

    /// Adds a line that has a rate.
    @inline(__always)
    mutating func add(_ line: CostLine, _ amount: Int64, _ rate: ResolvedRate, multiplier: Int64) {
        ratedLines += 1
        guard rate.key != plan.volumeKey else { return addTiered(line, amount, multiplier: multiplier) }
        sink.add(line, amount, rate, multiplier: multiplier, of: plan)
    }

    /// Custom quantities have prices in the catalogue and in overrides only; no multiplier applies to them.
    private mutating func billCustomQuantities() {
        for item in request.usage.custom where item.amount.millionths > 0 && !Quantities.knows(custom: item.name) {
            guard let match = plan.named.custom.first(where: { $0.name == item.name }) else {
                unratedNames.append(item.name)
                continue
            }
            let amount = min(item.amount, .limit).millionths
            add(.named(item.name), amount, match.rate, multiplier: Provenance.unitMultiplier)
        }
    }

    // MARK: The end

    private mutating func finish() -> Cost {
        if ratedLines == 0 {
            // Nothing that was used has a rate, so nothing pays for what would be included.
            unrated |= included
            included = 0
            if unrated != 0 || !unratedNames.isEmpty { return unpriced(.noRate) }
            if request.usage.isEmpty { flags.insert(.emptyUsage) }
        }
        if included != 0 { flags.insert(.includedQuantity) }
        guard let money = sink.total.money else { return unpriced(.outOfRange) }
        guard unrated == 0, unratedNames.isEmpty else {
            return Cost(state: .partiallyPriced, money: money, unpriced: unratedList(.noRate), provenance: provenance)
        }
        return Cost(state: plan.isFree ? .free : .priced, money: money, provenance: provenance)
    }

    private var provenance: Provenance {
        Provenance(
            source: plan.source,
            priceVersion: billsCompanion ? plan.companionVersion : plan.version,
            key: plan.key,
            rules: rules,
            flags: flags,
            multiplier: multiplier,
            startVolume: flags.contains(.volumeTier) ? startVolume : nil
        )
    }

    private func unpriced(_ reason: UnpricedQuantity.Reason) -> Cost {
        let list = reason == .noRate ? unratedList(reason) : request.usage.unpriced(reason)
        return Cost(state: .unpriced, money: nil, unpriced: list, provenance: provenance)
    }

    private func unratedList(_ reason: UnpricedQuantity.Reason) -> [UnpricedQuantity] {
        let known = UsageQuantity.allCases.filter { unrated & $0.bit != 0 }.map(\.rawValue)
        return (known + unratedNames).map { UnpricedQuantity($0, reason) }
    }
}

extension UsageQuantity {
    /// A bit of its own in a set of quantities.
    var bit: UInt64 { 1 << UInt64(number) }
}

extension Usage {
    /// Everything that was used, as unpriced.
    package func unpriced(_ reason: UnpricedQuantity.Reason) -> [UnpricedQuantity] {
        let known = UsageQuantity.allCases.filter { self[$0].map { $0 > .zero } ?? false }.map(\.rawValue)
        let named = (guardrailUnits + custom).filter { $0.amount > .zero }.map(\.name)
        return (known + named).map { UnpricedQuantity($0, reason) }
    }
}
