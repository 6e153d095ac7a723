import Domain
import Ledger
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2)))
struct LedgerContractTests {
    @Test(arguments: StoreKind.allCases)
    func `keeps an event once, however often its entry comes`(kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let entries = [makeEntry(1), makeEntry(2, cost: nil), makeEntry(3, cost: 500)]
            let outcomes = try await store.append(entries, writer: "a")
            #expect(outcomes == [.kept, .kept, .kept])
            #expect(try await store.append(entries, writer: "b") == [.redelivered, .redelivered, .redelivered])
            let again = [entries[1], makeEntry(4), entries[1]]
            #expect(try await store.append(again, writer: "a") == [.redelivered, .kept, .redelivered])
            let totals = try await store.totals(everything())
            #expect(totals.cost == MoneySum(picoDollars: 2_500))
            #expect(totals.events == 4)
            #expect(totals.unpricedEvents == 1)
            #expect(totals.inputTokens == 40)
            #expect(try await store.totals(everything(source: .events)) == totals)
            #expect(try await store.outboxPositions()[3]?.last ?? 0 == 0)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `refuses a late duplicate once and sends its amount out negated`(kind: StoreKind) async throws {
        try await withStore(kind) { store in
            _ = try await store.append([makeEntry(1, id: "e")], writer: "a")
            let tags = [EventIdentity.Tag(key: "feature", value: "x")]
            let same = makeEntry(2, id: "e", at: testDay.adding(.seconds(60)), cost: 70, tags: tags)
            let other = makeEntry(3, id: "e", cost: nil, digest: 8)
            let expected: [LedgerOutcome] = [.lateDuplicate(conflict: false), .lateDuplicate(conflict: true)]
            #expect(try await store.append([same, other], writer: "a") == expected)
            #expect(
                try await store.append([other, same, same], writer: "b") == [.redelivered, .redelivered, .redelivered]
            )
            let outbox = try await store.outbox(partition: 3, after: 0, limit: 10)
            #expect(outbox.map(\.number) == [1, 2])
            #expect(outbox.map(\.amount.picoDollars) == [-70, 0])
            #expect(outbox.map(\.events) == [-1, -1])
            #expect(outbox.map(\.unpricedEvents) == [0, -1])
            #expect(outbox.map(\.reason) == [.lateDuplicate, .lateConflict])
            #expect(outbox.first?.identity == same.priced.event.identity)
            #expect(outbox.first?.occurredAt == same.priced.event.occurredAt)
            #expect(outbox.map(\.reference) == [same.reference, other.reference])
            #expect(try await store.outbox(partition: 3, after: 1, limit: 10).map(\.number) == [2])
            #expect(try await store.outbox(partition: 2, after: 0, limit: 10).isEmpty)
            #expect(try await store.totals(everything()).cost == MoneySum(picoDollars: 1_000))
            try await store.markRelayed(partition: 3, through: 2)
            try await store.markRelayed(partition: 3, through: 1)
            #expect(try await store.outboxPositions()[3] == OutboxPosition(last: 2, relayed: 2))
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `two entries of one identity in a batch are one event and one late duplicate`(kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let batch = [makeEntry(1, id: "e"), makeEntry(2, id: "f"), makeEntry(3, id: "e"), makeEntry(1, id: "e")]
            let expected: [LedgerOutcome] = [.kept, .kept, .lateDuplicate(conflict: false), .redelivered]
            let outcomes = try await store.append(batch, writer: "a")
            #expect(outcomes == expected)
            #expect(try await store.totals(everything()).events == 2)
            #expect(try await store.outbox(partition: 3, after: 0, limit: 10).count == 1)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `the same id in another workspace is another event`(kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let batch = [makeEntry(1, id: "e"), makeEntry(2, id: "e", workspace: "globex")]
            let outcomes = try await store.append(batch, writer: "a")
            #expect(outcomes == [.kept, .kept])
            #expect(try await store.totals(everything(["globex"])).events == 1)
            #expect(try await store.totals(everything(["nobody"])) == .zero)
            #expect(try await store.totals(everything([])) == .zero)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `an impossible time or cost is refused and harms nothing`(kind: StoreKind) async throws {
        try await withStore(kind) { store in
            _ = try await store.append([], writer: "a")
            for poison in [
                makeEntry(1, at: Timestamp(microseconds: .min)),
                makeEntry(1, at: Timestamp(microseconds: .max - 2_000_000)),
                makeEntry(1, cost: .min), makeEntry(1, cost: .max),
            ] {
                let error = await #expect(throws: LedgerError.self) {
                    try await store.append([makeEntry(2), poison], writer: "a")
                }
                #expect(error?.code == .invalidEntry)
                #expect(error?.isRetriable == false)
            }
            #expect(try await store.totals(everything()).events == 0)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `a row gives back the event exactly`(kind: StoreKind) async throws {
        try await withStore(kind) { store in
            var random = SeededGenerator(seed: 11)
            let entries = randomEntries(200, using: &random)
            _ = try await store.append(entries, writer: "a")
            var rows: [LedgerRow] = []
            var cursor: LedgerCursor?
            repeat {
                let page = try await store.usage(everything(), limit: 30, after: cursor)
                rows += page.rows
                cursor = page.next.flatMap { LedgerCursor($0.description) }
            } while cursor != nil
            #expect(rows.count == 200)
            #expect(Set(rows.map(\.priced)) == Set(entries.map(\.priced)))
            let times = rows.map(\.priced.event.occurredAt)
            #expect(times == times.sorted(by: >))
            let filtered = try await store.usage(
                LedgerQuery(
                    workspaces: ["acme"],
                    from: testDay,
                    to: testDay.adding(.seconds(86_400)),
                    filters: [LedgerFilter(.tag("feature"), ["x", "🦉"]), LedgerFilter(.model, ["claude"])]
                ),
                limit: 1_000,
                after: nil
            )
            #expect(!filtered.rows.isEmpty)
            #expect(filtered.rows.allSatisfy { $0.priced.event.model == "claude" })
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `a question that is too large or makes no sense is refused`(kind: StoreKind) async throws {
        try await withStore(kind) { store in
            var backwards = everything()
            swap(&backwards.from, &backwards.to)
            try await expectRefusal { try await store.totals(backwards) }
            try await expectRefusal { try await store.usage(everything(), limit: 1_001, after: nil) }
            try await expectRefusal { try await store.breakdown(everything(), by: .team, limit: 0) }
            try await expectRefusal {
                try await store.timeseries(everything(), boundaries: [testDay], by: nil, limit: 1)
            }
            try await expectRefusal {
                try await store.timeseries(everything(), boundaries: [testDay, testDay], by: nil, limit: 1)
            }
        }
    }

    private func expectRefusal<Value>(_ body: () async throws -> Value) async throws {
        do {
            _ = try await body()
            Issue.record("should be refused")
        } catch let error as LedgerError {
            #expect(error.code == .invalidQuery)
            #expect(error.isRetriable == false)
        }
    }

    @Test func `both stores give the same answers to random questions`() async throws {
        var random = Seed.generator(for: "both stores give the same answers")
        let entries = randomEntries(1_500, using: &random)
        let memory = InMemoryLedgerStore()
        _ = try await memory.append(entries, writer: "a")
        try await withPostgresStore { store, _ in
            for batch in stride(from: 0, to: entries.count, by: 100) {
                _ = try await store.append(Array(entries[batch..<batch + 100]), writer: "a")
            }
            for _ in 0..<60 {
                let query = randomQuery(using: &random)
                #expect(try await store.totals(query) == memory.totals(query), "\(query)")
                let dimension = dimensions.randomElement(using: &random) ?? .team
                let limit = Int.random(in: 1...4, using: &random)
                let rows = try await store.breakdown(query, by: dimension, limit: limit)
                #expect(try await memory.breakdown(query, by: dimension, limit: limit) == rows, "\(query) \(dimension)")
                let total = try await store.totals(query)
                #expect(rows.total.cost == total.cost)
                let step = Int64([900, 3_600, 86_400, 10_000].randomElement(using: &random) ?? 900)
                let boundaries = (0...20).map { query.from.adding(.seconds($0 * step)) }
                let grouped = Bool.random(using: &random) ? dimension : nil
                let series = try await store.timeseries(query, boundaries: boundaries, by: grouped, limit: limit)
                let twin = try await memory.timeseries(query, boundaries: boundaries, by: grouped, limit: limit)
                #expect(series == twin, "\(query) \(String(describing: grouped)) \(step)")
            }
        }
    }

    private let dimensions: [LedgerDimension] = [
        .workspace, .team, .project, .user, .sourceApp, .provider, .model, .operation, .serviceTier, .tag("feature"),
        .tag("a \"quoted\" key"), .tag("nothing"),
    ]

    private func randomQuery(using random: inout some RandomNumberGenerator) -> LedgerQuery {
        let grain: Int64 = [1, 900_000_000].randomElement(using: &random) ?? 1
        let start = Int64.random(in: -1_000_000_000..<86_400_000_000, using: &random) / grain * grain
        let length = Int64.random(in: 0..<(3 * 86_400_000_000), using: &random) / grain * grain
        let from = testDay.adding(microseconds: start)
        var query = LedgerQuery(
            workspaces: [nil, ["acme"], ["acme", "globex", "nobody"]].randomElement(using: &random) ?? nil,
            from: from,
            to: from.adding(microseconds: length),
            quantity: [nil, "seconds", "reasoning_tokens", "custom:widgets", "images", "custom:none"]
                .randomElement(using: &random).flatMap { $0 }.flatMap { MeasuredQuantity(name: $0) },
            source: [.best, .events].randomElement(using: &random) ?? .best
        )
        if Bool.random(using: &random) { query.filters.append(LedgerFilter(.model, ["o1", "claude"])) }
        if Int.random(in: 0..<3, using: &random) == 0 { query.filters.append(LedgerFilter(.team, [""])) }
        if Int.random(in: 0..<3, using: &random) == 0 { query.filters.append(LedgerFilter(.tag("feature"), ["x"])) }
        return query
    }
}
