import Domain
import Ledger
import Postgres
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2)))
struct ExportTests {
    /// Fields of lines; the tests' values have no line breaks.
    private func parse(_ text: String) -> [[String: String]] {
        let lines = text.split(separator: "\n").map { line in
            var fields: [String] = []
            var field = ""
            var isQuoted = false
            for character in line {
                switch character {
                case "\"": isQuoted.toggle()
                case "," where !isQuoted:
                    fields.append(field)
                    field = ""
                default: field.append(character)
                }
            }
            return fields + [field]
        }
        guard let header = lines.first else { return [] }
        return lines.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(header, $0)) }
    }

    private func export(
        _ store: PostgresLedgerStore,
        _ query: LedgerQuery,
        _ format: LedgerExportFormat
    ) async throws -> [[String: String]] {
        var bytes: [UInt8] = []
        try await store.export(query, as: format) { bytes += $0 }
        return parse(String(decoding: bytes, as: UTF8.self))
    }

    @Test(arguments: LedgerExportFormat.allCases)
    func `the costs of an export add up to the summary, with adjustments as rows`(format: LedgerExportFormat)
        async throws
    {
        try await withPostgresStore { store, _ in
            var random = SeededGenerator(seed: 5)
            _ = try await store.append(randomEntries(800, using: &random), writer: "a")
            let adjustment = ManualAdjustment(workspace: "acme", occurredAt: testDay, amount: Money(picoDollars: -77))
            _ = try await store.adjust([adjustment], for: makeRequest("credit", kind: .manual), at: later)
            for filters in [
                [], [LedgerFilter(.model, ["o1", "cl\"a\\u,de", "claude"])], [LedgerFilter(.tag("feature"), ["x"])],
            ] {
                for workspaces in [nil, ["acme"], ["acme", "globex"]] {
                    var query = everything(workspaces)
                    query.filters = filters
                    let rows = try await export(store, query, format)
                    let sum = rows.reduce(MoneySum.zero) { sum, row in
                        sum + (MoneySum(usd: row[format == .csv ? "cost_usd" : "BilledCost"] ?? "") ?? .zero)
                    }
                    let totals = try await store.totals(query)
                    #expect(sum == totals.cost)
                    #expect(format == .focus || rows.filter { $0["kind"] == "event" }.count == Int(totals.events))
                }
            }
        }
    }

    @Test(arguments: LedgerExportFormat.allCases, [["acme"], ["acme", "globex"], ["nobody"]])
    func `an export is what PostgreSQL itself would write, to the byte`(
        format: LedgerExportFormat,
        workspaces: [String]
    ) async throws {
        try await withPostgresStore { store, pool in
            var random = SeededGenerator(seed: 7)
            _ = try await store.append(randomEntries(600, using: &random), writer: "a")
            let texts = ["=1+1", "a,b", "say \"hi\"", "two\nlines\r", "", "'", "ü€😀", "\\.", " x "]
            let hostile = texts.enumerated().map { place, text in
                makeEntry(
                    Int64(10_000 + place),
                    id: "hostile\(place) \(text)",
                    team: text,
                    user: text,
                    model: "m\(text)",
                    at: testDay.adding(microseconds: Int64(place) - 4),
                    cost: [nil, 0, 1, 999_999_999_999, 1_000_000_000_000, 123_456_789_012_345][place % 6],
                    tags: [.init(key: "k", value: text)],
                    usage: []
                )
            }
            _ = try await store.append(hostile, writer: "b")
            let adjustment = ManualAdjustment(workspace: "acme", occurredAt: testDay, amount: Money(picoDollars: -77))
            _ = try await store.adjust([adjustment], for: makeRequest("a \"credit\"", kind: .manual), at: later)
            var expected: [UInt8] = []
            try await pool.withConnection { connection in
                try await connection.copyOut(ExportOracle.copy(format, of: workspaces)) { expected += $0 }
            }
            // With all series in mind, and with more of them than are kept.
            for limit in [1_000, 3] {
                var configuration = PostgresLedgerStore.Configuration()
                configuration.exportSeriesLimit = limit
                let other = PostgresLedgerStore(pool: pool, logger: .quiet, configuration: configuration)
                var written: [UInt8] = []
                try await other.export(everything(workspaces), as: format) { written += $0 }
                #expect(String(decoding: written, as: UTF8.self) == String(decoding: expected, as: UTF8.self))
            }
        }
    }

    @Test func `no text is a formula in CSV, and every text is as it was in FOCUS`() async throws {
        try await withPostgresStore { store, _ in
            let teams = ["=1+1", "+1", "-1", "@a", "a=1", nil]
            let entries = teams.enumerated().map { makeEntry(Int64($0 + 1), team: $1, user: "@u") }
            _ = try await store.append(entries, writer: "a")
            let safe = try await export(store, everything(), .csv)
            #expect(Set(safe.compactMap { $0["team"] }) == ["'=1+1", "'+1", "'-1", "'@a", "a=1", ""])
            #expect(safe.allSatisfy { $0["user"] == "'@u" && $0["event_id"]?.hasPrefix("event-") == true })
            let plain = try await export(store, everything(), .focus)
            #expect(Set(plain.compactMap { $0["SubAccountId"] }) == Set(teams.map { $0 ?? "" }))
            #expect(plain.allSatisfy { $0["x_User"] == "@u" })
        }
    }

    @Test func `a reader who goes away ends the query, and the connection serves on`() async throws {
        try await withPostgresStore { store, pool in
            var random = SeededGenerator(seed: 6)
            for _ in 0..<4 { _ = try await store.append(randomEntries(1_000, using: &random), writer: "a") }
            struct Gone: Error {}
            await #expect(throws: Gone.self) {
                try await store.export(everything(), as: .csv) { _ in throw Gone() }
            }
            let running = try await pool.query(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'COPY%' AND state = 'active'"
            )
            #expect(try running.first?.value(at: 0, as: Int.self) == 0)
            #expect(try await store.totals(everything()).events > 0)
        }
    }
}
