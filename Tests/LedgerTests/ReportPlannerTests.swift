import Calendars
import Domain
import Postgres
import Testing

@testable import Ledger

@Suite struct ReportPlannerTests {
    private let hostile = "x'); DROP TABLE usage_events; --"

    private func query(_ start: Int64, _ end: Int64) -> LedgerQuery {
        LedgerQuery(workspaces: nil, from: testDay.adding(.seconds(start)), to: testDay.adding(.seconds(end)))
    }

    private func cube(_ query: LedgerQuery, _ rows: LedgerGrouping..., columns: LedgerGrouping...) -> PostgresQuery {
        ReportPlanner.cube(
            query,
            rows: LedgerAxis(rows, limit: 5),
            columns: LedgerAxis(columns, limit: 5),
            by: .cost,
            isSingle: false
        ).query
    }

    @Test func `what a client says is a parameter, never text of the statement`() {
        var query = query(0, 200_000)
        query.workspaces = [hostile]
        query.filters = [LedgerFilter(.team, [hostile]), LedgerFilter(.tag(hostile), [hostile])]
        query.quantity = MeasuredQuantity(name: "custom:" + hostile)
        var narrow = query
        narrow.quantity = nil
        let plans = [
            ReportPlanner.totals(query).query,
            ReportPlanner.totals(narrow).query,
            cube(query, .dimension(.tag(hostile)), columns: .time([testDay, query.to])),
            cube(narrow, .dimension(.tag(hostile)), columns: .time([testDay, query.to])),
            ReportPlanner.usage(query, limit: 5, after: LedgerCursor(occurredAt: testDay, id: 9)),
        ]
        for plan in plans {
            let text = plan.sql.text
            #expect(!text.contains("DROP"))
            let last = plan.values.count
            #expect(text.contains("$\(last)"))
            #expect(!text.contains("$\(last + 1)"))
        }
    }

    @Test func `an export's statement holds nothing of what a client says`() {
        var query = query(0, 900)
        query.workspaces = [hostile]
        query.filters = [LedgerFilter(.tag(hostile), [hostile]), LedgerFilter(.team, [hostile])]
        for format in LedgerExportFormat.allCases {
            for hasTexts in [false, true] {
                let rows = ExportStatement.rows(of: query, format, hasTexts: hasTexts)
                #expect(!rows.sql.text.contains("DROP"))
                #expect(rows.settings.count == 6)
            }
        }
        let series = ExportStatement.series(of: query, limit: 5)
        #expect(!series.sql.text.contains("DROP"))
        #expect(series.settings.count == 2)
        #expect(ExportStatement.literal(["a\"b\\c", ""]) == #"{"a\"b\\c",""}"#)
    }

    @Test(arguments: [
        (0, 900, ["period_sums", "rollups", "period_sums"]),
        (0, 1_000, ["period_sums", "rollups", "period_sums", "usage_events"]),
        (1, 899, ["usage_events"]),
        (1, 2_000, ["period_sums", "rollups", "period_sums", "usage_events", "usage_events"]),
        (100, 900, ["usage_events"]),
        (0, 86_400, ["period_sums", "rollups", "period_sums"]),
        (-900, 90_000, ["period_sums", "rollups", "period_sums"]),
    ])
    func `takes days, else whole quarters of an hour, and the edges from events`(
        start: Int64,
        end: Int64,
        tables: [String]
    ) {
        let text = ReportPlanner.totals(query(start, end)).query.sql.text
        let known: Set<Substring> = ["rollups", "usage_events", "period_sums"]
        let used = text.split(whereSeparator: \.isWhitespace).filter { known.contains($0) }
        #expect(used.map { String($0) } == tables)
    }

    @Test func `asks events for tags in parts of days and for intervals that cut a quarter of an hour`() {
        var query = query(0, 9_000)
        #expect(!cube(query, .dimension(.tag("k"))).sql.text.contains("rollups"))
        let cut = [testDay, testDay.adding(.seconds(60)), query.to]
        #expect(!cube(query, .dimension(.team), columns: .time(cut)).sql.text.contains("rollups"))
        #expect(cube(query, .dimension(.team)).sql.text.contains("rollups"))
        query.filters = [LedgerFilter(.tag("k"), ["v"])]
        #expect(!ReportPlanner.totals(query).query.sql.text.contains("rollups"))
    }

    @Test func `months and thirds take the place of days, days that a boundary cuts are left to the quarters`()
        throws
    {
        let start = try #require(Timestamp(rfc3339: "2026-10-30T22:00:00Z"))
        let end = try #require(Timestamp(rfc3339: "2026-12-02T00:00:00Z"))
        let query = LedgerQuery(workspaces: ["acme"], from: start, to: end)
        let plan = ReportPlan(query, groupings: [])
        #expect(plan.months.count == 1)
        #expect(plan.days.count == 32)
        #expect(plan.days.filter { $0.month == 1 }.count == 30)
        #expect(plan.thirds.map(\.month) == [1, 1, 1])
        #expect((1...3).map { third in plan.days.count { $0.third == third } } == [10, 10, 10])
        #expect(plan.parts.count == 1)
        #expect(plan.gaps.isEmpty)
        let noon = try #require(Timestamp(rfc3339: "2026-11-10T12:00:00Z"))
        let cut = ReportPlan(query, groupings: [.time([start, noon, end])])
        #expect(cut.months.isEmpty)
        #expect(cut.thirds.map(\.month) == [0, 0])
        #expect(cut.days.count == 31)
        #expect(cut.parts.count == 2)
        #expect(cut.grain == 2)
        // Only the coarsest grain has sums of quarters of an hour.
        let teams = ReportPlan(query, groupings: [.time([start, noon, end]), .dimension(.team)])
        #expect(teams.parts.isEmpty)
        #expect(teams.gaps.count == 2)
        #expect(ReportPlan(query, groupings: [.dimension(.team)]).grain == 1)
        #expect(ReportPlan(query, groupings: [.dimension(.project)]).grain == 0)
        #expect(ReportPlan(query, groupings: [.dimension(.user)]).grain == 3)
        #expect(ReportPlan(query, groupings: [.dimension(.user), .dimension(.operation)]).grain == 0)
        #expect(ReportPlan(query, groupings: [.dimension(.tag("k"))]).base == .tags(key: "k"))
        #expect(ReportPlan(query, groupings: [.dimension(.tag("k")), .dimension(.user)]).base == .events)
    }
}
