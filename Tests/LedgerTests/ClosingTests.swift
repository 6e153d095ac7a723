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

    /// A question about whole days of the calendar.
    private func query(source: LedgerQuery.Source, from: Timestamp, to: Timestamp) -> LedgerQuery {
        var query = query(source: source)
        query.from = calendar.period(.day, containing: from).start
        query.to = calendar.period(.day, containing: to).start
        return query
    }

    /// The same question, answered from rows.
    private func query(source: LedgerQuery.Source, _ other: LedgerQuery) -> LedgerQuery {
        var query = other
        query.source = source
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

    @Test func `the hours of the present day that are over are closed, opened by a late event, and end with the day`()
        async throws
    {
        try await withPostgresStore { store, pool in
            let day = calendar.period(.day, containing: testDay)
            let end = try #require(day.end)
            let at = { (minutes: Int64) in day.start.adding(.seconds(60 * minutes)) }
            // One every ten minutes; Kathmandu's day begins at a quarter past an hour of UTC.
            _ = try await store.append((0..<144).map { makeEntry($0, at: at($0 * 10), cost: 7) }, writer: "a")
            func close(until time: Timestamp) async throws {
                _ = try await store.closePeriods(of: "acme", by: calendar, until: time, limit: 100)
            }
            func hours() async throws -> Int {
                try await pool.query("SELECT FROM closed_periods WHERE ends - starts = interval '1 hour'").count
            }
            try await close(until: at(600))
            #expect(try await hours() == 9)
            var present = query()
            (present.from, present.to) = (day.start, at(585))
            #expect(try await store.totals(present) == store.totals(query(source: .events, present)))
            #expect(try await sources(store, present) == [.periods, .quarters])
            _ = try await store.append([makeEntry(999, at: at(130), cost: 5)], writer: "a")
            #expect(try await hours() == 8)
            #expect(try await store.totals(present) == store.totals(query(source: .events, present)))
            try await close(until: at(600))
            #expect(try await hours() == 9)
            try await close(until: end)
            #expect(try await hours() == 0)
            #expect(try await sources(store, present) == [.periods])
            #expect(try await store.totals(present) == store.totals(query(source: .events, present)))
            #expect(try await store.differingPeriods(of: "acme") == [])
            _ = try await pool.query("UPDATE period_sums SET events = events + 1 WHERE kind = 4")
            #expect(try await store.differingPeriods(of: "acme").count == 1)
        }
    }

    @Test func `a third of a month is not used after a replica of an older version has opened one of its days`()
        async throws
    {
        try await withPostgresStore { store, pool in
            let days = (0..<30).map { testDay.adding(.seconds($0 * -86_400)) }
            _ = try await store.append(days.enumerated().map { makeEntry(Int64($0), at: $1, cost: 7) }, writer: "a")
            _ = try await close(store)
            _ = try await pool.query("CREATE TABLE kept AS SELECT * FROM closed_periods WHERE kind = 5")
            _ = try await store.append(days.map { makeEntry(100 + $0.seconds, at: $0, cost: 5) }, writer: "a")
            // What such a replica leaves there.
            _ = try await pool.query("INSERT INTO closed_periods SELECT * FROM kept ON CONFLICT DO NOTHING")
            for _ in 0..<2 {
                let cut = query(source: .best, from: days[25], to: days[1])
                #expect(try await store.totals(cut) == store.totals(query(source: .events, cut)))
                let users = try await store.breakdown(cut, by: .user, limit: 50)
                #expect(users.total == (try await store.totals(query(source: .events, cut))))
                _ = try await close(store)
            }
            #expect(try await store.differingPeriods(of: "acme") == [])
        }
    }

    @Test func `days of another zone are added up from quarters of closed days`() async throws {
        try await withPostgresStore { store, _ in
            _ = try await store.append(
                (0..<200).map { makeEntry($0, at: testDay.adding(.seconds($0 * 9_000)), cost: 3) },
                writer: "a"
            )
            _ = try await close(store)
            let other = try #require(CalendarRules(timeZone: "America/St_Johns"))
            let days = (1..<15).map { other.start(of: other.date(at: testDay.adding(.seconds($0 * 86_400)))) }
            func cube(_ source: LedgerQuery.Source) async throws -> LedgerCube {
                var query = query(source: source)
                (query.from, query.to) = (days[0], days[days.count - 1])
                return try await store.cube(
                    query,
                    rows: LedgerAxis([.time(days)], limit: 50),
                    columns: LedgerAxis([.dimension(.model)], limit: 50),
                    rankedBy: .cost,
                    isSingle: false
                )
            }
            let collected = try await LedgerSources.collecting { try await cube(.best) }
            #expect(collected.sources == [.periods])
            let expected = try await cube(.events)
            #expect(collected.value.cells == expected.cells)
            #expect(expected.cells.count > 10)
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
