import Calendars
import Domain
import Ledger
import Postgres
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct `Dropping old rows` {
    private let calendar = CalendarRules(timeZone: "Asia/Kathmandu") ?? .standard
    private let features = ["x", "y", "z"]

    /// Events of forty days before the tests' day, some with tags.
    private func entries(_ count: Int = 400) -> [LedgerEntry] {
        (0..<Int64(count)).map { number in
            makeEntry(
                number,
                user: "u-\(number % 7)",
                model: number % 2 == 0 ? "gpt-4o" : "o1",
                at: testDay.adding(.seconds(-40 * 86_400 + number * 40 * 86_400 / Int64(count))),
                cost: number % 9 == 0 ? nil : 1_000 + number,
                tags: number % 4 == 0 ? [] : [.init(key: "feature", value: features[Int(number % 3)])]
            )
        }
    }

    private func query(source: LedgerQuery.Source = .best) -> LedgerQuery {
        var query = LedgerQuery(
            workspaces: ["acme"],
            from: calendar.period(.day, containing: testDay.adding(.seconds(-41 * 86_400))).start,
            to: calendar.period(.day, containing: testDay).start,
            source: source
        )
        query.calendar = calendar
        return query
    }

    private func close(_ store: PostgresLedgerStore) async throws {
        _ = try await store.closePeriods(of: "acme", by: calendar, until: testDay, limit: 1_000)
    }

    private func drop(_ store: PostgresLedgerStore, before cutoff: Timestamp) async throws -> Int {
        try await store.dropDays(of: "acme", by: calendar, before: cutoff, limit: 1_000, now: testDay)
    }

    /// What reports say, whatever they are made from.
    private func reports(_ store: PostgresLedgerStore) async throws -> [LedgerBreakdown] {
        var all: [LedgerBreakdown] = []
        for dimension in [LedgerDimension.model, .user, .tag("feature"), .team] {
            all.append(try await store.breakdown(query(), by: dimension, limit: 10))
        }
        return all
    }

    private func checkSums(_ store: PostgresLedgerStore) async throws {
        var rows = try await store.totals(everything(["acme"], source: .events))
        rows += try await store.droppedTotals(of: "acme")
        #expect(try await store.totals(everything(["acme"], source: .rollups)) == rows)
        #expect(try await store.differingPeriods(of: "acme") == [])
    }

    @Test func `leaves every report of whole days as it was`() async throws {
        try await withPostgresStore { store, _ in
            _ = try await store.append(entries(), writer: "a")
            try await close(store)
            let before = try await reports(store)
            let cutoff = testDay.adding(.seconds(-10 * 86_400))
            let dropped = try await drop(store, before: cutoff)
            #expect((29...31).contains(dropped))
            #expect(try await drop(store, before: cutoff) == 0)
            let rest = try await store.totals(query(source: .events))
            #expect(rest.events < 120)
            #expect(rest.events > 80)
            #expect(try await reports(store) == before)
            try await checkSums(store)
            let unpriced = try await store.unpriced(workspaces: ["acme"], limit: 10, after: nil)
            #expect(unpriced.groups.allSatisfy { $0.firstSeen >= cutoff.adding(.seconds(-86_400)) })
        }
    }

    @Test func `keeps sums by tag through a late event, and drops that one too`() async throws {
        try await withPostgresStore { store, _ in
            _ = try await store.append(entries(), writer: "a")
            try await close(store)
            _ = try await drop(store, before: testDay.adding(.seconds(-10 * 86_400)))
            let late = makeEntry(
                9_999,
                at: testDay.adding(.seconds(-30 * 86_400)),
                cost: 77,
                tags: [.init(key: "feature", value: "x")]
            )
            let before = try await store.breakdown(query(), by: .tag("feature"), limit: 10)
            _ = try await store.append([late], writer: "a")
            try await close(store)
            for _ in 0..<2 {
                let after = try await store.breakdown(query(), by: .tag("feature"), limit: 10)
                #expect(after.total.cost.picoDollars == before.total.cost.picoDollars + 77)
                let costs = { (breakdown: LedgerBreakdown) in
                    breakdown.rows.first { $0.key == "x" }?.totals.cost.picoDollars ?? 0
                }
                #expect(costs(after) == costs(before) + 77)
                try await checkSums(store)
                _ = try await drop(store, before: testDay.adding(.seconds(-10 * 86_400)))
            }
            #expect(try await store.append([late], writer: "a") == [.redelivered])
        }
    }

    @Test func `empties a month at once, and the days on its edges with it`() async throws {
        try await withPostgresStore { store, pool in
            _ = try await store.append(
                entries() + [makeEntry(5_000, workspace: "globex", at: testDay.adding(.seconds(-30 * 86_400)))],
                writer: "a"
            )
            try await close(store)
            let before = try await reports(store)
            let october = Timestamp(seconds: 1_791_849_600)  // 2026-10-13
            #expect(try await store.dropMonth(containing: october, calendars: ["acme": calendar], now: testDay) == nil)
            let calendars = ["acme": calendar, "globex": CalendarRules.standard]
            let rows = try #require(
                try await store.dropMonth(containing: october, calendars: calendars, now: testDay)
            )
            #expect(rows > 150)
            let left = try await pool.query("SELECT count(*) AS n FROM usage_events_2026_10")
            #expect(try left.first?.value("n") == 0)
            #expect(try await reports(store) == before)
            try await checkSums(store)
            #expect(try await store.dropMonth(containing: october, calendars: calendars, now: testDay) == 0)
            _ = try await store.append([makeEntry(6_000, at: october, cost: 5)], writer: "a")
            try await checkSums(store)
        }
    }

    @Test func `refuses a day whose rollups are not its rows, and keeps it`() async throws {
        try await withPostgresStore { store, pool in
            _ = try await store.append(entries(), writer: "a")
            try await close(store)
            _ = try await pool.query(
                "UPDATE rollups SET cost = cost + 1 WHERE bucket = (SELECT min(bucket) FROM rollups)"
            )
            let error = await #expect(throws: LedgerError.self) { _ = try await drop(store, before: testDay) }
            #expect(error?.code == .corruptRow)
            #expect(try await store.totals(everything(["acme"], source: .events)).events == 400)
            #expect(try await store.droppedTotals(of: "acme") == .zero)
            // Its month, by each grain; the day was closed anew, which takes the third of the month away.
            #expect(try await store.differingPeriods(of: "acme").count == 4)
        }
    }

    @Test func `is noticed by verification when it was done by anybody else`() async throws {
        try await withPostgresStore { store, pool in
            _ = try await store.append(entries(), writer: "a")
            try await close(store)
            _ = try await pool.query("UPDATE period_sums SET pico_rest = pico_rest + 1 WHERE kind = 2 AND grain = 1")
            let differing = try await store.differingPeriods(of: "acme")
            #expect(!differing.isEmpty)
            #expect(differing.allSatisfy { $0.contains("month") && $0.contains("grain 1") })
        }
    }
}
