internal import Domain
internal import Postgres

/// Reading events to price them again.
extension PostgresLedgerStore {
    /// Workspaces that one page looks into at most: a page ends early rather than late.
    private static let workspacesPerPage = 100

    package func scan(
        _ query: LedgerScanQuery,
        after cursor: LedgerScanCursor?,
        limit: Int
    ) async throws -> LedgerScanPage {
        try query.check()
        try checkLimit(limit, atMost: LedgerStep.rowLimit)
        return try await mapErrors {
            var found: [PostgresRow] = []
            var place = cursor
            for _ in 0..<Self.workspacesPerPage {
                if let last = place {
                    let plan = ReportPlanner.scan(query, after: last, limit: limit - found.count)
                    let result = try await pool.query(plan.sql, plan.values)
                    found += result
                    if let row = result.last { place = try LedgerRow.scanCursor(row) }
                    if found.count == limit { break }
                }
                place = try await nextWorkspace(query, after: place?.workspace ?? .min)
                if place == nil { break }
            }
            return LedgerScanPage(rows: try await rows(found), next: place)
        }
    }

    /// The start of the next workspace that has anything in the range.
    private func nextWorkspace(_ query: LedgerScanQuery, after number: Int32) async throws -> LedgerScanCursor? {
        let table = query.unpricedOnly ? "unpriced_quantities" : "usage_events"
        let sql = SQL(
            assembled: """
                SELECT w.number FROM ledger_workspaces AS w
                -- A lateral look-up with a limit: for each workspace one probe of the index.
                CROSS JOIN LATERAL (
                    SELECT FROM \(table) AS e WHERE e.workspace = w.number
                        AND e.occurred_at >= $2::timestamptz AND e.occurred_at < $3::timestamptz LIMIT 1
                ) AS found
                WHERE w.number > $1::integer AND ($4::text[] IS NULL OR w.name = ANY($4::text[]))
                ORDER BY w.number LIMIT 1
                """
        )
        let names: PostgresValue = query.workspaces.map { .textArray($0) } ?? .null
        let values: [PostgresValue] = [.int(Int64(number)), .timestamp(query.from), .timestamp(query.to), names]
        return try await pool.query(sql, values).first.map { row in
            LedgerScanCursor(workspace: try row.value("number"), occurredAt: query.from, row: .min)
        }
    }
}

extension LedgerRow {
    /// A row's place in a scan.
    static func scanCursor(_ row: PostgresRow) throws -> LedgerScanCursor {
        LedgerScanCursor(
            workspace: try row.value("workspace"),
            occurredAt: try row.value("occurred_at"),
            row: try row.value("id")
        )
    }
}

extension ReportPlanner {
    /// The statement of a page of one workspace's events, oldest first.
    static func scan(_ query: LedgerScanQuery, after cursor: LedgerScanCursor, limit: Int) -> PostgresQuery {
        var planner = ReportPlanner(query.events)
        let workspace = planner.add(.int(Int64(cursor.workspace))) + "::integer"
        let from = planner.add(.timestamp(max(query.from, cursor.occurredAt))) + "::timestamptz"
        let to = planner.add(.timestamp(query.to)) + "::timestamptz"
        let place =
            "(\(planner.add(.timestamp(cursor.occurredAt)))::timestamptz, \(planner.add(.int(cursor.row)))::bigint)"
        let filters = query.filters.map { " AND " + planner.condition($0) }.joined()
        let bound = planner.add(.int(limit)) + "::bigint"
        let range = "occurred_at >= \(from) AND occurred_at < \(to)"
        var source = "usage_events AS e"
        var condition = "e.workspace = \(workspace) AND e.\(range) AND (e.occurred_at, e.id) > \(place) AND e.kind = 1"
        if query.cachedOnly { condition += " AND (e.cache_read_tokens > 0 OR e.cache_write_tokens > 0)" }
        if query.unpricedOnly {
            // A lateral look-up with a limit: for each row one probe of the index of its month.
            source = """
                (SELECT DISTINCT occurred_at, event_row FROM unpriced_quantities
                    WHERE workspace = \(workspace) AND \(range) AND (occurred_at, event_row) > \(place)) AS u
                CROSS JOIN LATERAL (SELECT * FROM usage_events AS one WHERE one.workspace = \(workspace)
                    AND one.occurred_at = u.occurred_at AND one.id = u.event_row LIMIT 1) AS e
                """
            condition = "true"
        }
        let order = query.unpricedOnly ? "u.occurred_at, u.event_row" : "e.occurred_at, e.id"
        let text = """
            SELECT \(rowColumns)
            FROM \(source)
            \(rowJoins)
            WHERE \(condition)\(filters)
            ORDER BY \(order) LIMIT \(bound)
            """
        return PostgresQuery(SQL(assembled: text), planner.values)
    }

    /// The statement of a page of the rows that a job's rows correct, or of its manual adjustments themselves, with the
    /// place `own_id` of the job's row.
    static func written(by job: Int64, after cursor: LedgerScanCursor?, limit: Int) -> PostgresQuery {
        let text = """
            SELECT a.own_id, \(rowColumns)
            FROM (
                SELECT workspace, occurred_at, id AS own_id, coalesce(adjusts, id) AS row FROM usage_events
                WHERE job = $1::bigint
                    AND (workspace, occurred_at, id) > ($2::integer, $3::timestamptz, $4::bigint)
                ORDER BY workspace, occurred_at, id LIMIT $5::bigint
            ) AS a
            CROSS JOIN LATERAL (SELECT * FROM usage_events AS one WHERE one.workspace = a.workspace
                AND one.occurred_at = a.occurred_at AND one.id = a.row LIMIT 1) AS e
            \(rowJoins)
            ORDER BY a.workspace, a.occurred_at, a.own_id
            """
        return PostgresQuery(
            SQL(assembled: text),
            [
                .int(job), .int(Int64(cursor?.workspace ?? .min)),
                .timestamp(cursor?.occurredAt ?? Timestamp.storable.lowerBound), .int(cursor?.row ?? .min),
                .int(limit),
            ]
        )
    }
}
