internal import Domain
internal import Ledger
internal import PriceBook
internal import PriceDesk

/// What other prices would have made of the same events, model by model, each computed to the pico-dollar.
struct PriceInsight: Sendable {
    struct Model: Hashable {
        var provider: String
        var model: String
    }

    struct Sums {
        var events: Int64 = 0
        var cacheReadTokens: Int64 = 0
        var cacheWriteTokens: Int64 = 0
        /// What they cost now.
        var cost = MoneySum.zero
        /// What they would have cost.
        var otherwise = MoneySum.zero

        static func += (sums: inout Sums, more: Sums) {
            sums.events += more.events
            sums.cacheReadTokens += more.cacheReadTokens
            sums.cacheWriteTokens += more.cacheWriteTokens
            sums.cost += more.cost
            sums.otherwise += more.otherwise
        }
    }

    private(set) var models: [Model: Sums] = [:]
    /// Events that have no price, or whose cost a client reported: nothing can be said of them.
    private(set) var unknownEvents: Int64 = 0

    /// Models that are told apart; any installation has fewer.
    private static let modelLimit = 10_000

    var total: Sums { models.values.reduce(into: Sums()) { $0 += $1 } }

    /// The models with the largest difference first.
    var rows: [(model: Model, sums: Sums)] {
        models.sorted { left, right in
            let sizes = [left, right].map { ($0.value.otherwise - $0.value.cost).picoDollars.magnitude }
            if sizes[0] != sizes[1] { return sizes[0] > sizes[1] }
            return (left.key.provider, left.key.model) < (right.key.provider, right.key.model)
        }.map { (model: $0.key, sums: $0.value) }
    }

    /// Adds an event and what it would have cost.
    mutating func add(_ row: LedgerRow, otherwise: Money?) {
        let event = row.priced.event
        let model = Model(provider: event.provider, model: event.model)
        guard let cost = row.current.money, let otherwise, models[model] != nil || models.count < Self.modelLimit else {
            unknownEvents += 1
            return
        }
        let read = event.usage[.cacheReadTokens]?.millionths ?? 0
        let written = event.usage[.cacheWriteTokens]?.millionths ?? 0
        models[model, default: Sums()] += Sums(
            events: 1,
            cacheReadTokens: read / 1_000_000,
            cacheWriteTokens: written / 1_000_000,
            cost: MoneySum(cost),
            otherwise: MoneySum(otherwise)
        )
    }
}

extension LedgerRow {
    /// What a plan would have to know to price the event; `nil` when its cost was not made by prices.
    var pricedRequest: PriceRequest? {
        let provenance = current.provenance
        guard current.money != nil, provenance.source != .reported, provenance.priceVersion != 0 else { return nil }
        var request = PriceRequest(priced.event)
        request.operation = PriceOperation(name: priced.operation) ?? request.operation
        request.volume = provenance.startVolume
        return request
    }
}

extension Usage {
    /// The same call without a cache: cached and written tokens are plain input, as part of which they are counted.
    var uncached: Usage {
        let parts: Set<UsageQuantity> = [
            .cacheReadTokens, .cacheWriteTokens, .cacheWrite1hTokens, .cachedAudioTokens,
        ]
        var usage = self
        usage.items.removeAll { parts.contains($0.quantity) }
        return usage
    }
}
