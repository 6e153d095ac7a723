import Domain

/// Prices beyond a list of rates.
struct PriceExtras: Hashable, Sendable {
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
    /// `custom`: rates of quantities that clients name themselves.
    var custom: [NamedRate] = []
    /// `volume_tiers`: the rates of one quantity by how much of it the calendar month has had.
    var volumeTiers: VolumeTiers?
    /// Other rates, by their key in the map.
    var named: [NamedRate] = []
    /// Multipliers of the whole token cost in 10⁻⁶, by their key in the map.
    var multipliers: [String: Int64] = [:]
    /// Whether each web search of a prompt is billed, rather than the prompt once.
    var billsEachSearch = false

    /// A rate under a name of the source.
    struct NamedRate: Hashable, Sendable {
        var name: String
        var rate: Rate
    }

    /// Rates of the requests with more than `start` and at most `end` input tokens.
    struct TokenTier: Hashable, Sendable {
        var start: Int64
        var end: Int64
        var rates: [NamedRate]

        func rate(_ family: RateFamily) -> Rate? {
            rates.first { $0.name == family.rawValue }?.rate
        }
    }

    /// The rate of a query with `first` to `last` results.
    struct SearchTier: Hashable, Sendable {
        var first: Int64
        var last: Int64
        var rate: Rate
    }

    /// Every rate there is.
    private var allRates: [Rate] {
        let tiers = tokenTiers.flatMap { $0.rates.map(\.rate) } + searchTiers.map(\.rate)
        let named = (searchContext + guardrail + custom + self.named).map(\.rate)
        return tiers + named + (offPeak?.rates.map(\.rate) ?? []) + (volumeTiers?.tiers.map(\.rate) ?? [])
    }

    var hasPrice: Bool { !allRates.isEmpty }

    var isFree: Bool { allRates.allSatisfy(\.isFree) }

    /// Brings everything that has no order of its own into one.
    mutating func sort() {
        tokenTiers.sort { ($0.start, $0.end) < ($1.start, $1.end) }
        for index in tokenTiers.indices { tokenTiers[index].rates.sortByName() }
        searchTiers.sort { ($0.first, $0.last) < ($1.first, $1.last) }
        offPeak?.rates.sortByName()
        searchContext.sortByName()
        guardrail.sortByName()
        custom.sortByName()
        named.sortByName()
    }
}

/// Marginal rates of one quantity by the volume of a calendar month (UTC) in one workspace.
struct VolumeTiers: Hashable, Sendable {
    /// The rate that the tiers replace: a rate's key in the map, or `custom.` and the name of a quantity.
    var key: String
    /// Ascending; the last has no end.
    var tiers: [Tier]

    /// The rate of what lies between the end of the tier before and this one's.
    struct Tier: Hashable, Sendable {
        /// In whole units of the quantity, inclusive; `nil` for all that is beyond.
        var upTo: Int64?
        var rate: Rate

        /// The tier's part of a stable name.
        var name: String { upTo.map { "up_to_\($0)" } ?? "beyond" }
    }

    /// Most tiers that a quantity may have.
    static let limit = 32
    /// What stands before the name of a custom quantity in a key.
    static let customPrefix = "custom."

    /// Whether the tiers ascend and only the last is open.
    var isWellFormed: Bool {
        guard let last = tiers.last, last.upTo == nil, tiers.count <= Self.limit else { return false }
        let ends = tiers.dropLast().map(\.upTo)
        guard ends.allSatisfy({ $0 != nil }) else { return false }
        let bounds = [0] + ends.compactMap(\.self)
        return zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }
    }

    /// Whether a key names a quantity that can have tiers: anything but tokens, which have thresholds instead.
    static func canTier(_ key: String) -> Bool {
        if key.hasPrefix(customPrefix) { return key.utf8.count > customPrefix.utf8.count }
        return RateFamily(rawValue: key)?.quantity != nil
    }
}

extension [PriceExtras.NamedRate] {
    mutating func sortByName() {
        if count > 1 { sort { $0.name < $1.name } }
    }
}
