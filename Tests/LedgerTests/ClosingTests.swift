import Calendars
import Domain
import Ledger
import Postgres
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2)))
struct ClosingTests {
    private let calendar = CalendarRules(timeZone: "Asia/Kathmandu") ?? .standard
    private let month: Range<Timestamp> = testDay..<testDay.adding(.seconds(30 * 86_400))

    private func query(source: LedgerQuery.Source = .best) -> LedgerQuery {
        var query = LedgerQuery(
            workspaces: ["acme"],
            from: testDay.adding(.seconds(-90 * 86_400)),
            to: testDay.adding(.seconds(40 * 86_400)),
            source: source
        )
        query.calendar = calendar
        return query
    }

    private func close(_ store: PostgresLedgerStore, limit: Int = 1_000) async throws -> Int {
        try await store.closePeriods(of: "acme", by: calendar, until: month.upperBound, limit: limit)
    }

    private func sources(_ store: PostgresLedgerStore, _ query: LedgerQuery) async throws -> [LedgerSource] {
        try await LedgerSources.collecting { _ = try await store.totals(query) }.sources
    }

    @Test func `a day is closed once, opened by a late event and closed again`() async throws {
        try await withPostgresStore { store, pool in
            _ = try await store.append(
                (0..<40).map { makeEntry($0, at: testDay.adding(.seconds($0 * 40_000))) },
                writer: "a"
            )
            #expect(try await close(store, limit: 3) == 3)
            let rest = try await close(store)
            #expect(rest > 20)
            #expect(try await close(store) == 0)
            var whole = query()
            whole.from = calendar.period(.day, containing: testDay).start
            whole.to = calendar.period(.day, containing: testDay.adding(.seconds(10 * 86_400))).start
            #expect(try await sources(store, whole) == [.periods])
            _ = try await store.append([makeEntry(99, at: testDay.adding(.seconds(100_000)), cost: 5)], writer: "a")
            #expect(try await sources(store, whole) == [.periods, .quarters])
            #expect(try await store.totals(query()).cost.picoDollars == 40 * 1_000 + 5)
            #expect(try await close(store) >= 1)
            #expect(try await sources(store, whole) == [.periods])
            #expect(try await store.totals(query()).cost.picoDollars == 40 * 1_000 + 5)
        }
    }

    @Test func `another calendar finds the sums of the first one useless and closes by itself`() async throws {
        try await withPostgresStore { store, _ in
            _ = try await store.append(
                (0..<40).map { makeEntry($0, at: testDay.adding(.seconds($0 * 40_000))) },
                writer: "a"
            )
            _ = try await close(store)
            let other = try #require(CalendarRules(timeZone: "America/Los_Angeles"))
            var moved = query()
            moved.calendar = other
            #expect(try await store.totals(moved) == store.totals(query(source: .events)))
            let closed = try await store.closePeriods(of: "acme", by: other, until: month.upperBound, limit: 1_000)
            #expect(closed > 20)
            #expect(try await store.totals(moved) == store.totals(query(source: .events)))
            #expect(try await store.totals(query()) == store.totals(query(source: .events)))
        }
    }

    @Test func `a tag with a million values is not summed by day, and its report is bounded`() async throws {
        try await withPostgresStore { store, pool in
            let entries = (0..<1_500).map { number in
                makeEntry(
                    number,
                    at: testDay.adding(.seconds(number)),
                    tags: [.init(key: "few", value: "v\(number % 3)"), .init(key: "request", value: "r\(number)")]
                )
            }
            _ = try await store.append(entries, writer: "a")
            _ = try await close(store)
            let kept = try await pool.query("SELECT DISTINCT key FROM period_tag_sums")
            #expect(try kept.map { try $0.value(at: 0, as: String.self) } == ["few"])
            for (key, lines) in [("few", 3), ("request", 5)] {
                let breakdown = try await store.breakdown(query(), by: .tag(key), limit: 5)
                #expect(breakdown.rows.count == lines)
                #expect(breakdown.total.events == 1_500)
            }
            #expect(try await store.breakdown(query(), by: .tag("none"), limit: 5).rows.map(\.key) == [nil])
        }
    }

    @Test func `closing beside writers loses nothing`() async throws {
        try await withPostgresStore { store, pool in
            var random = Seed.generator(for: "closing beside writers")
            let times = (0..<600).map { _ in testDay.adding(.seconds(Int64.random(in: 0..<12 * 86_400, using: &random)))
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for lane in 0..<2 {
                    group.addTask {
                        let other = PostgresLedgerStore(pool: pool, logger: .quiet)
                        for start in stride(from: lane * 10, to: times.count, by: 20) {
                            let batch = (start..<start + 10).map { makeEntry(Int64($0), at: times[$0], cost: 3) }
                            _ = try await other.append(batch, writer: "w\(lane)")
                        }
                    }
                }
                group.addTask { for _ in 0..<15 { _ = try await close(store) } }
                try await group.waitForAll()
            }
            for _ in 0..<2 {
                #expect(try await store.totals(query()) == store.totals(query(source: .events)))
                #expect(try await store.totals(query()).events == 600)
                _ = try await close(store)
            }
        }
    }
}
