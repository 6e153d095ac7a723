package import Domain
package import PriceBook

/// What an event costs by the prices of this replica.
package struct Pricer: Sendable {
    private let plans: PlanCache

    package init(plans: PlanCache) {
        self.plans = plans
    }

    /// The event with its cost; a cost that the client reported goes before any price.
    package func price(_ event: UsageEvent) -> PricedEvent {
        let request = PriceRequest(event)
        if let reported = event.reportedCost {
            return PricedEvent(event: event, operation: event.operation ?? "tokens", cost: .reported(reported))
        }
        let query = PriceQuery(
            provider: event.provider,
            model: event.model,
            request: request,
            workspace: event.identity.workspace
        )
        guard let plan = plans.plan(for: query, at: event.occurredAt) else {
            let cost = Cost.unknownModel(event.usage)
            return PricedEvent(event: event, operation: event.operation ?? "tokens", cost: cost)
        }
        let operation = event.operation ?? plan.operation(of: request).name
        return PricedEvent(event: event, operation: operation, cost: plan.cost(of: request))
    }

    /// The event's cost as arithmetic that a person can check.
    package func explain(_ event: UsageEvent) -> CostExplanation {
        if let reported = event.reportedCost {
            return CostExplanation(
                cost: .reported(reported),
                exactCost: DecimalText.formatShortest(Int128(reported.picoDollars), scale: 12)
            )
        }
        return plans.explain(
            provider: event.provider,
            model: event.model,
            workspace: event.identity.workspace,
            PriceRequest(event)
        )
    }
}
