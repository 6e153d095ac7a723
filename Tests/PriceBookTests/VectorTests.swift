import Domain
import PriceBook
import Testing

@Suite struct VectorTests {
    @Test func `every vector costs what it must, string for string`() throws {
        let cache = PlanCache(try #require(Fixtures.book))
        #expect(Fixtures.vectors.count == 2_077)
        for vector in Fixtures.vectors {
            let found = cache.explain(provider: vector.provider, model: vector.model, vector.request)
            let state = found.cost.state == .free ? "priced" : found.cost.state.name
            #expect(state == vector.status, "\(vector.id)")
            #expect(found.exactCost == vector.expectedCostUsd, "\(vector.id)")
            #expect(found.cost.money?.usd == vector.expectedCostUsd.flatMap(Self.rounded), "\(vector.id)")
            #expect(found.cost.provenance.key == vector.resolvedKey ?? "", "\(vector.id)")
            #expect(Self.sorted(found.components, like: vector) == vector.components, "\(vector.id)")
            let isMultiplied = found.cost.provenance.multiplier != Provenance.unitMultiplier
            #expect((isMultiplied ? found.cost.provenance.multiplierText : nil) == vector.multiplier, "\(vector.id)")
            #expect(found.multiplierKeys == vector.multiplierKeys ?? [], "\(vector.id)")
        }
    }

    @Test func `the sum without components is the same cost`() throws {
        let cache = PlanCache(try #require(Fixtures.book))
        for vector in Fixtures.vectors {
            let request = vector.request
            let short = cache.cost(provider: vector.provider, model: vector.model, request)
            #expect(short == cache.explain(provider: vector.provider, model: vector.model, request).cost)
        }
    }

    /// The exact text rounded half to even to 12 digits, by other code than the engine's.
    private static func rounded(_ text: String) -> String? {
        DecimalText.parse(text.utf8, scale: 12, rounding: true).map { DecimalText.format($0, scale: 12) }
    }

    /// A JSON object of guardrail units has no order; everything else keeps its own.
    private static func sorted(_ components: [CostComponent], like vector: Vector) -> [Vector.Component] {
        let lines = components.map {
            Vector.Component(
                component: $0.component,
                quantity: $0.quantity,
                rateKey: $0.rateKey,
                unitPrice: $0.unitPrice,
                cost: $0.cost
            )
        }
        guard vector.operation == "guardrail" else { return lines }
        let order = vector.components.map(\.component)
        return lines.sorted {
            (order.firstIndex(of: $0.component) ?? 0) < (order.firstIndex(of: $1.component) ?? 0)
        }
    }
}
