import Calendars
import Domain
import Ledger
import Postgres
import Testing

/// Sums that are slow and obviously right: PostgreSQL's own over all rows, which know nothing of rollups, of closed
/// periods and of our calendar.
struct Oracle {
    /// What a line is named by.
    enum Key: Hashable {
        case dimension(LedgerDimension)
        case period(PeriodKind)
    }

    let pool: PostgresPool
    /// How time is cut.
    let calendar: CalendarRules

    /// The sums of each combination of keys that has any.
    func sums(_ query: LedgerQuery, by keys: [Key]) async throws -> [[String?]: LedgerTotals] {
        var values: [PostgresValue] = []
        func add(_ value: PostgresValue) -> String {
            values.append(value)
            return "$\(values.count)"
        }
        var conditions = [
            "e.occurred_at >= \(add(.timestamp(query.from)))", "e.occurred_at < \(add(.timestamp(query.to)))",
        ]
        if let workspaces = query.workspaces {
            conditions.append("w.name = ANY(\(add(.textArray(workspaces)))::text[])")
        }
        for filter in query.filters {
            conditions.append("\(column(filter.dimension, add)) = ANY(\(add(.textArray(filter.values)))::text[])")
        }
        if let before = query.recordedBefore { conditions.append("e.recorded_at < \(add(.timestamp(before)))") }
        let columns = keys.map { key in
            switch key {
            case .dimension(let dimension): column(dimension, add)
            case .period(let kind): "(\(firstDay(of: kind, zone: "\(add(.text(calendar.timeZone)))::text")))::text"
            }
        }
        let quantity = amount(query.quantity, add)
        let grouping = keys.isEmpty ? "" : "GROUP BY " + keys.indices.map { "\($0 + 1)" }.joined(separator: ", ")
        let text = """
            SELECT \(columns.enumerated().map { "\($1) AS k\($0), " }.joined())
                coalesce(sum(e.cost), 0)::numeric AS cost, coalesce(sum(e.events), 0)::numeric AS events,
                coalesce(sum(e.unpriced_events), 0)::numeric AS unpriced_events,
                \(Self.tokens.map { "coalesce(sum(e.\($0)), 0)::numeric AS \($0)" }.joined(separator: ", ")),
                coalesce(sum(\(quantity)), 0)::numeric AS quantity
            FROM usage_events AS e JOIN series AS s ON s.id = e.series_id
            JOIN ledger_workspaces AS w ON w.number = e.workspace
            WHERE \(conditions.joined(separator: " AND ")) \(grouping)
            """
        var sums: [[String?]: LedgerTotals] = [:]
        for row in try await pool.query(SQL(assembled: text), values) {
            let totals = LedgerTotals(
                cost: MoneySum(picoDollars: try row.value("cost")),
                events: try row.value("events"),
                unpricedEvents: try row.value("unpriced_events"),
                inputTokens: try row.value("input_tokens"),
                outputTokens: try row.value("output_tokens"),
                cacheReadTokens: try row.value("cache_read_tokens"),
                cacheWriteTokens: try row.value("cache_write_tokens"),
                reasoningTokens: try row.value("reasoning_tokens"),
                quantityMillionths: try row.value("quantity")
            )
            // Nothing is not shown.
            guard totals.events != 0 || totals.unpricedEvents != 0 || totals.cost != .zero else { continue }
            sums[try keys.indices.map { try row.optional("k\($0)", as: String.self) }] = totals
        }
        return sums
    }

    private static let tokens = [
        "input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens",
    ]

    private func column(_ dimension: LedgerDimension, _ add: (PostgresValue) -> String) -> String {
        switch dimension {
        case .workspace: "w.name"
        case .team: "s.team"
        case .project: "s.project"
        case .user: "s.user_id"
        case .sourceApp: "nullif(s.source_app, '')"
        case .provider: "nullif(s.provider, '')"
        case .model: "nullif(s.model, '')"
        case .operation: "nullif(s.operation, '')"
        case .serviceTier: "s.service_tier"
        case .tag(let key): "(e.tags ->> \(add(.text(key)))::text)"
        }
    }

    /// The first day of the local period, by PostgreSQL's calendar.
    private func firstDay(of kind: PeriodKind, zone: String) -> String {
        let day = "(e.occurred_at AT TIME ZONE \(zone))::date"
        let shift = "interval '\(calendar.fiscalYearStart - 1) months'"
        switch kind {
        case .day, .total: return day
        case .week: return "\(day) - ((extract(isodow FROM \(day))::int - \(calendar.weekStart) + 7) % 7)"
        case .month: return "date_trunc('month', \(day))::date"
        case .quarter, .year: return "(date_trunc('\(kind.rawValue)', \(day) - \(shift)) + \(shift))::date"
        }
    }

    private func amount(_ quantity: MeasuredQuantity?, _ add: (PostgresValue) -> String) -> String {
        guard let name = quantity?.name else { return "0" }
        if Self.tokens.contains(name) { return "e.\(name)::numeric * 1000000" }
        if let known = UsageQuantity(rawValue: name) {
            return """
                (SELECT sum(u.amount) FROM unnest(e.quantities, e.amounts) AS u (quantity, amount)
                WHERE u.quantity = \(add(.int(known.number)))::smallint)
                """
        }
        return """
            (SELECT sum((u ->> 'amount')::numeric) FROM jsonb_array_elements(e.details -> 'custom') AS u
            WHERE u ->> 'name' = \(add(.text(String(name.dropFirst("custom:".count)))))::text)
            """
    }
}
