import Domain
import PriceBook
import PriceDesk

/// A catalogue with one or more prices, written in the test that needs them.
enum Sample {
    /// The fields that every price needs and few tests are about.
    static let rest = "mode: audio_speech, valid_from: always, source: test, evidence: seen, seen: 2026-11-01"

    /// A price of model `m` of provider `p`, on one line.
    static func price(_ fields: String) -> String {
        "  - {provider: p, model: m, \(rest), \(fields)}\n"
    }

    /// A catalogue's text: line 1 is the version, line 2 the models, the first price is in line 3.
    static func text(_ prices: String) -> String {
        "version: 1\nmodels:\n" + prices
    }

    static func catalogue(_ text: String) throws(CatalogueError) -> Catalogue {
        try CatalogueReader.read(Array(text.utf8), file: "models.yaml")
    }

    /// What is wrong with a catalogue, as its reader is told.
    static func problems(_ text: String) -> [String] {
        do throws(CatalogueError) {
            _ = try catalogue(text)
            return []
        } catch {
            return error.problems.map(\.description)
        }
    }
}

/// 2026-11-18T12:00:00Z.
let noon = Timestamp(seconds: 1_795_003_200)

/// Prices over nothing else, asked as clients ask.
struct PriceList {
    let cache: PlanCache

    init(_ catalogue: Catalogue, choosing plans: [String: String] = [:]) throws {
        let versions = try catalogue.prices(choosing: plans).map {
            PriceVersion(source: .catalogue, entry: $0, recordedAt: noon)
        }
        cache = PlanCache(PriceBook(versions: versions, aliases: catalogue.names.aliases))
    }

    /// The exact cost in USD; `nil` when the model or a quantity has no price.
    func cost(
        _ provider: String,
        _ model: String,
        _ quantity: UsageQuantity,
        _ units: Int64,
        after volume: Int64 = 0,
        at time: Timestamp = noon
    ) -> String? {
        let usage = Usage(items: [Usage.Item(quantity, Amount(units: units))], custom: [])
        return cost(provider, model, usage, after: volume, at: time)
    }

    func cost(
        _ provider: String,
        _ model: String,
        _ usage: Usage,
        after volume: Int64 = 0,
        at time: Timestamp = noon
    ) -> String? {
        let request = PriceRequest(usage: usage, occurredAt: time, volume: volume * 1_000_000)
        let query = PriceQuery(provider: provider, model: model, request: request)
        guard let plan = cache.plan(for: query, at: time) else { return nil }
        let explanation = plan.explain(request)
        return explanation.cost.unpriced.isEmpty ? explanation.exactCost : nil
    }
}
