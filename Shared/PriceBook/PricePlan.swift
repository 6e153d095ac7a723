package import Domain

/// The prices of one model, resolved: every service tier, threshold and fallback is worked out in advance.
///
/// Making one takes tens of microseconds, using one takes well under a microsecond: resolve a model's name once and
/// keep the plan (`PlanCache`). It never changes.
package final class PricePlan: Sendable {
    /// The highest source that any of the rates comes from.
    package let source: PriceSource
    /// The key of the price entry in that source.
    package let key: String
    /// The version of the prices, made from their content.
    package let version: UInt64
    /// The version of a cost that bills a companion's rate: the prices and the companions together.
    let companionVersion: UInt64
    /// The prices, those of all sources laid over each other.
    package let entry: PriceEntry
    /// Prices of other entries that come on top.
    let companions: Companions

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
    let flags: CostFlags
    let zones: ZoneOffsets

    let names: [String]
    let table: TokenRateTable
    let units: UnitRates
    let named: NamedRates
    let codeInterpreter: ResolvedRate
    let routerFee: ResolvedRate
    /// The number of the key whose rate the tiers of the month replace; 0 for none.
    let volumeKey: UInt16
    let volumeTiers: [VolumeRate]

    /// The rate of a month's volume up to so many millionths.
    struct VolumeRate: Sendable {
        /// `nil` for all that is beyond.
        var end: Int64?
        var rate: ResolvedRate
    }

    init(
        _ entry: PriceEntry,
        source: PriceSource,
        companions: Companions = Companions(),
        rules: PriceRules = [],
        flags: CostFlags = [],
        zones: ZoneOffsets = .fixed
    ) {
        self.entry = entry
        self.source = source
        self.companions = companions
        self.rules = rules
        self.flags = flags
        self.zones = zones
        key = entry.key
        let json = entry.json
        version = PriceEntry.contentVersion(source: source, key: entry.key, json: json)
        companionVersion = companions.version(with: version, source: source, key: entry.key, json: json)
        isFree = entry.isFree
        hasPrice = entry.hasPrice
        family = ProviderFamily(entry)
        mode = ModelMode(entry.mode)
        inputHasOtherUnit = entry.rates.contains { RateFamily.otherInputUnits.contains($0.key.family) }

        let extras = entry.extras ?? PriceExtras()
        billsEachSearch = extras.billsEachSearch
        multipliers = extras.multipliers
        offPeak = extras.offPeak
        var names = RateNames()
        let priced = entry.standingInForTiers
        table = TokenRateTable(of: entry, names: &names)
        units = UnitRates(of: priced, names: &names)
        named = NamedRates(of: priced.extras ?? extras, names: &names)
        let ownSession = priced.rate(RateKey(.codeInterpreterSession))
            .map { DraftRate($0, key: RateFamily.codeInterpreterSession.rawValue) }
        codeInterpreter = names.resolve(ownSession ?? companions.codeInterpreter?.draft(.codeInterpreterSession))
        routerFee = names.resolve(companions.routerFee?.draft(.inputToken))
        (volumeKey, volumeTiers) = names.resolve(extras.volumeTiers)
        billsOnlyTime = units.wallClock.exists && !table.hasTextRate
        self.names = names.names
    }

    /// The key of a rate; `nil` when there is none.
    func name(of rate: ResolvedRate) -> String? {
        rate.exists ? names[Int(rate.key)] : nil
    }
}

extension PricePlan {
    /// From when the prices hold, inclusive; `nil` for ever before.
    package var validFrom: Timestamp? { entry.validFrom }

    /// Until when the prices hold, exclusive; `nil` for ever after.
    package var validTo: Timestamp? { entry.validTo }
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
