package import CoreMetrics
internal import Domain

/// What pricing counts.
///
/// The handles are made once.
package struct PricingMetrics: Sendable {
    private let states: [CostState: Counter]

    package init(factory: any MetricsFactory) {
        var states: [CostState: Counter] = [:]
        for state in CostState.allCases {
            states[state] = Counter(
                label: "oliver_priced_events",
                dimensions: [("state", state.name)],
                factory: factory
            )
        }
        self.states = states
    }

    /// The states of one batch.
    struct Tally {
        fileprivate var counts: [CostState: Int64] = [:]

        mutating func add(_ state: CostState) {
            counts[state, default: 0] += 1
        }
    }

    func priced(_ tally: Tally) {
        for (state, count) in tally.counts { states[state]?.increment(by: count) }
    }
}
