package import Domain
import Synchronization

/// Remembers the plans of the models in use, so that a name is resolved once; shared by all who price with one book.
///
/// At most `capacity` names are kept, unknown ones included: beyond that everything is forgotten and made again.
package final class PlanCache: Sendable {
    /// The prices that plans are made from.
    package let book: PriceBook
    private let capacity: Int
    private let plans: Mutex<[PriceQuery: PricePlan?]>

    package init(_ book: PriceBook, capacity: Int = 8_192) {
        self.book = book
        self.capacity = capacity
        plans = Mutex([:])
    }

    /// The plan of a query's model; `nil` when it has no price entry.
    package func plan(for query: PriceQuery) -> PricePlan? {
        if let known = plans.withLock({ $0[query] }) { return known }
        // Made outside the lock: two who miss at once make the same plan twice, which harms nothing.
        let plan = book.plan(for: query)
        plans.withLock {
            if $0.count >= capacity { $0.removeAll(keepingCapacity: true) }
            $0[query] = .some(plan)
        }
        return plan
    }

    /// What a call costs.
    package func cost(provider: String, model: String, _ request: PriceRequest) -> Cost {
        let query = PriceQuery(provider: provider, model: model, request: request)
        return plan(for: query)?.cost(of: request) ?? .unknownModel(request.usage, source: book.source)
    }

    /// What a call costs, as arithmetic that a person can check.
    package func explain(provider: String, model: String, _ request: PriceRequest) -> CostExplanation {
        let query = PriceQuery(provider: provider, model: model, request: request)
        return plan(for: query)?.explain(request)
            ?? CostExplanation(cost: .unknownModel(request.usage, source: book.source))
    }
}
