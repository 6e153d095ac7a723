import Domain

/// The prices of one model in one source, as they are written there.
///
/// It carries its validity, so that several versions of a key can stand side by side.
struct PriceEntry: Sendable {
    /// The key in the source.
    var key: String
    /// Who bills, for example `vertex_ai-anthropic_models`.
    var provider: String
    /// What the model does, for example `chat`.
    var mode: String?
    /// From when the prices hold, inclusive; `nil` for ever before.
    var validFrom: Timestamp?
    /// Until when the prices hold, exclusive; `nil` for ever after.
    var validTo: Timestamp?
    /// Rates of known quantities.
    var rates: [KeyedRate] = []
    /// What only few entries have.
    var extras: PriceExtras?

    /// A rate and its key.
    struct KeyedRate: Sendable {
        var key: RateKey
        var rate: Rate
    }

    /// The rate of a key.
    func rate(_ key: RateKey) -> Rate? {
        rates.first { $0.key == key }?.rate
    }

    /// Sets one rate, the rest stays: what an override does.
    mutating func set(_ rate: Rate, for key: RateKey) {
        if let index = rates.firstIndex(where: { $0.key == key }) {
            rates[index].rate = rate
        } else {
            rates.append(KeyedRate(key: key, rate: rate))
        }
    }

    /// Whether the entry has any price at all.
    var hasPrice: Bool {
        !rates.isEmpty || extras?.hasPrice == true
    }

    /// Whether the entry has prices and all of them are zero.
    var isFree: Bool {
        hasPrice && rates.allSatisfy(\.rate.isFree) && extras?.isFree != false
    }
}

/// Prices beyond a list of rates.
struct PriceExtras: Sendable {
    /// `tiered_pricing` of tokens: rates for the whole request by its input tokens, ascending.
    var tokenTiers: [TokenTier] = []
    /// `tiered_pricing` of searches: the rate by the number of results, ascending.
    var searchTiers: [SearchTier] = []
    /// Other rates while a window is open.
    var offPeak: OffPeakPricing?
    /// `search_context_cost_per_query`, by the size's name in the map.
    var searchContext: [NamedRate] = []
    /// `guardrail_cost_per_unit`, by policy.
    var guardrail: [NamedRate] = []
    /// Other rates, by their key in the map.
    var named: [NamedRate] = []
    /// Multipliers of the whole token cost in 10⁻⁶, by their key in the map.
    var multipliers: [String: Int64] = [:]
    /// Whether each web search of a prompt is billed, rather than the prompt once.
    var billsEachSearch = false

    /// A rate under a name of the source.
    struct NamedRate: Sendable {
        var name: String
        var rate: Rate
    }

    /// Rates of the requests with more than `start` and at most `end` input tokens.
    struct TokenTier: Sendable {
        var start: Int64
        var end: Int64
        var rates: [NamedRate]

        func rate(_ family: RateFamily) -> Rate? {
            rates.first { $0.name == family.rawValue }?.rate
        }
    }

    /// The rate of a query with `first` to `last` results.
    struct SearchTier: Sendable {
        var first: Int64
        var last: Int64
        var rate: Rate
    }

    /// Every rate there is.
    private var allRates: [Rate] {
        let tiers = tokenTiers.flatMap { $0.rates.map(\.rate) } + searchTiers.map(\.rate)
        let named = (searchContext + guardrail + self.named).map(\.rate)
        return tiers + named + (offPeak?.rates.map(\.rate) ?? [])
    }

    var hasPrice: Bool { !allRates.isEmpty }

    var isFree: Bool { allRates.allSatisfy(\.isFree) }
}
