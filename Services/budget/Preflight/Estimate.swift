package import Domain
internal import Ledger
internal import PriceBook
package import PriceDesk

/// What a call will cost at most, and how that is known.
package struct Estimate: Sendable {
    /// Where the amount comes from.
    package enum Source: String, Sendable {
        /// The client said the cost.
        case given
        /// The client said the usage.
        case usage
        /// Output tokens are what 19 of 20 calls of the model did not pass lately.
        case observedOutput = "observed_p95_output"
        /// Output tokens are the setting's, for want of calls to look at.
        case defaultOutput = "default_output"
        /// The model has no price: the cost is what 19 of 20 events of the workspace did not pass lately.
        case observedCost = "observed_p95_cost"
    }

    package var source: Source
    /// `nil` when the model has no price.
    package var money: Money?
    package var state: CostState
    /// The output tokens that it reckons with.
    package var outputTokens: Int64?
    /// What it would cost with other output tokens; `nil` when the cost does not depend on them.
    package var reckoning: Reckoning?

    /// Prices one call with more or fewer output tokens.
    package struct Reckoning: Sendable {
        let pricer: Pricer
        let event: UsageEvent

        /// The cost with so many output tokens; `nil` when it has none.
        package func cost(outputTokens: Int64) -> Money? {
            var event = event
            event.usage.setOutputTokens(outputTokens)
            return pricer.price(event).event.cost.money
        }

        /// The most output tokens that cost at most so much; `nil` when not even one does.
        ///
        /// Costs do not fall with the tokens, so that halving finds it.
        package func cap(within amount: MoneySum, below tokens: Int64) -> Int64? {
            func fits(_ tokens: Int64) -> Bool {
                cost(outputTokens: tokens).map { MoneySum($0) <= amount } ?? false
            }
            guard tokens > 1, fits(1) else { return nil }
            var (low, high) = (Int64(1), tokens)
            while high - low > 1 {
                let middle = low + (high - low) / 2
                if fits(middle) { low = middle } else { high = middle }
            }
            return low
        }
    }
}

/// Estimates calls by the same prices that their events will have.
package struct Estimator: Sendable {
    private let book: PriceBookHolder
    private let observed: ObservedUsage
    private let defaultOutputTokens: Int64

    /// Estimates by a book; `defaultOutputTokens` is for models that nobody has called lately.
    package init(book: PriceBookHolder, observed: ObservedUsage, defaultOutputTokens: Int64) {
        self.book = book
        self.observed = observed
        self.defaultOutputTokens = defaultOutputTokens
    }

    /// What a call will cost.
    package func estimate(_ event: UsageEvent) async -> Estimate {
        if let given = event.reportedCost { return Estimate(source: .given, money: given, state: .priced) }
        let pricer = Pricer(plans: book.edition.plans)
        var event = event
        var source = Estimate.Source.usage
        if event.usage[.outputTokens] == nil, pricer.hasOutputTokens(event) {
            let model = LedgerModel(provider: event.provider, model: event.model)
            let seen = await observed.outputTokens(of: model, in: event.identity.workspace)
            source = seen == nil ? .defaultOutput : .observedOutput
            event.usage.setOutputTokens(seen ?? defaultOutputTokens)
        }
        let cost = pricer.price(event).event.cost
        let tokens = event.usage[.outputTokens]?.wholeUnits
        let isCappable = tokens != nil && cost.money != nil
        return Estimate(
            source: source,
            money: cost.money,
            state: cost.state,
            outputTokens: tokens,
            reckoning: isCappable ? Estimate.Reckoning(pricer: pricer, event: event) : nil
        )
    }

    /// What a call of a model without a price will cost, as far as the workspace's other events tell.
    package func estimateUnpriced(in workspace: String) async -> Estimate? {
        await observed.eventCost(in: workspace).map {
            Estimate(source: .observedCost, money: $0, state: .unpriced)
        }
    }
}

extension Pricer {
    /// Whether calls of this kind give tokens back that the client cannot know before.
    fileprivate func hasOutputTokens(_ event: UsageEvent) -> Bool {
        guard event.usage[.inputTokens] != nil, let plan = plan(of: event) else { return false }
        switch plan.operation(of: PriceRequest(event)) {
        case .tokens, .chat, .completion, .responses, .realtime: return true
        default: return false
        }
    }
}

extension Usage {
    fileprivate mutating func setOutputTokens(_ tokens: Int64) {
        items.removeAll { $0.quantity == .outputTokens }
        items.append(Item(.outputTokens, Amount(units: tokens)))
    }
}
