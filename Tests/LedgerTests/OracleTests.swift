import Calendars
import Demo
import Domain
import FoundationEssentials
import Ledger
import Postgres
import Streams
import TestSupport
import Testing

/// Every report equals a plain sum over all rows, whatever it was made from.
@Suite(.timeLimit(.minutes(20)))
struct OracleTests {
    private let workspaces = ["acme", "globex", "demo"]
    /// The zone that the workspaces' days are closed by.
    private let home = CalendarRules(timeZone: "Europe/Berlin", weekStart: 7, fiscalYearStart: 4) ?? .standard

    /// How many questions are asked after each change of the ledger.
    private var questions: Int {
        ProcessInfo.processInfo.environment["OLIVER_FULL"] == "1" ? 260 : 26
    }

    @Test func `every report equals the sum over the rows, while periods close and events come late`() async throws {
        var random = Seed.generator(for: "every report equals the sum over the rows")
        try await withPostgresStore { store, pool in
            let memory = InMemoryLedgerStore()
            let stores: [any FullStore] = [memory, store]
            let entries = Self.entries(using: &random)
            let late = entries.count / 10
            func lay(_ entries: ArraySlice<LedgerEntry>) async throws {
                for start in stride(from: entries.startIndex, to: entries.endIndex, by: 500) {
                    let batch = Array(entries[start..<min(start + 500, entries.endIndex)])
                    for store in stores { _ = try await store.append(batch, writer: "a") }
                }
            }
            let trial = Trial(memory: memory, store: store, pool: pool, home: home)
            // All open; all closed but what came late; some closed again; corrected.
            try await lay(entries.dropFirst(late))
            for _ in 0..<questions { try await trial.ask(using: &random) }
            // Within a day, so that the hours before are closed.
            try await close(store, limit: 1_000, until: 50_000)
            try await lay(entries.prefix(late))
            for _ in 0..<questions { try await trial.ask(using: &random) }
            try await close(store, limit: 7, until: 80_000)
            for store in stores { try await Self.correct(store) }
            for _ in 0..<questions { try await trial.ask(using: &random) }
            try await close(store, limit: 1_000)
            for _ in 0..<questions { try await trial.ask(using: &random) }
        }
    }

    private func close(_ store: PostgresLedgerStore, limit: Int, until seconds: Int64 = 86_400) async throws {
        for workspace in workspaces {
            _ = try await store.closePeriods(
                of: workspace,
                by: home,
                until: testDay.adding(.seconds(seconds)),
                limit: limit
            )
        }
    }

    /// Events of a firm over a change of clocks and a change of months, odd ones, and all in no order.
    private static func entries(using random: inout SeededGenerator) -> [LedgerEntry] {
        let demo = DemoEvents(.init(count: 5_000, days: 70, end: testDay, seed: random.next(), users: 40))
        let firm = demo.indices.compactMap { demo.entry($0, partition: 1) }
        return (firm + randomEntries(1_500, using: &random)).shuffled(using: &random)
    }

    /// Credits, and a new price for some events.
    private static func correct(_ store: any FullStore) async throws {
        let adjustments = (0..<20).map { (number: Int64) -> ManualAdjustment in
            let time = testDay.adding(.seconds(number * -200_000))
            var adjustment = ManualAdjustment(
                workspace: number % 2 == 0 ? "demo" : "acme",
                occurredAt: time,
                amount: Money(picoDollars: (number - 12) * 1_000_003)
            )
            if number % 3 == 0 { adjustment.model = "gpt-4o" }
            if number % 4 == 0 { adjustment.team = "growth" }
            if number % 5 == 0 { adjustment.tags = [EventIdentity.Tag(key: "feature", value: "plan")] }
            return adjustment
        }
        _ = try await store.adjust(adjustments, for: makeRequest("credits", kind: .manual), at: later)
        var request = makeRequest("reprice", workspace: "demo", filters: [LedgerFilter(.model, ["gpt-4o-mini"])])
        request.query.from = testDay.adding(.seconds(-40 * 86_400))
        _ = try await store.run(request, limit: 500, at: later) { row in
            makeCost((row.priced.cost.money?.picoDollars ?? 0) / 3 + 7)
        }
    }
}

/// Asks all stores and the oracle the same.
private struct Trial {
    let memory: InMemoryLedgerStore
    let store: PostgresLedgerStore
    let pool: PostgresPool
    let home: CalendarRules

    private static let dimensions: [LedgerDimension] = [
        .workspace, .team, .project, .user, .sourceApp, .provider, .model, .operation, .serviceTier, .tag("feature"),
        .tag("customer"), .tag("env"), .tag("a \"quoted\" key"), .tag("nothing"),
    ]
    private static let quantities = [
        "seconds", "reasoning_tokens", "input_tokens", "cache_write_tokens", "images", "custom:widgets", "custom:none",
    ]
    private static let zones = ["Europe/Berlin", "UTC", "America/Los_Angeles", "Asia/Kathmandu", "Africa/Cairo"]

    func ask(using random: inout SeededGenerator) async throws {
        let zone = Self.zones.randomElement(using: &random) ?? "UTC"
        let calendar = try #require(
            CalendarRules(
                timeZone: zone,
                weekStart: Int.random(in: 1...7, using: &random),
                fiscalYearStart: Int.random(in: 1...12, using: &random)
            )
        )
        let query = question(calendar, using: &random)
        let keys = Self.keys(using: &random)
        let split = keys.isEmpty ? 0 : Int.random(in: max(0, keys.count - 3)...min(3, keys.count), using: &random)
        let groupings = keys.map { Self.grouping($0, query, calendar) }
        let limits = [LedgerAxis.lineLimit, Int.random(in: 1...6, using: &random)]
        let measure = query.quantity.map { LedgerMeasure.quantity($0) } ?? .cost
        let wanted = try await Oracle(pool: pool, calendar: calendar).sums(query, by: keys)
        for limit in limits {
            let rows = LedgerAxis(Array(groupings.prefix(split)), limit: limit)
            let columns = LedgerAxis(Array(groupings.dropFirst(split)), limit: limit)
            let cube = try await store.cube(query, rows: rows, columns: columns, rankedBy: measure, isSingle: false)
            let twin = try await memory.cube(query, rows: rows, columns: columns, rankedBy: measure, isSingle: false)
            #expect(cube == twin, "\(query) \(keys) \(split) \(limit)")
            guard limit == limits[0] else { continue }
            #expect(named(cube, groupings, keys, split, calendar) == wanted, "\(query) \(keys) \(calendar)")
        }
        let total = try await store.totals(query)
        let sum = wanted.values.reduce(into: LedgerTotals.zero) { $0 += $1 }
        #expect(total == sum, "\(query)")
    }

    private func question(_ calendar: CalendarRules, using random: inout SeededGenerator) -> LedgerQuery {
        // Whole local days, whole quarters of an hour, any moment.
        var from = testDay.adding(.seconds(-Int64.random(in: 0..<72 * 86_400, using: &random)))
        var to = from.adding(.seconds(Int64.random(in: 0..<60 * 86_400, using: &random)))
        switch Int.random(in: 0..<4, using: &random) {
        case 0, 1:
            (from, to) = (calendar.period(.day, containing: from).start, calendar.period(.day, containing: to).start)
        case 2: (from, to) = (from.floored(toSeconds: 900), to.floored(toSeconds: 900))
        default: break
        }
        var query = LedgerQuery(
            workspaces: [nil, ["demo"], ["demo"], ["acme", "globex", "nobody"]].randomElement(using: &random) ?? nil,
            from: from,
            to: to,
            quantity: Bool.random(using: &random)
                ? Self.quantities.randomElement(using: &random).flatMap { MeasuredQuantity(name: $0) } : nil
        )
        query.calendar = Int.random(in: 0..<4, using: &random) > 0 ? home : .standard
        let filters: [LedgerFilter] = [
            LedgerFilter(.model, ["gpt-4o", "gpt-4o-mini", "claude"]), LedgerFilter(.team, ["growth", ""]),
            LedgerFilter(.user, ["u-1", "u-2"]), LedgerFilter(.tag("feature"), ["plan", "x", "summarise"]),
            LedgerFilter(.tag("env"), ["production"]), LedgerFilter(.provider, ["openai"]),
            LedgerFilter(.workspace, ["demo"]), LedgerFilter(.sourceApp, ["'; DROP TABLE series; --", "demo-chat"]),
        ]
        for _ in 0..<Int.random(in: 0...2, using: &random) {
            if let filter = filters.randomElement(using: &random) { query.filters.append(filter) }
        }
        if Int.random(in: 0..<8, using: &random) == 0 { query.recordedBefore = testDay.adding(.seconds(-86_400 * 3)) }
        return query
    }

    private static func keys(using random: inout SeededGenerator) -> [Oracle.Key] {
        let periods: [PeriodKind] = [.day, .week, .month, .quarter, .year]
        var keys: [Oracle.Key] = []
        for _ in 0..<Int.random(in: 0...4, using: &random) {
            let key: Oracle.Key =
                Int.random(in: 0..<4, using: &random) == 0
                ? .period(periods.randomElement(using: &random) ?? .day)
                : .dimension(dimensions.randomElement(using: &random) ?? .team)
            if !keys.contains(key) { keys.append(key) }
        }
        return keys
    }

    private static func grouping(_ key: Oracle.Key, _ query: LedgerQuery, _ calendar: CalendarRules) -> LedgerGrouping {
        switch key {
        case .dimension(let dimension): return .dimension(dimension)
        case .period(let kind):
            let granularity = Granularity(rawValue: kind.rawValue) ?? .day
            // An empty range has intervals all the same.
            let end = max(query.to, query.from.adding(microseconds: 1))
            let boundaries = calendar.boundaries(granularity, from: query.from, to: end, limit: 1_000)
            return .time(boundaries ?? [query.from, end])
        }
    }

    /// A cube as the oracle has it.
    private func named(
        _ cube: LedgerCube,
        _ groupings: [LedgerGrouping],
        _ keys: [Oracle.Key],
        _ split: Int,
        _ calendar: CalendarRules
    ) -> [[String?]: LedgerTotals] {
        cube.cells.reduce(into: [:]) { sums, cell in
            let names = cube.rows[cell.key.row] + cube.columns[cell.key.column]
            let texts = names.enumerated().map { place, name -> String? in
                guard case .interval(let number) = name else { return name.text }
                guard case .time(let boundaries) = groupings[place], case .period(let kind) = keys[place] else {
                    return nil
                }
                return calendar.period(kind, containing: boundaries[number]).firstDay.text
            }
            sums[texts] = cell.value
        }
    }
}
