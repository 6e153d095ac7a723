package import Domain

extension PricePlan {
    /// What a call costs: exact, rounded once, with what made it.
    package func cost(of request: PriceRequest) -> Cost {
        var run = CostRun(self, request, sink: SummingSink())
        return run.run()
    }

    /// The same cost as arithmetic that a person can check, by the same code.
    package func explain(_ request: PriceRequest) -> CostExplanation {
        var run = CostRun(self, request, sink: ExplainingSink())
        let cost = run.run()
        guard cost.money != nil else { return CostExplanation(cost: cost) }
        let isMultiplied = cost.provenance.multiplier != Provenance.unitMultiplier
        let keys = isMultiplied ? CostRun<ExplainingSink>.multiplierKeys(request.attributes, self).map(\.0) : []
        return CostExplanation(
            cost: cost,
            exactCost: run.sink.total.exactText,
            components: run.sink.components,
            multiplierKeys: keys.filter { multipliers[$0] != nil }
        )
    }
}

extension Cost {
    /// The cost of a call whose model has no price entry: none.
    package static func unknownModel(_ usage: Usage, source: PriceSource = .litellm) -> Cost {
        Cost(
            state: .unpriced,
            money: nil,
            unpriced: usage.unpriced(.unknownModel),
            provenance: Provenance(source: source)
        )
    }
}
