package import Domain

/// The prices of one model, resolved: every service tier, threshold and fallback is worked out in advance.
///
/// Making one takes tens of microseconds, using one takes well under a microsecond: resolve a model's name once and
/// keep the plan (`PlanCache`). It never changes.
package final class PricePlan: Sendable {
    /// Where the prices come from.
    package let source: PriceSource
    /// The key of the price entry in its source.
    package let key: String
    /// The version of the price entry, made from its content.
    package let version: UInt64
    /// From when the prices hold, inclusive; `nil` for ever before.
    package let validFrom: Timestamp?
    /// Until when the prices hold, exclusive; `nil` for ever after.
    package let validTo: Timestamp?

    let entry: PriceEntry
    let isFree: Bool
    let hasPrice: Bool
    let family: ProviderFamily
    let mode: ModelMode
    /// Whether the entry bills input by another unit, so that its tokens cost nothing of their own.
    let inputHasOtherUnit: Bool
    let billsOnlyTime: Bool
    let billsEachSearch: Bool
    let multipliers: [String: Int64]
    let offPeak: OffPeakPricing?
    let rules: PriceRules
    let zones: ZoneOffsets

    let names: [String]
    let units: UnitRates
    let resolutions: [SizedRate]
    let imageSizes: [SizedRate]
    let searchContext: [SizedRate]
    let searchTiers: [(last: Int64, rate: ResolvedRate)]
    let guardrail: [SizedRate]
    let codeInterpreter: ResolvedRate
    let routerFee: ResolvedRate

    let thresholds: [Int64]
    let tokenTiers: [PriceExtras.TokenTier]
    let tierGroups: [Int]
    let tokenRates: [ResolvedRate]
    let bandCount: Int

    /// A rate for one size, resolution or policy.
    struct SizedRate: Sendable {
        var name: String
        var rate: ResolvedRate
    }

    /// Prices of other entries that come on top.
    struct Companions: Sendable {
        /// The fee of the router that chose the model: key and rate.
        var routerFee: (key: String, rate: Rate)?
        /// A code-interpreter session of the model's provider: key and rate.
        var codeInterpreter: (key: String, rate: Rate)?
    }

    init(
        _ entry: PriceEntry,
        source: PriceSource,
        companions: Companions = Companions(),
        rules: PriceRules = [],
        zones: ZoneOffsets = .fixed
    ) {
        self.entry = entry
        self.source = source
        self.rules = rules
        self.zones = zones
        key = entry.key
        version = entry.contentVersion(source: source)
        validFrom = entry.validFrom
        validTo = entry.validTo
        isFree = entry.isFree
        hasPrice = entry.hasPrice
        family = ProviderFamily(entry)
        mode = ModelMode(entry.mode)
        inputHasOtherUnit = entry.rates.contains { RateFamily.otherInputUnits.contains($0.key.family) }

        var names = RateNames()
        units = UnitRates(of: entry, names: &names)
        let extras = entry.extras ?? PriceExtras()
        billsEachSearch = extras.billsEachSearch
        multipliers = extras.multipliers
        offPeak = extras.offPeak
        resolutions = Self.sized(extras.named, after: RateFamily.outputSecond.rawValue + "_", &names)
        imageSizes = Self.sized(extras.named, after: RateFamily.outputImage.rawValue + "_", &names)
        searchContext = extras.searchContext.map {
            let draft = DraftRate($0.rate, key: "search_context_cost_per_query." + $0.name)
            return SizedRate(name: $0.name, rate: names.resolve(draft))
        }
        guardrail = extras.guardrail.map {
            let draft = DraftRate($0.rate, key: "guardrail_cost_per_unit." + $0.name)
            return SizedRate(name: $0.name, rate: names.resolve(draft))
        }
        searchTiers = extras.searchTiers.map {
            (last: $0.last, rate: names.resolve(DraftRate($0.rate, key: "tiered_pricing.input_cost_per_query")))
        }
        let ownSession = entry.rate(RateKey(.codeInterpreterSession))
            .map { DraftRate($0, key: RateFamily.codeInterpreterSession.rawValue) }
        let providerSession = companions.codeInterpreter
            .map { DraftRate($0.rate, key: "\($0.key).\(RateFamily.codeInterpreterSession.rawValue)") }
        codeInterpreter = names.resolve(ownSession ?? providerSession)
        routerFee = names.resolve(
            companions.routerFee.map { DraftRate($0.rate, key: "\($0.key).\(RateFamily.inputToken.rawValue)") }
        )

        let table = TokenRateTable(of: entry, names: &names)
        thresholds = table.thresholds
        tokenTiers = table.tokenTiers
        tierGroups = table.tierGroups
        tokenRates = table.rates
        bandCount = table.bandCount
        billsOnlyTime = units.wallClock.exists && !table.hasTextRate
        self.names = names.names
    }

    private static func sized(
        _ rates: [PriceExtras.NamedRate],
        after prefix: String,
        _ names: inout RateNames
    ) -> [SizedRate] {
        rates.filter { $0.name.hasPrefix(prefix) }.map {
            SizedRate(
                name: $0.name.dropFirst(prefix.count).lowercased(),
                rate: names.resolve(DraftRate($0.rate, key: $0.name))
            )
        }
    }

    /// The key of a rate; `nil` when there is none.
    func name(of rate: ResolvedRate) -> String? {
        rate.exists ? names[Int(rate.key)] : nil
    }
}

/// Providers with rules of their own.
enum ProviderFamily: Sendable {
    case xai
    case perplexity
    /// Gemini on either of Google's platforms: grounding is billed by prompt.
    case gemini
    case anthropic
    case other

    init(_ entry: PriceEntry) {
        switch entry.provider {
        case "xai": self = .xai
        case "perplexity": self = .perplexity
        case "anthropic": self = .anthropic
        case let name where name == "gemini" || name.hasPrefix("vertex_ai"):
            self = entry.key.lowercased().contains("claude") ? .other : .gemini
        default: self = .other
        }
    }
}

/// What a model does, as far as it decides which operation was metered.
enum ModelMode: Equatable, Sendable {
    /// Priced by tokens, under the operation's own name.
    case tokens(PriceOperation)
    case embedding, image, video, transcription, speech, ocr, rerank, search, guardrail

    init(_ name: String?) {
        switch name {
        case "embedding": self = .embedding
        case "image_generation", "image_edit": self = .image
        case "video_generation": self = .video
        case "audio_transcription": self = .transcription
        case "audio_speech": self = .speech
        case "ocr": self = .ocr
        case "rerank": self = .rerank
        case "search", "vector_store": self = .search
        case "guardrail": self = .guardrail
        case "completion": self = .tokens(.completion)
        case "responses": self = .tokens(.responses)
        case "realtime": self = .tokens(.realtime)
        case "chat": self = .tokens(.chat)
        default: self = .tokens(.tokens)
        }
    }
}
