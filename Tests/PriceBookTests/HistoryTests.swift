import Domain
import PriceBook
import Testing

/// Prices change: each event is priced as of the time it happened.
@Suite struct HistoryTests {
    @Test func `a price holds from its first moment until before its last`() throws {
        let book = PriceBook(versions: [
            try TestBook.version(.litellm, "m", TestBook.input("1e-6"), to: 10),
            try TestBook.version(.litellm, "m", TestBook.input("2e-6"), from: 10, to: 20),
            try TestBook.version(.litellm, "m", TestBook.input("3e-6"), from: 20),
        ])
        let boundary = TestBook.day(10)
        #expect(book.explain(at: boundary.adding(microseconds: -1)).exactCost == "1")
        #expect(book.explain(at: boundary).exactCost == "2")
        #expect(book.explain(at: TestBook.day(20).adding(microseconds: -1)).exactCost == "2")
        #expect(book.exact(day: 20) == "3")
        #expect(book.exact(day: -100_000) == "1")
    }

    @Test func `one cache answers for every time, in any order`() throws {
        let book = PriceBook(
            versions: try (0..<60).map { day in
                try TestBook.version(.litellm, "m", TestBook.input("\(day + 1)e-6"), from: day, to: day + 1)
            }
        )
        let cache = PlanCache(book)
        var random = SeededGenerator(11)
        for _ in 0..<2_000 {
            let day = Int64.random(in: 0..<60, using: &random)
            let time = TestBook.day(day).adding(microseconds: Int64.random(in: 0..<86_400_000_000, using: &random))
            let call = request([.inputTokens: 1_000_000], at: time)
            #expect(cache.explain(provider: "p", model: "m", call).exactCost == "\(day + 1)")
        }
        let late = request([.inputTokens: 1], at: TestBook.day(60))
        #expect(cache.cost(provider: "p", model: "m", late).unpriced.first?.reason == .unknownModel)
    }

    @Test func `before the first price the earliest holds, and the cost says so`() throws {
        let book = PriceBook(versions: [
            try TestBook.version(.litellm, "m", TestBook.input("2e-6"), from: 10, to: 20),
            try TestBook.version(.litellm, "m", TestBook.input("3e-6"), from: 20),
        ])
        let early = book.explain(at: TestBook.day(10).adding(microseconds: -1))
        #expect(early.exactCost == "2")
        #expect(early.cost.provenance.flags.contains(.priceBackdated))
        let first = book.explain(at: TestBook.day(10))
        #expect(first.exactCost == "2")
        #expect(!first.cost.provenance.flags.contains(.priceBackdated))
        #expect(early.cost.provenance.priceVersion == first.cost.provenance.priceVersion)
    }

    @Test func `a price that was withdrawn prices nothing afterwards, nor in a gap`() throws {
        let book = PriceBook(versions: [
            try TestBook.version(.litellm, "m", TestBook.input("1e-6"), to: 10),
            try TestBook.version(.litellm, "m", TestBook.input("2e-6"), from: 20, to: 30),
        ])
        #expect([9, 10, 19, 20, 29, 30].map { book.exact(day: $0) } == ["1", nil, nil, "2", "2", nil])
    }

    @Test func `a name resolves to what stood in the map at the time`() throws {
        let book = PriceBook(versions: [
            try TestBook.version(.litellm, "m", TestBook.input("1e-6")),
            try TestBook.version(.litellm, "m-2026-01-05", TestBook.input("2e-6"), from: 10, to: 20),
            try TestBook.version(.litellm, "p/m-2026-01-05", TestBook.input("3e-6"), from: 15, to: 25),
        ])
        // The twin appears later, shadows the bare key, and vanishes after it.
        let days: [Int64] = [9, 10, 14, 15, 19, 20, 24, 25]
        #expect(days.map { book.exact("m-2026-01-05", day: $0) } == ["1", "2", "2", "3", "3", "3", "3", "1"])
        #expect(days.map { book.exact("m", day: $0) } == Array(repeating: "1", count: 8))
        #expect(book.explain("m-2026-01-05", at: TestBook.day(9)).cost.provenance.rules.contains(.nameResolution))
        #expect(book.explain("m-2026-01-05", at: TestBook.day(9)).cost.provenance.flags == [])
    }

    @Test func `a key that appears later does not price what another name prices now`() throws {
        let book = PriceBook(versions: [
            try TestBook.version(.litellm, "p/m", TestBook.input("2e-6"), from: 20),
            try TestBook.version(.litellm, "m", TestBook.input("1e-6"), from: 10, to: 30),
        ])
        #expect(book.exact(day: 12) == "1")
        #expect(book.exact(day: 20) == "2")
        // Before both, the first one there ever was.
        #expect(book.exact(day: 5) == "1")
    }

    @Test func `a provider's own entries count only, at any time`() throws {
        let book = PriceBook(versions: [
            try TestBook.version(.litellm, "m", TestBook.input("1e-6"), provider: "q", to: 10),
            try TestBook.version(.litellm, "m", TestBook.input("2e-6"), from: 10),
        ])
        #expect(book.exact(day: 10) == "2")
        let early = book.explain(at: TestBook.day(9))
        #expect(early.exactCost == "2")
        #expect(early.cost.provenance.flags.contains(.priceBackdated))
    }

    @Test func `of two versions that hold at once the later begun counts, then the later known`() throws {
        let book = PriceBook(versions: [
            try TestBook.version(.catalogue, "p/m", TestBook.input("4e-6"), from: 10, recorded: 3),
            try TestBook.version(.catalogue, "p/m", TestBook.input("3e-6"), from: 10, recorded: 2),
            try TestBook.version(.catalogue, "p/m", TestBook.input("1e-6"), recorded: 9),
        ])
        #expect(book.exact(day: 9) == "1")
        #expect(book.exact(day: 10) == "4")
    }

    @Test func `a version that never holds is as if it were not there`() throws {
        let book = PriceBook(versions: [
            try TestBook.version(.litellm, "m", TestBook.input("1e-6"), from: 10, to: 10),
            try TestBook.version(.litellm, "m", TestBook.input("2e-6"), from: 20),
        ])
        #expect(book.exact(day: 10) == "2")
    }

    @Test func `companions are those of the time`() throws {
        let router = "azure_ai/model_router"
        let book = PriceBook(versions: [
            try TestBook.version(.litellm, router, TestBook.input("1e-6"), provider: "azure_ai", to: 10),
            try TestBook.version(.litellm, router, TestBook.input("2e-6"), provider: "azure_ai", from: 10),
            try TestBook.version(.litellm, "p/container", "\"code_interpreter_cost_per_session\": 5", from: 20),
            try TestBook.version(.litellm, "m", TestBook.input("7e-6")),
        ])
        let cache = PlanCache(book)
        func cost(_ day: Int64, sessions: Int64) -> CostExplanation {
            var call = request([.inputTokens: 1_000_000, .sessions: sessions], at: TestBook.day(day))
            call.attributes.routerFee = true
            return cache.explain(provider: "p", model: "m", call)
        }
        #expect(cost(9, sessions: 0).exactCost == "8")
        #expect(cost(10, sessions: 0).exactCost == "9")
        #expect(!cost(19, sessions: 0).cost.provenance.flags.contains(.priceBackdated))
        #expect(cost(19, sessions: 1).exactCost == "14")
        #expect(cost(19, sessions: 1).cost.provenance.flags.contains(.priceBackdated))
        #expect(!cost(20, sessions: 1).cost.provenance.flags.contains(.priceBackdated))
    }

    @Test func `a plan says from when until when it holds`() throws {
        let book = PriceBook(versions: [
            try TestBook.version(.litellm, "m", TestBook.input("1e-6"), from: 5, to: 30),
            try TestBook.version(.override, "p/m", TestBook.input("2e-6"), from: 10, to: 20),
        ])
        for (day, from, to) in [(5, 5, 10), (12, 10, 20), (25, 20, 30)] as [(Int64, Int64, Int64)] {
            let plan = try #require(book.plan(for: PriceQuery(provider: "p", model: "m"), at: TestBook.day(day)))
            #expect(plan.validFrom == TestBook.day(from))
            #expect(plan.validTo == TestBook.day(to))
        }
    }
}
