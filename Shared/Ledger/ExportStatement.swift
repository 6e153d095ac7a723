internal import Domain
internal import Postgres

/// A statement of an export, whose parameters are settings of its transaction: COPY takes none itself.
struct ExportStatement {
    private(set) var sql: SQL = ""
    /// Names and values of the settings.
    private(set) var settings: [(String, String)] = []

    /// The rows, by time within a workspace.
    ///
    /// - Parameters:
    ///   - query: Which rows.
    ///   - format: What leaves some out.
    ///   - hasTexts: Whether each row has the fields of its series, too, as its last ones.
    /// - Returns: The statement.
    static func rows(of query: LedgerQuery, _ format: LedgerExportFormat, hasTexts: Bool) -> ExportStatement {
        var statement = ExportStatement()
        var conditions = statement.rowConditions(query) + statement.seriesConditions(query)
        // What has no price is no charge; it becomes one with its correction.
        if format == .focus { conditions.append("(e.kind = 2 OR e.cost IS NOT NULL)") }
        var joins = ""
        if hasTexts || query.filters.contains(where: { !$0.dimension.isTag }) { joins = ReportPlanner.rowJoins }
        statement.sql = SQL(
            assembled: """
                COPY (
                    SELECT \(ExportField.selected)\(hasTexts ? ", \(ExportSeriesField.selected)" : "")
                    FROM usage_events AS e
                    \(joins)
                    WHERE \(conditions.joined(separator: " AND "))
                    ORDER BY e.workspace, e.occurred_at, e.id
                ) TO STDOUT (FORMAT binary)
                """
        )
        return statement
    }

    /// The number and the fields of each series that rows can have.
    static func series(of query: LedgerQuery, limit: Int) -> ExportStatement {
        var statement = ExportStatement()
        var conditions = statement.seriesConditions(query)
        if let workspaces = query.workspaces { conditions.append(statement.isOne(of: workspaces, "s.workspace")) }
        let condition = conditions.isEmpty ? "true" : conditions.joined(separator: " AND ")
        statement.sql = SQL(
            assembled: """
                COPY (
                    SELECT s.id, \(ExportSeriesField.selected)
                    FROM series AS s
                    JOIN ledger_workspaces AS w ON w.number = s.workspace
                    WHERE \(condition) LIMIT \(limit)
                ) TO STDOUT (FORMAT binary)
                """
        )
        return statement
    }

    private mutating func rowConditions(_ query: LedgerQuery) -> [String] {
        var conditions = [
            "e.occurred_at >= \(setting(query.from.rfc3339))::timestamptz",
            "e.occurred_at < \(setting(query.to.rfc3339))::timestamptz",
        ]
        if let workspaces = query.workspaces { conditions.append(isOne(of: workspaces, "e.workspace")) }
        if let before = query.recordedBefore {
            conditions.append("e.recorded_at < \(setting(before.rfc3339))::timestamptz")
        }
        for filter in query.filters {
            guard case .tag(let key) = filter.dimension else { continue }
            conditions.append("e.tags ->> \(setting(key)) = ANY(\(texts(filter.values)))")
        }
        return conditions
    }

    private mutating func seriesConditions(_ query: LedgerQuery) -> [String] {
        var conditions: [String] = []
        for filter in query.filters where !filter.dimension.isTag {
            conditions.append("\(ReportPlanner.column(filter.dimension)) = ANY(\(texts(filter.values)))")
        }
        return conditions
    }

    /// Whether a workspace's number is that of one of the names.
    private mutating func isOne(of names: [String], _ number: String) -> String {
        let numbers = "SELECT number FROM ledger_workspaces WHERE name"
        return names.count == 1
            ? "\(number) = (\(numbers) = \(setting(names[0])))"
            : "\(number) = ANY(ARRAY(\(numbers) = ANY(\(texts(names)))))"
    }

    private mutating func setting(_ value: String) -> String {
        let name = "oliver.p\(settings.count)"
        settings.append((name, value))
        return "current_setting('\(name)')"
    }

    /// Texts of a setting, read once.
    private mutating func texts(_ values: [String]) -> String {
        "ARRAY(SELECT unnest(\(setting(Self.literal(values)))::text[]))"
    }

    /// An array as PostgreSQL writes it.
    static func literal(_ values: [String]) -> String {
        let quoted = values.map { value in
            "\"" + value.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined() + "\""
        }
        return "{" + quoted.joined(separator: ",") + "}"
    }
}
