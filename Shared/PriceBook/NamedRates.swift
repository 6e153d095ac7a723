import Domain

/// The rates that are found by a name: a size, a resolution, a policy, a custom quantity.
struct NamedRates: Sendable {
    let resolutions: [Item]
    let imageSizes: [Item]
    let searchContext: [Item]
    let guardrail: [Item]
    let custom: [Item]
    let searchTiers: [(last: Int64, rate: ResolvedRate)]

    /// A name and its rate.
    struct Item: Sendable {
        var name: String
        var rate: ResolvedRate
    }

    init(of extras: PriceExtras, names: inout RateNames) {
        resolutions = Self.sized(extras.named, after: RateFamily.outputSecond.rawValue + "_", &names)
        imageSizes = Self.sized(extras.named, after: RateFamily.outputImage.rawValue + "_", &names)
        searchContext = Self.items(extras.searchContext, under: "search_context_cost_per_query.", &names)
        guardrail = Self.items(extras.guardrail, under: "guardrail_cost_per_unit.", &names)
        custom = Self.items(extras.custom, under: VolumeTiers.customPrefix, &names)
        searchTiers = extras.searchTiers.map {
            (last: $0.last, rate: names.resolve(DraftRate($0.rate, key: "tiered_pricing.input_cost_per_query")))
        }
    }

    private static func items(
        _ rates: [PriceExtras.NamedRate],
        under prefix: String,
        _ names: inout RateNames
    ) -> [Item] {
        rates.map { Item(name: $0.name, rate: names.resolve(DraftRate($0.rate, key: prefix + $0.name))) }
    }

    private static func sized(
        _ rates: [PriceExtras.NamedRate],
        after prefix: String,
        _ names: inout RateNames
    ) -> [Item] {
        rates.filter { $0.name.hasPrefix(prefix) }.map {
            Item(
                name: $0.name.dropFirst(prefix.count).lowercased(),
                rate: names.resolve(DraftRate($0.rate, key: $0.name))
            )
        }
    }
}
