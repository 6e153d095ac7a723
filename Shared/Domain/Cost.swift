/// Whether everything that was used has a price.
///
/// The order is the number in the ledger: append, never reorder.
package enum CostState: UInt8, CaseIterable, Hashable, Sendable {
    /// Everything that was used has a price.
    case priced = 1
    /// The model's rates are all zero.
    case free = 2
    /// Some of what was used has no price: the cost is that of the rest.
    case partiallyPriced = 3
    /// Nothing of what was used has a price: there is no cost, which is not zero.
    case unpriced = 4

    /// The name on the wire.
    package var name: String {
        switch self {
        case .priced: "priced"
        case .free: "free"
        case .partiallyPriced: "partially_priced"
        case .unpriced: "unpriced"
        }
    }

    /// The state with that name on the wire.
    package init?(name: String) {
        guard let match = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = match
    }
}

/// A quantity that was used and has no price, and why.
package struct UnpricedQuantity: Hashable, Sendable {
    /// Why a quantity has no price.
    ///
    /// The order is the number in the ledger: append, never reorder.
    package enum Reason: UInt8, CaseIterable, Hashable, Sendable {
        /// No price entry carries the model's name.
        case unknownModel = 1
        /// The price entry has no price at all.
        case noPrice = 2
        /// The price entry has no rate for this quantity.
        case noRate = 3
        /// The cost would be beyond what one event may cost.
        case outOfRange = 4

        /// The name on the wire.
        package var name: String {
            switch self {
            case .unknownModel: "unknown_model"
            case .noPrice: "no_price"
            case .noRate: "no_rate"
            case .outOfRange: "out_of_range"
            }
        }
    }

    /// The quantity's name on the wire.
    package var quantity: String
    package var reason: Reason

    package init(_ quantity: String, _ reason: Reason) {
        self.quantity = quantity
        self.reason = reason
    }
}

/// What an event costs.
package struct Cost: Hashable, Sendable {
    package var state: CostState
    /// The cost, rounded once; `nil` when the event is unpriced.
    package var money: Money?
    /// What was used and has no price.
    package var unpriced: [UnpricedQuantity]
    package var provenance: Provenance

    package init(state: CostState, money: Money?, unpriced: [UnpricedQuantity] = [], provenance: Provenance) {
        self.state = state
        self.money = money
        self.unpriced = unpriced
        self.provenance = provenance
    }

    /// The cost that a client reported with a key that may.
    package static func reported(_ money: Money) -> Cost {
        Cost(
            state: .priced,
            money: money,
            provenance: Provenance(source: .reported, rules: PriceRules(.providerReported))
        )
    }
}
