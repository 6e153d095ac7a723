/// One line of a cost: a quantity at a rate.
package struct CostComponent: Hashable, Sendable {
    /// What was billed, for example `input_text`.
    package var component: String
    /// How much, as shortest decimal text.
    package var quantity: String
    /// The rate's key in the price entry; `nil` when the quantity has none and is billed by another unit.
    package var rateKey: String?
    /// USD per unit before any multiplier, exact.
    package var unitPrice: String
    /// USD after any multiplier, exact.
    package var cost: String

    package init(component: String, quantity: String, rateKey: String?, unitPrice: String, cost: String) {
        self.component = component
        self.quantity = quantity
        self.rateKey = rateKey
        self.unitPrice = unitPrice
        self.cost = cost
    }
}

/// A cost as arithmetic that a person can check.
package struct CostExplanation: Hashable, Sendable {
    package var cost: Cost
    /// The cost before rounding, as shortest decimal text; `nil` when the event is unpriced.
    package var exactCost: String?
    package var components: [CostComponent]
    /// The keys whose product is the multiplier; empty when there is none.
    package var multiplierKeys: [String]

    package init(
        cost: Cost,
        exactCost: String? = nil,
        components: [CostComponent] = [],
        multiplierKeys: [String] = []
    ) {
        self.cost = cost
        self.exactCost = exactCost
        self.components = components
        self.multiplierKeys = multiplierKeys
    }
}
