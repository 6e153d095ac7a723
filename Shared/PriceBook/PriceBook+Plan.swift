import Domain

/// A plan, or that there is none, and the time in which that is so.
struct DatedPlan: Sendable {
    var plan: PricePlan?
    /// Microseconds since 1970, inclusive.
    var from: Int64
    /// Microseconds since 1970, exclusive; `Int64.max` is for ever.
    var to: Int64

    @inline(__always)
    func contains(_ time: Timestamp) -> Bool {
        time.microseconds >= from && (time.microseconds < to || to == .max)
    }
}

extension PriceBook {
    /// The prices that hold for a query at a time, and how long around it they do.
    func dated(_ query: PriceQuery, at time: Timestamp) -> DatedPlan {
        var window = PriceWindow(at: time)
        guard let layers = named(query, &window) else {
            return DatedPlan(plan: nil, from: window.from, to: window.to)
        }
        var (entry, source) = merged(layers)
        let provider = versions[layers.indices[0]].entry.provider
        let companions = PricePlan.Companions(
            routerFee: companion("azure_ai/model_router", .inputToken, of: "azure_ai", query.workspace, &window),
            codeInterpreter: entry.rate(RateKey(.codeInterpreterSession)) == nil
                ? companion("\(provider)/container", .codeInterpreterSession, of: provider, query.workspace, &window)
                : nil
        )
        entry.validFrom = window.validFrom
        entry.validTo = window.validTo
        let plan = PricePlan(
            entry,
            source: source,
            companions: companions,
            rules: layers.rules,
            flags: layers.isBackdated ? CostFlags(.priceBackdated) : [],
            zones: zones
        )
        return DatedPlan(plan: plan, from: window.from, to: window.to)
    }

    /// What holds under the query's own names; where map and catalogue have none of them, what holds under the name that
    /// it is an alias of, below the overrides of its own name.
    private func named(_ query: PriceQuery, _ window: inout PriceWindow) -> PriceLayers? {
        let names = ModelNames(query)
        var seen = PriceWindow(at: Timestamp(microseconds: window.time))
        let hasOwn = base(names, &seen) != nil
        window.narrow(to: seen)
        guard !hasOwn, let canonical = aliases.canonical(query.provider, query.model) else {
            return layers(names, workspace: query.workspace, &window)
        }
        var renamed = query
        (renamed.provider, renamed.model) = canonical
        seen = PriceWindow(at: Timestamp(microseconds: window.time))
        var found = layers(ModelNames(renamed), workspace: query.workspace, &seen)
        window.narrow(to: seen)
        guard found != nil else { return layers(names, workspace: query.workspace, &window) }
        seen = PriceWindow(at: Timestamp(microseconds: window.time))
        found?.indices += overrides(names, workspace: query.workspace, &seen)
        window.narrow(to: seen)
        found?.rules.insert(.nameResolution)
        return found
    }

    /// The layers as one entry, and the highest source that has a rate in it.
    private func merged(_ layers: PriceLayers) -> (PriceEntry, PriceSource) {
        let lowest = versions[layers.indices[0]]
        var (entry, source) = (lowest.entry, lowest.source)
        for index in layers.indices.dropFirst() where versions[index].entry.hasPrice {
            entry.lay(versions[index].entry)
            source = versions[index].source
        }
        return (entry, source)
    }

    /// A rate of another entry that comes on top.
    private func companion(
        _ key: String,
        _ family: RateFamily,
        of provider: String,
        _ workspace: String?,
        _ window: inout PriceWindow
    ) -> PricePlan.Companion? {
        var own = PriceWindow(at: Timestamp(microseconds: window.time))
        let layers = layers(ModelNames(key: key, provider: provider), workspace: workspace, &own)
        window.narrow(to: own)
        return layers.flatMap { layers in
            merged(layers).0.rate(RateKey(family)).map {
                PricePlan.Companion(key: key, rate: $0, isBackdated: layers.isBackdated)
            }
        }
    }
}
