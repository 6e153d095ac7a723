import Domain
import FoundationEssentials
import PriceBook
import Testing

@Suite struct PropertyTests {
    private static let seeds: [UInt64] = [1, 7, 2_026]

    @Test(arguments: seeds)
    func `costs are never negative, and more input or output never costs less`(_ seed: UInt64) throws {
        let cache = PlanCache(try #require(Fixtures.book))
        var random = SeededGenerator(seed)
        for vector in Fixtures.vectors where vector.status == "priced" && vector.operation == "tokens" {
            var call = vector.request
            call.usage = Self.usage(&random)
            let plan = try #require(
                cache.plan(for: PriceQuery(provider: vector.provider, model: vector.model, request: call), at: noon)
            )
            guard let base = plan.cost(of: call).money else { continue }
            #expect(base >= .zero)
            for quantity in [UsageQuantity.inputTokens, .outputTokens] {
                var more = call
                more.usage.add(Int64.random(in: 1...500_000, using: &random), of: quantity)
                let cost = plan.cost(of: more)
                #expect(cost.money.map { $0 >= base } ?? (cost.state == .unpriced), "\(vector.id) \(quantity)")
            }
        }
    }

    @Test(arguments: seeds)
    func `the order of the quantities changes nothing`(_ seed: UInt64) throws {
        let cache = PlanCache(try #require(Fixtures.book))
        var random = SeededGenerator(seed)
        for vector in Fixtures.vectors {
            let call = vector.request
            var shuffled = call
            shuffled.usage.items.shuffle(using: &random)
            if call.usage[.credits] == nil { shuffled.usage.items.append(.init(.credits, .zero)) }
            #expect(
                cache.cost(provider: vector.provider, model: vector.model, call)
                    == cache.cost(provider: vector.provider, model: vector.model, shuffled)
            )
        }
    }

    @Test func `output is additive where nothing depends on it`() throws {
        let cache = PlanCache(try #require(Fixtures.book))
        for vector in Fixtures.vectors where vector.operation == "tokens" && vector.multiplier == nil {
            var once = vector.request
            guard once.usage[.outputTokens] != nil else { continue }
            let output: Set<UsageQuantity> = [
                .outputTokens, .reasoningTokens, .audioOutputTokens, .imageOutputTokens, .videoOutputTokens,
            ]
            once.usage.items.removeAll { output.contains($0.quantity) }
            var twice = once
            once.usage.add(1_000_000, of: .outputTokens)
            twice.usage.add(2_000_000, of: .outputTokens)
            var none = once
            none.usage.items.removeAll { $0.quantity == .outputTokens }
            func cost(_ call: PriceRequest) -> Int64? {
                cache.cost(provider: vector.provider, model: vector.model, call).money?.picoDollars
            }
            guard let zero = cost(none), let one = cost(once), let two = cost(twice) else { continue }
            // Each of the three figures is rounded by itself.
            #expect(abs(two - one - (one - zero)) <= 2, "\(vector.id)")
        }
    }

    @Test(arguments: seeds)
    func `more of any unit beside tokens never costs less`(_ seed: UInt64) throws {
        let cache = PlanCache(try #require(Fixtures.book))
        let units: Set<UsageQuantity> = [
            .characters, .seconds, .audioSeconds, .videoSeconds, .images, .pages, .annotatedPages, .credits, .queries,
            .webSearchRequests, .mapsRequests, .citationTokens, .sessions, .requests,
        ]
        var random = SeededGenerator(seed)
        var checked = 0
        for vector in Fixtures.vectors where vector.status == "priced" {
            let call = vector.request
            let base = cache.cost(provider: vector.provider, model: vector.model, call)
            for item in call.usage.items where units.contains(item.quantity) && item.amount > .zero {
                var more = call
                more.usage.add(Int64.random(in: 1...1_000, using: &random), of: item.quantity)
                let cost = cache.cost(provider: vector.provider, model: vector.model, more)
                let money = try #require(base.money)
                #expect(cost.money.map { $0 >= money } ?? (cost.state == .unpriced), "\(vector.id) \(item.quantity)")
                checked += 1
            }
        }
        #expect(checked > 300)
    }

    @Test func `units of one rate are additive, exactly`() throws {
        let cache = PlanCache(try #require(Fixtures.book))
        let operations: Set<String> = [
            "image", "video", "transcription", "speech", "search", "ocr", "ocr_batch", "rerank", "wall_clock",
        ]
        let conditions: Set<UsageQuantity> = [.maxResults, .width, .height]
        var checked = 0
        for vector in Fixtures.vectors where vector.status == "priced" && operations.contains(vector.operation) {
            let call = vector.request
            guard !call.usage.items.contains(where: { $0.quantity.rawValue.hasSuffix("_tokens") }) else { continue }
            var triple = call
            for index in triple.usage.items.indices where !conditions.contains(triple.usage.items[index].quantity) {
                triple.usage.items[index].amount.millionths *= 3
            }
            let one = cache.explain(provider: vector.provider, model: vector.model, call)
            let three = cache.explain(provider: vector.provider, model: vector.model, triple)
            let expected = one.exactCost.flatMap { Decimal(string: $0) }.map { $0 * 3 }
            #expect(three.exactCost.flatMap { Decimal(string: $0) } == expected, "\(vector.id)")
            checked += 1
        }
        #expect(checked > 100)
    }

    @Test(arguments: seeds)
    func `the order of an entry's fields changes nothing`(_ seed: UInt64) throws {
        let map = try PriceMap(litellm: try #require(Fixtures.bytes(Fixtures.mapPath)))
        var random = SeededGenerator(seed)
        var reader = PriceEntryReader()
        var checked = 0
        // Entries of flat rates alone, whose fields can be told apart without reading them.
        for entry in map.entries where !entry.json.dropFirst().contains(where: { $0 == "{" || $0 == "[" }) {
            let fields = entry.json.dropFirst().dropLast().split(separator: ",").shuffled(using: &random)
            let shuffled = "{\(fields.joined(separator: ","))}"
            #expect(try reader.entry(key: entry.key, json: Array(shuffled.utf8)) == entry, "\(entry.key)")
            checked += 1
        }
        #expect(checked > 3_000)
    }

    @Test func `every line is quantity times price times multiplier, and the lines add up`() throws {
        let cache = PlanCache(try #require(Fixtures.book))
        for vector in Fixtures.vectors where vector.status == "priced" {
            let found = cache.explain(provider: vector.provider, model: vector.model, vector.request)
            var sum = Decimal(0)
            for line in found.components {
                let cost = try #require(Decimal(string: line.cost))
                let quantity = try #require(Decimal(string: line.quantity))
                let price = try #require(Decimal(string: line.unitPrice))
                let isOnTop = ["router_fee", "citation"].contains(line.component)
                let factor = isOnTop ? "1" : found.cost.provenance.multiplierText
                #expect(cost == quantity * price * (try #require(Decimal(string: factor))), "\(vector.id)")
                sum += cost
            }
            #expect(found.exactCost.flatMap { Decimal(string: $0) } == sum, "\(vector.id)")
        }
    }

    @Test func `an absent operation follows from the model and the quantities`() throws {
        let cache = PlanCache(try #require(Fixtures.book))
        for vector in Fixtures.vectors where vector.operation != "ocr_batch" {
            var call = vector.request
            let named = cache.cost(provider: vector.provider, model: vector.model, call)
            call.operation = nil
            let derived = cache.cost(provider: vector.provider, model: vector.model, call)
            #expect(derived.money == named.money, "\(vector.id) \(vector.operation)")
        }
    }

    /// Random tokens, sometimes with parts that exceed their total.
    private static func usage(_ random: inout SeededGenerator) -> Usage {
        var usage = Usage()
        let parts: [UsageQuantity] = [
            .cacheReadTokens, .cacheWriteTokens, .reasoningTokens, .audioInputTokens, .imageInputTokens,
            .videoInputTokens, .audioOutputTokens,
        ]
        usage.add(Int64.random(in: 0...400_000, using: &random), of: .inputTokens)
        usage.add(Int64.random(in: 0...50_000, using: &random), of: .outputTokens)
        for part in parts where Int.random(in: 0..<3, using: &random) == 0 {
            usage.add(Int64.random(in: 0...100_000, using: &random), of: part)
        }
        return usage
    }
}

extension Usage {
    /// Adds so many units to a quantity.
    mutating func add(_ units: Int64, of quantity: UsageQuantity) {
        if let index = items.firstIndex(where: { $0.quantity == quantity }) {
            items[index].amount.millionths += units * 1_000_000
        } else {
            items.append(.init(quantity, Amount(units: units)))
        }
    }
}

/// SplitMix64, so that a failing seed can be run again.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
