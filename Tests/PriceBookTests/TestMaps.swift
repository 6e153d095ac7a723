import Domain
import PriceBook

/// Small price maps, written in the test that needs them.
enum TestMap {
    /// The plan of the only model, `m` of provider `p`, with these fields.
    static func plan(
        _ fields: String,
        provider: String = "p",
        mode: String = "chat",
        zones: ZoneOffsets = .fixed
    ) throws -> PricePlan {
        let book = try book("\"m\": {\"litellm_provider\": \"\(provider)\", \"mode\": \"\(mode)\", \(fields)}", zones)
        guard let plan = book.plan(for: PriceQuery(provider: provider, model: "m"), at: noon) else {
            throw PriceBookError(.empty, "no model m")
        }
        return plan
    }

    /// The book of these entries.
    static func book(_ entries: String, _ zones: ZoneOffsets = .fixed) throws -> PriceBook {
        try PriceBook(litellm: Array("{\(entries)}".utf8), zones: zones)
    }
}

/// 2026-11-18T12:00:00Z, a Wednesday.
let noon = Timestamp(seconds: 1_795_003_200)

/// A request of whole units.
func request(
    _ quantities: [UsageQuantity: Int64],
    custom: [String: Int64] = [:],
    tier: String? = nil,
    operation: PriceOperation? = nil,
    at time: Timestamp = noon
) -> PriceRequest {
    PriceRequest(
        operation: operation,
        usage: Usage(
            items: quantities.map { Usage.Item($0, Amount(units: $1)) },
            custom: custom.map { Usage.NamedItem($0, Amount(units: $1)) }
        ),
        attributes: PriceAttributes(serviceTier: tier),
        occurredAt: time
    )
}

extension PricePlan {
    /// The exact cost as text.
    func exact(_ request: PriceRequest) -> String? { explain(request).exactCost }

    /// Component and rate key of every line.
    func keys(_ request: PriceRequest) -> [String] {
        explain(request).components.map { "\($0.component) \($0.rateKey ?? "-")" }
    }
}
