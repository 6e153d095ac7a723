package import Domain
package import PriceBook

/// What events cost by one edition of the price book.
package struct Pricer: Sendable {
    /// An event with its cost, and the plan that it was priced by, if there was one.
    package struct Priced: Sendable {
        package var event: PricedEvent
        package var plan: PricePlan?
    }

    /// The prices.
    package let plans: PlanCache

    package init(plans: PlanCache) {
        self.plans = plans
    }

    /// The plan of an event, whether its cost was reported or not; `nil` when no name matches.
    package func plan(of event: UsageEvent) -> PricePlan? {
        plan(of: event, PriceRequest(event))
    }

    private func plan(of event: UsageEvent, _ request: PriceRequest) -> PricePlan? {
        let query = PriceQuery(
            provider: event.provider,
            model: event.model,
            request: request,
            workspace: event.identity.workspace
        )
        return plans.plan(for: query, at: event.occurredAt)
    }

    /// The event with its cost; a cost that the client reported goes before any price.
    ///
    /// `volume` is what the month had of a tiered quantity before, in millionths; other prices do not look at it.
    package func price(_ event: UsageEvent, volume: Int64? = nil) -> Priced {
        var request = PriceRequest(event)
        request.volume = volume
        if let reported = event.reportedCost {
            return Priced(
                event: PricedEvent(event: event, operation: event.operation ?? "tokens", cost: .reported(reported))
            )
        }
        guard let plan = plan(of: event, request) else {
            let cost = Cost.unknownModel(event.usage)
            return Priced(event: PricedEvent(event: event, operation: event.operation ?? "tokens", cost: cost))
        }
        let operation = event.operation ?? plan.operation(of: request).name
        return Priced(
            event: PricedEvent(event: event, operation: operation, cost: plan.cost(of: request)),
            plan: plan
        )
    }

    /// The event's cost as arithmetic that a person can check.
    package func explain(_ event: UsageEvent, volume: Int64? = nil) -> CostExplanation {
        if let reported = event.reportedCost { return .reported(reported) }
        var request = PriceRequest(event)
        request.volume = volume
        return plans.explain(
            provider: event.provider,
            model: event.model,
            workspace: event.identity.workspace,
            request
        )
    }
}

extension CostExplanation {
    /// A cost that the client reported: there is no arithmetic.
    package static func reported(_ money: Money) -> CostExplanation {
        CostExplanation(
            cost: .reported(money),
            exactCost: DecimalText.formatShortest(Int128(money.picoDollars), scale: 12)
        )
    }
}
