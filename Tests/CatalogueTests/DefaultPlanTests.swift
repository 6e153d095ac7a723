import Domain
import FoundationEssentials
import PriceBook
import PriceDesk
import Testing

/// With the default plans the catalogue adds prices and changes none.
@Suite struct DefaultPlanTests {
    private struct Model: Hashable, Decodable {
        var provider: String
        var model: String
    }

    private let map: PriceMap
    private let plain: PlanCache
    private let catalogue: Catalogue

    init() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let path = root.appending(path: "Services/pricing/Resources/litellm_prices.json")
        map = try PriceMap(litellm: Array(try Data(contentsOf: path)))
        plain = PlanCache(PriceBook(versions: Self.versions(of: map)), capacity: 20_000)
        catalogue = try Shipped.catalogue()
    }

    private static func versions(of map: PriceMap) -> [PriceVersion] {
        map.entries.map { PriceVersion(source: .litellm, entry: $0, recordedAt: noon) }
    }

    private func layered(_ plans: [String: String] = [:]) throws -> PlanCache {
        let added = try catalogue.prices(choosing: plans)
        let versions = added.map { PriceVersion(source: .catalogue, entry: $0, recordedAt: noon) }
        return PlanCache(PriceBook(versions: Self.versions(of: map) + versions), capacity: 20_000)
    }

    private func vectors() throws -> Set<Model> {
        let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures/vectors.jsonl")
        let lines = try Data(contentsOf: path).split(separator: UInt8(ascii: "\n"))
        let decoder = JSONDecoder()
        return Set(try lines.map { try decoder.decode(Model.self, from: $0) })
    }

    @Test func `no model of the map or of the vectors has another price`() throws {
        let both = try layered()
        let ofMap = map.entries.map { Model(provider: $0.provider, model: $0.key) }
        let models = try vectors().union(ofMap)
        #expect(models.count > 4_000)
        for model in models {
            let query = PriceQuery(provider: model.provider, model: model.model)
            let expected = plain.plan(for: query, at: noon)
            let found = both.plan(for: query, at: noon)
            #expect(found?.version == expected?.version, "\(model)")
            #expect(found?.source == expected?.source, "\(model)")
        }
    }

    @Test func `the two vectors of ElevenLabs cost what they did`() throws {
        let both = try layered()
        let speech = PriceRequest(
            operation: .speech,
            usage: Usage(items: [Usage.Item(.characters, Amount(units: 949))], custom: []),
            occurredAt: noon
        )
        let found = both.explain(provider: "elevenlabs", model: "eleven_multilingual_v2", speech)
        #expect(found.exactCost == "0.17082")
        #expect(found.cost.provenance.source == .litellm)
        let transcription = PriceRequest(
            operation: .transcription,
            usage: Usage(items: [Usage.Item(.seconds, Amount(units: 6_632))], custom: []),
            occurredAt: noon
        )
        let scribe = both.explain(provider: "elevenlabs", model: "scribe_v1_experimental", transcription)
        #expect(scribe.exactCost == "0.4052152")
    }

    @Test func `a chosen plan lies over the map`() throws {
        let both = try layered(["elevenlabs": "api"])
        let speech = PriceRequest(
            usage: Usage(items: [Usage.Item(.characters, Amount(units: 1_000))], custom: []),
            occurredAt: noon
        )
        let found = both.explain(provider: "elevenlabs", model: "eleven_multilingual_v2", speech)
        #expect(found.exactCost == "0.08")
        #expect(found.cost.provenance.source == .catalogue)
    }

    @Test func `a plan that is not known is refused with those that are`() throws {
        let wrong = ["elevenlabs": "enterprise", "google_tts": "api"]
        let error = #expect(throws: CatalogueError.self) { try catalogue.prices(choosing: wrong) }
        #expect(
            error?.problems.map(\.description) == [
                "models.yaml: plans.elevenlabs: has no plan enterprise, only api, business, creator, pro, scale",
                "models.yaml: plans.google_tts: has no plans to choose from",
            ]
        )
    }
}
