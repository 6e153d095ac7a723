import Domain
import PriceBook
import Testing

/// Random histories of random layers, against an oracle that is slow and plain.
@Suite struct MergePropertyTests {
    private static let keys = [
        "input_cost_per_token", "output_cost_per_token", "cache_read_input_token_cost", "input_cost_per_request",
        "input_cost_per_token_flex", "output_cost_per_second_4k", "input_cost_per_token_above_128k_tokens",
    ]
    private static let names = ["p/m", "m", "p/m-2026-01-05", "m-2026-01-05"]

    private static func versions(_ random: inout SeededGenerator) throws -> [PriceVersion] {
        let sources: [PriceSource] = [.litellm, .litellm, .catalogue, .override, .override]
        return try (0..<Int.random(in: 1...14, using: &random)).map { _ in
            let source = sources.randomElement(using: &random) ?? .litellm
            var fields = keys.shuffled(using: &random).prefix(Int.random(in: 1...4, using: &random)).map {
                "\"\($0)\": \(Int.random(in: 0...9, using: &random))e-6"
            }
            fields.append("\"custom\": {\"c\(Int.random(in: 0...2, using: &random))\": 1}")
            let from = Bool.random(using: &random) ? Int64.random(in: 0...20, using: &random) : nil
            let length = Bool.random(using: &random) ? Int64.random(in: 0...20, using: &random) : nil
            // The catalogue and overrides name the provider, the map may not.
            let name = Int.random(in: 0..<4, using: &random)
            return try TestBook.version(
                source,
                names[source == .litellm ? name : name & 2],
                fields.joined(separator: ", "),
                provider: Int.random(in: 0..<8, using: &random) == 0 ? "q" : "p",
                from: from,
                to: length.map { (from ?? 0) + $0 },
                recorded: Int64.random(in: 0...3, using: &random),
                workspace: source == .override && Bool.random(using: &random) ? "acme" : nil
            )
        }
    }

    @Test(arguments: 0..<40)
    func `every rate comes from the highest layer that holds`(_ seed: UInt64) throws {
        var random = SeededGenerator(seed)
        for _ in 0..<25 {
            let versions = try Self.versions(&random)
            let cache = PlanCache(PriceBook(versions: versions), capacity: 3)
            for _ in 0..<20 {
                let time = TestBook.day(Int64.random(in: -2...45, using: &random))
                    .adding(microseconds: Int64.random(in: -1...0, using: &random))
                let workspace = ["acme", "other", nil][Int.random(in: 0..<3, using: &random)]
                let model = ["m", "m-2026-01-05", "p/m"][Int.random(in: 0..<3, using: &random)]
                let query = PriceQuery(provider: "p", model: model, workspace: workspace)
                let plan = cache.plan(for: query, at: time)
                let oracle = Oracle(versions: versions, model: model, workspace: workspace, time: time)
                #expect(plan.map { rates($0.entry) } == oracle.rates)
                #expect(plan?.source == oracle.source)
                let flags = plan?.cost(of: request([.inputTokens: 1], at: time)).provenance.flags
                #expect(flags?.contains(.priceBackdated) == (plan == nil ? nil : oracle.isBackdated))
                if let plan {
                    #expect(plan.validFrom.map { $0 <= time } != false && plan.validTo.map { time < $0 } != false)
                }
            }
        }
    }

    private func rates(_ entry: PriceEntry) -> [String: String] {
        Dictionary(uniqueKeysWithValues: entry.flatRates.map { ($0.name, $0.rate.text) })
    }
}

/// What holds for a model at a time, told the long way round.
private struct Oracle {
    var rates: [String: String]?
    var source: PriceSource?
    var isBackdated = false

    init(versions: [PriceVersion], model: String, workspace: String?, time: Timestamp) {
        let exact = model.hasPrefix("p/") ? model : "p/\(model)"
        let relevant = versions.filter {
            $0.entry.provider == "p" && ($0.workspace == nil || $0.workspace == workspace)
                && ($0.source == .litellm || $0.entry.key == exact || $0.source == .catalogue)
                && ($0.entry.validFrom ?? .init(microseconds: .min)) < ($0.entry.validTo ?? .init(microseconds: .max))
        }
        var bare = exact
        bare.removeFirst(2)
        var tried = ["p/\(model)", model, bare]
        if bare.contains("-2026") { tried += ["p/m", "m"] }
        let ground = relevant.filter { $0.source != .override && tried.contains($0.entry.key) }
        let overrides = relevant.filter { $0.source == .override }
        func hasBegun(_ version: PriceVersion) -> Bool { version.entry.validFrom.map { $0 <= time } ?? true }
        func start(_ list: [PriceVersion]) -> Timestamp {
            list.compactMap(\.entry.validFrom).min() ?? time
        }
        var layers: [PriceVersion] = []
        if ground.contains(where: hasBegun) {
            layers = Self.base(ground, tried, exact, time)
        } else if !ground.isEmpty {
            layers = Self.base(ground, tried, exact, start(ground))
            isBackdated = true
        }
        var over = Self.sorted(overrides.filter { $0.entry.isValid(at: time) })
        if layers.isEmpty, over.isEmpty, !ground.contains(where: hasBegun), !overrides.contains(where: hasBegun) {
            over = Self.sorted(overrides.filter { $0.entry.isValid(at: start(overrides)) })
            isBackdated = true
        }
        layers += over
        guard !layers.isEmpty else { return }
        source = layers.map(\.source).max { $0.rawValue < $1.rawValue }
        var merged: [String: String] = [:]
        for layer in layers { for rate in layer.entry.flatRates { merged[rate.name] = rate.rate.text } }
        rates = merged
    }

    private static func base(
        _ ground: [PriceVersion],
        _ tried: [String],
        _ exact: String,
        _ time: Timestamp
    ) -> [PriceVersion] {
        func best(_ source: PriceSource, _ keys: [String]) -> PriceVersion? {
            for key in keys {
                let valid = ground.enumerated().filter {
                    $0.element.source == source && $0.element.entry.key == key && $0.element.entry.isValid(at: time)
                }
                let winner = valid.max {
                    let left = ($0.element.entry.validFrom?.microseconds ?? .min, $0.element.recordedAt, $0.offset)
                    let right = ($1.element.entry.validFrom?.microseconds ?? .min, $1.element.recordedAt, $1.offset)
                    return left < right
                }
                if let winner { return winner.element }
            }
            return nil
        }
        let map = best(.litellm, tried)
        let own = best(.catalogue, [exact])
        return own == nil && map == nil ? [best(.catalogue, tried)].compactMap(\.self) : [map, own].compactMap(\.self)
    }

    private static func sorted(_ overrides: [PriceVersion]) -> [PriceVersion] {
        overrides.enumerated().sorted {
            let left = ($0.element.workspace == nil ? 0 : 1, $0.element.recordedAt, $0.offset)
            let right = ($1.element.workspace == nil ? 0 : 1, $1.element.recordedAt, $1.offset)
            return left < right
        }.map(\.element)
    }
}
