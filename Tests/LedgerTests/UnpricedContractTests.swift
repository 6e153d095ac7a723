import Domain
import Ledger
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2)))
struct UnpricedContractTests {
    private let seconds = UnpricedQuantity("seconds", .noRate)
    private let tokens = UnpricedQuantity("input_tokens", .unknownModel)

    private func entry(
        _ number: Int64,
        _ model: String,
        _ open: [UnpricedQuantity],
        workspace: String = "acme",
        state: CostState = .unpriced
    ) -> LedgerEntry {
        var entry = makeEntry(
            number,
            workspace: workspace,
            model: model,
            at: testDay.adding(.seconds(number * 10)),
            cost: state == .unpriced ? nil : 5
        )
        entry.priced.cost.state = state
        entry.priced.cost.unpriced = open
        return entry
    }

    private func group(_ model: String, _ open: UnpricedQuantity?, _ numbers: [Int64]) -> UnpricedGroup {
        UnpricedGroup(
            model: LedgerModel(provider: "openai", model: model),
            quantity: open?.quantity,
            reason: open?.reason,
            events: Int64(numbers.count),
            firstSeen: testDay.adding(.seconds((numbers.min() ?? 0) * 10)),
            lastSeen: testDay.adding(.seconds((numbers.max() ?? 0) * 10))
        )
    }

    /// The whole list, page by page.
    private func list(
        _ store: any FullStore,
        _ workspaces: [String]? = nil,
        limit: Int = 2
    ) async throws -> [UnpricedGroup] {
        var groups: [UnpricedGroup] = []
        var cursor: UnpricedCursor?
        repeat {
            let page = try await store.unpriced(workspaces: workspaces, limit: limit, after: cursor)
            groups += page.groups
            cursor = try page.next.map { try #require(UnpricedCursor($0.description)) }
        } while cursor != nil
        return groups
    }

    @Test(arguments: StoreKind.allCases)
    func `what has no price now is listed by model, quantity and reason`(kind: StoreKind) async throws {
        try await withStore(kind) { store in
            _ = try await store.append(
                [
                    entry(1, "a", [tokens]), entry(2, "a", [tokens, tokens, seconds]), entry(3, "b", []),
                    entry(4, "a", [tokens], workspace: "globex"), entry(5, "c", [seconds], state: .partiallyPriced),
                    makeEntry(6),
                ],
                writer: "a"
            )
            let whole = [
                group("a", tokens, [1, 2, 4]), group("a", seconds, [2]), group("b", nil, [3]), group("c", seconds, [5]),
            ]
            #expect(try await list(store) == whole)
            #expect(try await list(store, limit: 100) == whole)
            #expect(try await list(store, ["globex"]) == [group("a", tokens, [4])])
            #expect(try await list(store, []) == [])
            let models = ["a", "b", "x", "gpt-4o-mini"].map { LedgerModel(provider: "openai", model: $0) }
            #expect(try await store.unpricedModels(among: models) == Set(models.prefix(2)))
            #expect(try await store.unpricedModels(among: []) == [])
            // One gets its price, one a part of it.
            let job = try await store.run(makeRequest("j", kind: .unpriced, unpricedOnly: true), limit: 2) { row in
                switch row.priced.event.eventID {
                case "event-1", "event-3": makeCost(9)
                case "event-2": makeCost(4, state: .partiallyPriced, open: [seconds])
                default: nil
                }
            }
            #expect(job.progress.read == 5)
            #expect(job.progress.changed == 3)
            let left = [group("a", tokens, [4]), group("a", seconds, [2]), group("c", seconds, [5])]
            #expect(try await list(store) == left)
            #expect(try await store.unpricedModels(among: models) == [models[0]])
            let back = LedgerJobRequest.reversal(of: job, key: "back", reason: "r", author: "a")
            _ = try await store.run(back)
            #expect(try await list(store) == whole)
            try await expectError(.invalidQuery) {
                try await store.unpriced(workspaces: nil, limit: 1_001, after: nil)
            }
        }
    }

    @Test func `a cursor reads only what it wrote`() {
        for text in ["", "0", "zz", "00", "611f621f63", "611f621f631f78", "+1"] { #expect(UnpricedCursor(text) == nil) }
    }

    private func volume(
        _ store: any FullStore,
        _ name: String,
        at moment: Timestamp,
        before: Bool
    ) async throws -> Int128 {
        let query = MonthVolumeQuery(
            workspace: "acme",
            provider: "openai",
            models: ["v1", "v2"],
            quantity: try #require(MeasuredQuantity(name: name)),
            moment: moment,
            isBeforeMoment: before
        )
        return try await store.monthVolume(query)
    }

    @Test(arguments: StoreKind.allCases)
    func `a month's volume is what one workspace used of a provider's models`(kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let november = Timestamp(seconds: 1_793_491_200)  // 2026-11-01T00:00:00Z
            let december = Timestamp(seconds: 1_796_083_200)
            func call(_ number: Int64, _ model: String, at time: Timestamp, workspace: String = "acme") -> LedgerEntry {
                let seconds = Usage.Item(.seconds, Amount(millionths: number * 1_500_000))
                let tokens = Usage.Item(.inputTokens, Amount(units: number))
                return makeEntry(number, workspace: workspace, model: model, at: time, usage: [seconds, tokens])
            }
            _ = try await store.append(
                [
                    call(1, "v1", at: november), call(2, "v2", at: november.adding(.seconds(1_000))),
                    call(4, "v1", at: december.adding(microseconds: -1)), call(8, "v1", at: december),
                    call(16, "v1", at: november.adding(microseconds: -1)), call(32, "other", at: november),
                    call(64, "v1", at: november, workspace: "globex"),
                ],
                writer: "a"
            )
            // Corrections have no quantities.
            _ = try await store.run(makeRequest("j")) { _ in makeCost(1) }
            let middle = november.adding(.seconds(1_000))
            #expect(try await volume(store, "seconds", at: middle, before: false) == 7 * 1_500_000)
            #expect(try await volume(store, "seconds", at: middle, before: true) == 1_500_000)
            #expect(try await volume(store, "seconds", at: november, before: true) == 0)
            #expect(
                try await volume(store, "seconds", at: middle.adding(microseconds: 1), before: true) == 3 * 1_500_000
            )
            #expect(try await volume(store, "input_tokens", at: middle, before: false) == 7_000_000)
            #expect(try await volume(store, "seconds", at: december, before: false) == 8 * 1_500_000)
            #expect(try await volume(store, "images", at: december, before: false) == 0)
        }
    }
}
