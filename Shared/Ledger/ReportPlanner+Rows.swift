internal import Domain
internal import Postgres

/// Statements that yield rows.
extension ReportPlanner {
    /// A row with the texts of its series and its workspace's name; the table's alias is `e`.
    static let rowColumns = """
        e.*, w.name AS workspace_name, s.team, s.project, s.user_id, s.source_app, s.provider, s.model, s.operation,
            s.service_tier
        """
    /// Where those texts come from.
    static let rowJoins = """
        JOIN series AS s ON s.id = e.series_id
        JOIN ledger_workspaces AS w ON w.number = e.workspace
        """

    /// The statement of a page of usage: one row more than the page, to see whether there is another.
    static func usage(_ query: LedgerQuery, limit: Int, after cursor: LedgerCursor?) -> PostgresQuery {
        var planner = ReportPlanner(query)
        // A page in the past does not look at the months that came after it.
        let to = cursor.map { min(query.to, $0.occurredAt.adding(microseconds: 1)) } ?? query.to
        var conditions = [planner.range("occurred_at", query.from, to, of: "e"), "e.adjusts IS NULL"]
        if let before = query.recordedBefore { conditions.append("e.recorded_at < \(planner.add(.timestamp(before)))") }
        if let cursor {
            let time = planner.add(.timestamp(cursor.occurredAt))
            conditions.append("(occurred_at, e.id) < (\(time), \(planner.add(.int(cursor.id)))::bigint)")
        }
        for filter in query.filters { conditions.append(planner.condition(filter)) }
        let text = """
            SELECT \(rowColumns)
            FROM usage_events AS e
            \(rowJoins)
            WHERE \(conditions.joined(separator: " AND "))
            ORDER BY e.occurred_at DESC, e.id DESC LIMIT \(planner.add(.int(limit + 1)))::bigint
            """
        return PostgresQuery(SQL(assembled: text), planner.values)
    }
}
