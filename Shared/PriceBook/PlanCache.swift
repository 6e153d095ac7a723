package import Domain
import Synchronization

/// Remembers the plans of the models in use, so that a name is resolved once; shared by all who price with one book.
///
/// At most `capacity` names are kept, unknown ones included: beyond that everything is forgotten and made again. Of each
/// name the plans of a few times are kept, the one in use first.
package final class PlanCache: Sendable {
    /// The prices that plans are made from.
    package let book: PriceBook
    private let capacity: Int
    private let plans: Mutex<[PriceQuery: Timeline]>

    /// The plans of one name in some of its times.
    private struct Timeline: Sendable {
        var latest: DatedPlan
        var others: [DatedPlan] = []

        static let limit = 16
    }

    package init(_ book: PriceBook, capacity: Int = 8_192) {
        self.book = book
        self.capacity = capacity
        plans = Mutex([:])
    }

    /// The plan that holds for a query at a time; `nil` when it has no price entry.
    package func plan(for query: PriceQuery, at time: Timestamp) -> PricePlan? {
        var query = query
        if let workspace = query.workspace, !book.hasOverrides(for: workspace) { query.workspace = nil }
        if let known = plans.withLock({ Self.find(query, time, in: &$0) }) { return known }
        // Made outside the lock: two who miss at once make the same plan twice, which harms nothing.
        let dated = book.dated(query, at: time)
        plans.withLock { keep(dated, for: query, at: time, in: &$0) }
        return dated.plan
    }

    @inline(__always)
    private static func find(
        _ query: PriceQuery,
        _ time: Timestamp,
        in plans: inout [PriceQuery: Timeline]
    ) -> PricePlan?? {
        guard let timeline = plans[query] else { return nil }
        if timeline.latest.contains(time) { return .some(timeline.latest.plan) }
        guard let index = timeline.others.firstIndex(where: { $0.contains(time) }) else { return nil }
        return .some(timeline.others[index].plan)
    }

    private func keep(
        _ dated: DatedPlan,
        for query: PriceQuery,
        at time: Timestamp,
        in plans: inout [PriceQuery: Timeline]
    ) {
        guard var timeline = plans.removeValue(forKey: query) else {
            if plans.count >= capacity { plans.removeAll(keepingCapacity: true) }
            plans[query] = Timeline(latest: dated)
            return
        }
        // The time that was asked for last is the one that most calls will ask for.
        if !timeline.latest.contains(time) { timeline.others.insert(timeline.latest, at: 0) }
        timeline.others.removeAll { $0.contains(time) }
        if timeline.others.count > Timeline.limit { timeline.others.removeLast() }
        timeline.latest = dated
        plans[query] = timeline
    }

    /// What a call costs.
    package func cost(
        provider: String,
        model: String,
        workspace: String? = nil,
        _ request: PriceRequest
    ) -> Cost {
        let query = PriceQuery(provider: provider, model: model, request: request, workspace: workspace)
        return plan(for: query, at: request.occurredAt)?.cost(of: request) ?? .unknownModel(request.usage)
    }

    /// What a call costs, as arithmetic that a person can check.
    package func explain(
        provider: String,
        model: String,
        workspace: String? = nil,
        _ request: PriceRequest
    ) -> CostExplanation {
        let query = PriceQuery(provider: provider, model: model, request: request, workspace: workspace)
        return plan(for: query, at: request.occurredAt)?.explain(request)
            ?? CostExplanation(cost: .unknownModel(request.usage))
    }
}
