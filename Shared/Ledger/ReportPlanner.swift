internal import Domain
internal import Postgres

/// Writes the statement of a report.
///
/// It is pure: text from constants and parameters in, a statement out. What it reads is chosen by `ReportPlan`; each
/// source is summed by series before the texts of the dimensions are looked at, since series are few.
struct ReportPlanner {
    let query: LedgerQuery
    private(set) var values: [PostgresValue] = []
    /// Whether nothing but the further quantity is summed.
    var isVolume = false
    /// Named queries that the statement begins with.
    private var parts: [String] = []

    init(_ query: LedgerQuery) {
        self.query = query
    }

    /// Adds a parameter and returns its name.
    mutating func add(_ value: PostgresValue) -> String {
        values.append(value)
        return "$\(values.count)"
    }

    /// A statement and what it was planned from.
    struct Statement {
        var query: PostgresQuery
        var plan: ReportPlan
    }

    /// The sums over everything, in one row.
    static func totals(_ query: LedgerQuery) -> Statement {
        var planner = ReportPlanner(query)
        let plan = ReportPlan(query, groupings: [])
        planner.addFacts(plan, measures: Measures(only: nil), groupings: [])
        let sums = Measures(only: nil).sums(of: "f")
        let text = "\(planner.head) SELECT \(sums), \(planner.counts(plan)) FROM facts AS f"
        return Statement(query: PostgresQuery(SQL(assembled: text), planner.values), plan: plan)
    }

    /// The sums by two axes: rows `row_line`, `column_line` (from 1; the line after the limit is the rest), the lines'
    /// names `r0`, … and `c0`, …, and the sums.
    ///
    /// - Parameters:
    ///   - query: The events.
    ///   - rows: The first axis.
    ///   - columns: The second axis.
    ///   - measure: What lines are ranked by.
    ///   - isSingle: Whether no figures are wanted but this one, cost, events and unpriced events.
    /// - Returns: The statement; it yields at most (rows + 1) × (columns + 1) rows.
    static func cube(
        _ query: LedgerQuery,
        rows: LedgerAxis,
        columns: LedgerAxis,
        by measure: LedgerMeasure,
        isSingle: Bool
    ) -> Statement {
        var planner = ReportPlanner(query)
        let groupings = rows.groupings + columns.groupings
        let plan = ReportPlan(query, groupings: groupings)
        let measures = Measures(only: isSingle ? measure : nil)
        planner.addFacts(plan, measures: measures, groupings: groupings)
        let text = planner.cubeText(rows, columns, measure, measures, plan)
        return Statement(query: PostgresQuery(SQL(assembled: text), planner.values), plan: plan)
    }

    private mutating func cubeText(
        _ rows: LedgerAxis,
        _ columns: LedgerAxis,
        _ measure: LedgerMeasure,
        _ measures: Measures,
        _ plan: ReportPlan
    ) -> String {
        let keys = rows.groupings.indices.map { "r\($0)" } + columns.groupings.indices.map { "c\($0)" }
        let selected = zip(rows.groupings + columns.groupings, keys).enumerated().map { place, pair in
            "\(Self.key(pair.0, place)) AS \(pair.1), "
        }
        parts.append(
            """
            cells AS (
                SELECT \(selected.joined())\(measures.sums(of: "f"))
                FROM facts AS f
                JOIN series AS s ON s.id = f.series_id
                JOIN ledger_workspaces AS w ON w.number = s.workspace
                \(keys.isEmpty ? "" : "GROUP BY \(keys.joined(separator: ", "))")
                HAVING sum(f.events) <> 0 OR sum(f.cost) <> 0 OR sum(f.unpriced_events) <> 0
            )
            """
        )
        let lines = [Line(rows, "r", measure), Line(columns, "c", measure)]
        parts += lines.compactMap(\.part)
        let limits = [rows.limit, columns.limit].map { add(.int($0)) }
        let names = keys.map { "min(\($0)) AS \($0), " }.joined()
        return """
            \(head)
            SELECT least(\(lines[0].rank), \(limits[0])::bigint + 1) AS row_line,
                least(\(lines[1].rank), \(limits[1])::bigint + 1) AS column_line,
                \(names)\(measures.sums(of: "cells")), \(counts(plan))
            FROM cells\(lines.map(\.join).joined()) GROUP BY 1, 2 ORDER BY 1, 2
            """
    }

    /// How the lines of an axis are numbered: they are added up and ranked by themselves, being fewer than the cells.
    private struct Line {
        /// The query of the numbered lines; nil for an axis of one line.
        var part: String?
        /// What brings a cell to its line.
        var join = ""
        /// The number of a cell's line, from 1.
        var rank = "1::bigint"

        init(_ axis: LedgerAxis, _ letter: String, _ measure: LedgerMeasure) {
            let keys = axis.groupings.indices.map { "\(letter)\($0)" }
            if keys.isEmpty { return }
            var order = axis.isTime ? [] : ["sum(\(measure.column)) DESC", "sum(events) DESC"]
            for (grouping, key) in zip(axis.groupings, keys) {
                // No value comes last.
                order += grouping.isTime ? [key] : ["\(key) = ''", "\(key) COLLATE \"C\""]
            }
            let columns = keys.joined(separator: ", ")
            part = """
                \(letter)_lines AS (
                    SELECT \(columns), row_number() OVER (ORDER BY \(order.joined(separator: ", "))) AS \(letter)_rank
                    FROM cells GROUP BY \(columns)
                )
                """
            join = " JOIN \(letter)_lines USING (\(columns))"
            rank = "\(letter)_rank"
        }
    }

    /// A grouping's value among the cells: never NULL, and no value is apart from the empty text.
    private static func key(_ grouping: LedgerGrouping, _ place: Int) -> String {
        switch grouping {
        case .time, .dimension(.tag): "f.g\(place)"
        case .dimension(let dimension): "coalesce('=' || \(column(dimension)), '')"
        }
    }

    mutating func add(part: String) { parts.append(part) }

    var head: String { parts.isEmpty ? "" : "WITH " + parts.joined(separator: ",\n") }

    /// How many of the looked-up periods were closed and how many were not.
    private func counts(_ plan: ReportPlan) -> String {
        guard plan.looksUpPeriods else { return "0::bigint AS closed_periods, 0::bigint AS open_periods" }
        return """
            (SELECT count(*) FROM cover WHERE closed) AS closed_periods,
                (SELECT count(*) FROM cover WHERE NOT closed) AS open_periods
            """
    }
}

/// The sums that a report has.
struct Measures {
    /// `cost`, `events` and `unpriced_events`, which tell whether there is anything at all, and what is wanted.
    let columns: [String]

    /// - Parameter measure: The one further figure that is wanted; `nil` for all.
    init(only measure: LedgerMeasure?) {
        let base = ["cost", "events", "unpriced_events"]
        columns =
            measure.map { base.contains($0.column) ? base : base + [$0.column] }
            ?? base + UsageQuantity.columns.map(\.rawValue) + ["quantity"]
    }

    /// The further quantity alone.
    static let volume = Measures(columns: ["quantity"])

    private init(columns: [String]) { self.columns = columns }

    /// Sums over a table that has these columns.
    func sums(of table: String) -> String {
        columns.map { "coalesce(sum(\(table).\($0)), 0) AS \($0)" }.joined(separator: ", ")
    }
}

/// Conditions and columns.
extension ReportPlanner {
    mutating func range(_ column: String, _ from: Timestamp, _ to: Timestamp, of table: String) -> String {
        var text = "\(column) >= \(add(.timestamp(from))) AND \(column) < \(add(.timestamp(to)))"
        if let names = query.workspaces {
            // One workspace by itself, so that its rows come in the index's order.
            let found = "SELECT number FROM ledger_workspaces WHERE name ="
            text +=
                names.count == 1
                ? " AND \(table).workspace = (\(found) \(add(.text(names[0])))::text)"
                : " AND \(table).workspace = ANY(ARRAY(\(found) ANY(\(add(.textArray(names)))::text[])))"
        }
        return text
    }

    /// A dimension's value in a series; tags are none of its columns.
    static func column(_ dimension: LedgerDimension) -> String {
        switch dimension {
        case .workspace: "w.name"
        case .team: "s.team"
        case .project: "s.project"
        case .user: "s.user_id"
        // A manual adjustment may lack what every event has.
        case .sourceApp: "nullif(s.source_app, '')"
        case .provider: "nullif(s.provider, '')"
        case .model: "nullif(s.model, '')"
        case .operation: "nullif(s.operation, '')"
        case .serviceTier: "s.service_tier"
        case .tag: "NULL::text"
        }
    }

    /// A filter on rows; a tag's key is a parameter.
    mutating func condition(_ filter: LedgerFilter) -> String {
        var column = Self.column(filter.dimension)
        if case .tag(let key) = filter.dimension { column = "tags ->> \(add(.text(key)))::text" }
        return "\(column) = ANY(\(add(.textArray(filter.values)))::text[])"
    }
}
