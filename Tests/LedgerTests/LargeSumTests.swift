import Domain
@testable import Ledger
import Postgres
import Testing

/// Sums of tokens that 64 bits do not hold: legal events can make them.
@Suite(.timeLimit(.minutes(2)))
struct LargeSumTests {
    /// All tokens that a column holds.
    private static let most = LedgerTotals(
        events: 1,
        inputTokens: Int128(Int64.max),
        outputTokens: Int128(Int64.max),
        cacheReadTokens: Int128(Int64.max),
        cacheWriteTokens: Int128(Int64.max),
        reasoningTokens: Int128(Int64.max)
    )

    private static let columns = UsageQuantity.columns.map(\.rawValue)

    private func expectTwice(_ totals: LedgerTotals, sourceLocation: SourceLocation = #_sourceLocation) {
        let twice = 2 * Int128(Int64.max)
        let tokens = [
            totals.inputTokens, totals.outputTokens, totals.cacheReadTokens, totals.cacheWriteTokens,
            totals.reasoningTokens,
        ]
        #expect(tokens == Array(repeating: twice, count: 5), sourceLocation: sourceLocation)
    }

    /// Two teams' events in one quarter of an hour, whose rollups have all tokens that a column holds.
    private func withFullRollups(_ body: (PostgresLedgerStore, PostgresPool) async throws -> Void) async throws {
        try await withPostgresStore { store, pool in
            _ = try await store.append([makeEntry(1, team: "a"), makeEntry(2, team: "b")], writer: "w")
            let values = Self.columns.map { "\($0) = \(Int64.max)" }.joined(separator: ", ")
            _ = try await pool.query(SQL(assembled: "UPDATE rollups SET \(values)"))
            try await body(store, pool)
        }
    }

    @Test func `a cube adds up more tokens than 64 bits hold`() {
        let cells: [LedgerCube.Place: LedgerTotals] = [
            .init(row: 0, column: 0): Self.most, .init(row: 0, column: 1): Self.most,
        ]
        let cube = LedgerCube(rows: [[.value("a")]], columns: [[.value("x")], [.value("y")]], cells: cells)
        expectTwice(cube.total)
        expectTwice(cube.totals(by: \.row)[0] ?? .zero)
    }

    @Test(arguments: [LedgerQuery.Source.best, .rollups])
    func `reports answer with more tokens than 64 bits hold`(source: LedgerQuery.Source) async throws {
        try await withFullRollups { store, _ in
            var query = everything(source: source)
            expectTwice(try await store.totals(query))
            let teams = try await store.breakdown(query, by: .team, limit: 10)
            #expect(teams.rows.map(\.totals.inputTokens) == [Int128(Int64.max), Int128(Int64.max)])
            let rows = LedgerAxis([.dimension(.team)], limit: 1)
            expectTwice(try await store.cube(query, rows: rows).total)
            expectTwice(try await store.cube(query, rows: LedgerAxis()).total)
            query.quantity = MeasuredQuantity(name: "input_tokens")
            #expect(try await store.totals(query).quantityMillionths == 2_000_000 * Int128(Int64.max))
        }
    }

    @Test func `a full rollup takes further events`() async throws {
        try await withFullRollups { store, pool in
            #expect(try await store.append([makeEntry(3, team: "a")], writer: "w") == [.kept])
            let totals = try await store.totals(everything(source: .rollups))
            expectTwice(totals)
            #expect(totals.events == 3)
            #expect(totals.cost == MoneySum(picoDollars: 3_000))
        }
    }
}
