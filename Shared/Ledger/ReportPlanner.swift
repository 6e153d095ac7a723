internal import Domain
internal import Postgres

/// Writes the statement of a report.
///
/// It is pure: text from constants and parameters in, a statement out.
///
/// Sums come from rollups where they can. A range that starts or ends within a quarter of an hour takes its edges from
/// events, and whatever asks for tags comes from events altogether.
struct ReportPlanner {
    private let query: LedgerQuery
    private(set) var values: [PostgresValue] = []
    private let usesRollups: Bool
    /// Whether only the further quantity is of interest, and rows without it may be left out.
    private let isVolume: Bool

    /// - Parameters:
    ///   - query: The events.
    ///   - dimension: What the report groups by.
    ///   - boundaries: Where its intervals meet.
    ///   - isVolume: Whether only the further quantity is summed.
    init(_ query: LedgerQuery, dimension: LedgerDimension?, boundaries: [Timestamp], isVolume: Bool = false) {
        self.query = query
        self.isVolume = isVolume
        let needsEvents =
            query.recordedBefore != nil || query.filters.contains { $0.dimension.isTag } || dimension?.isTag == true
            || !boundaries.allSatisfy { $0.isOnGrain }
        usesRollups =
            switch query.source {
            case .best: !needsEvents
            case .events: false
            case .rollups: true
            }
    }

    /// The sums over everything.
    static func totals(_ query: LedgerQuery) -> PostgresQuery {
        var planner = ReportPlanner(query, dimension: nil, boundaries: [])
        let facts = planner.facts(dimension: nil, slot: "0")
        return PostgresQuery(SQL(assembled: "SELECT \(sums) FROM (\(facts)) AS facts"), planner.values)
    }

    /// The sum of the further quantity alone, as `quantity`.
    static func volume(_ query: LedgerQuery) -> PostgresQuery {
        var planner = ReportPlanner(query, dimension: nil, boundaries: [], isVolume: true)
        let facts = planner.facts(dimension: nil, slot: "0")
        return PostgresQuery(
            SQL(assembled: "SELECT coalesce(sum(quantity), 0) AS quantity FROM (\(facts)) AS facts"),
            planner.values
        )
    }

    /// The sums by a dimension: rows `key`, `no_key`, `is_other`, `slot` and the sums, ordered by rank and slot.
    ///
    /// - Parameters:
    ///   - query: The events.
    ///   - dimension: What to group by; without one all events have the key "".
    ///   - boundaries: The starts of the slots 1, 2, … and the end of the last; empty for one slot 0.
    ///   - limit: How many keys have rows of their own.
    /// - Returns: The statement; it yields at most (limit + 1) × slots rows.
    static func groups(
        _ query: LedgerQuery,
        by dimension: LedgerDimension?,
        boundaries: [Timestamp] = [],
        limit: Int
    ) -> PostgresQuery {
        var planner = ReportPlanner(query, dimension: dimension, boundaries: boundaries)
        var slot = "0"
        if !boundaries.isEmpty { slot = "width_bucket(at, \(planner.add(.timestampArray(boundaries)))::timestamptz[])" }
        let facts = planner.facts(dimension: dimension, slot: slot)
        let bound = planner.add(.int(limit)) + "::bigint"
        let text = """
            WITH facts AS (\(facts)),
            cells AS (SELECT coalesce(key, '') AS key, key IS NULL AS no_key, slot, \(sums) FROM facts GROUP BY 1, 2, 3),
            ranks AS (
                SELECT key, no_key,
                    row_number() OVER (ORDER BY sum(cost) DESC, sum(events) DESC, no_key, key COLLATE "C") AS rank
                FROM cells GROUP BY key, no_key
            )
            SELECT CASE WHEN rank <= \(bound) THEN key ELSE '' END AS key, rank <= \(bound) AND no_key AS no_key,
                rank > \(bound) AS is_other, least(rank, \(bound) + 1) AS rank, slot, \(sums)
            FROM cells JOIN ranks USING (key, no_key)
            GROUP BY 1, 2, 3, 4, 5 ORDER BY 4, 5
            """
        return PostgresQuery(SQL(assembled: text), planner.values)
    }

    /// What is summed, by the names that the reader knows; everything is `numeric` or `bigint`.
    private static let measures = [
        "cost", "events", "unpriced_events", "input_tokens", "output_tokens", "cache_read_tokens",
        "cache_write_tokens", "reasoning_tokens", "quantity",
    ]
    private static let sums = measures.map { "coalesce(sum(\($0)), 0) AS \($0)" }.joined(separator: ", ")

    /// Adds a parameter and returns its name.
    mutating func add(_ value: PostgresValue) -> String {
        values.append(value)
        return "$\(values.count)"
    }

    /// Rows to sum: `key`, `slot` and the measures.
    private mutating func facts(dimension: LedgerDimension?, slot: String) -> String {
        var key = "''::text"
        if let dimension { key = column(dimension) }
        var conditions = ["true"]
        for filter in query.filters where !filter.dimension.isTag { conditions.append(condition(filter)) }
        return """
            SELECT \(key) AS key, \(slot) AS slot, \(Self.measures.map { "f.\($0)" }.joined(separator: ", "))
            FROM (\(sources().joined(separator: " UNION ALL "))) AS f
            JOIN series AS s ON s.id = f.series_id
            JOIN ledger_workspaces AS w ON w.number = s.workspace
            WHERE \(conditions.joined(separator: " AND "))
            """
    }

    mutating func sources() -> [String] {
        guard usesRollups else { return [events(from: query.from, to: query.to)] }
        if query.source == .rollups { return rollups(from: query.from, to: query.to) }
        let first = query.from.ceiledToGrain
        let last = query.to.flooredToGrain
        guard first <= last else { return [events(from: query.from, to: query.to)] }
        var parts = rollups(from: first, to: last)
        if query.from < first { parts.append(events(from: query.from, to: first)) }
        if last < query.to { parts.append(events(from: last, to: query.to)) }
        return parts
    }

    private mutating func rollups(from: Timestamp, to: Timestamp) -> [String] {
        let condition = range("bucket", from, to, of: "r")
        var parts = [
            """
            SELECT series_id, bucket AS at, NULL::jsonb AS tags, cost, events, unpriced_events, input_tokens,
                output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, \(ownColumn) AS quantity
            FROM rollups AS r WHERE \(condition)
            """
        ]
        if let quantity = query.quantity, column(of: quantity) == nil {
            if isVolume { parts = [] }
            parts.append(
                """
                SELECT series_id, bucket AS at, NULL::jsonb AS tags, 0::numeric AS cost, 0::bigint AS events,
                    0::bigint AS unpriced_events, 0::bigint AS input_tokens, 0::bigint AS output_tokens,
                    0::bigint AS cache_read_tokens, 0::bigint AS cache_write_tokens, 0::bigint AS reasoning_tokens,
                    amount AS quantity
                FROM rollup_quantities AS r WHERE \(condition) AND quantity = \(add(.text(quantity.name)))::text
                """
            )
        }
        return parts
    }

    mutating func events(from: Timestamp, to: Timestamp) -> String {
        var conditions = [range("occurred_at", from, to, of: "e")]
        if let before = query.recordedBefore { conditions.append("recorded_at < \(add(.timestamp(before)))") }
        for filter in query.filters where filter.dimension.isTag { conditions.append(condition(filter)) }
        return """
            SELECT series_id, occurred_at AS at, tags, cost::numeric AS cost, events, unpriced_events, input_tokens,
                output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, \(eventQuantity()) AS quantity
            FROM usage_events AS e WHERE \(conditions.joined(separator: " AND "))
            """
    }

    mutating func range(_ column: String, _ from: Timestamp, _ to: Timestamp, of table: String) -> String {
        var text = "\(column) >= \(add(.timestamp(from))) AND \(column) < \(add(.timestamp(to)))"
        if let names = query.workspaces {
            text += " AND \(table).workspace = ANY(ARRAY(SELECT number FROM ledger_workspaces"
            text += " WHERE name = ANY(\(add(.textArray(names)))::text[])))"
        }
        return text
    }
}

/// Columns.
extension ReportPlanner {
    private func column(of quantity: MeasuredQuantity) -> String? {
        UsageQuantity(rawValue: quantity.name).flatMap { $0.hasColumn ? $0.rawValue : nil }
    }

    /// The further quantity in millionths, when the rollups have a column for it.
    private var ownColumn: String {
        guard let name = query.quantity.flatMap({ column(of: $0) }) else { return "0::numeric" }
        return "\(name)::numeric * 1000000"
    }

    private mutating func eventQuantity() -> String {
        guard let quantity = query.quantity else { return "0::numeric" }
        if column(of: quantity) != nil { return ownColumn }
        if let known = UsageQuantity(rawValue: quantity.name) {
            // The array has each quantity once.
            return "coalesce(amounts[array_position(quantities, \(add(.int(known.number)))::smallint)], 0)::numeric"
        }
        let isCustom = quantity.name.hasPrefix(MeasuredQuantity.customPrefix)
        let prefix = isCustom ? MeasuredQuantity.customPrefix : MeasuredQuantity.guardrailPrefix
        let name = add(.text(String(quantity.name.dropFirst(prefix.count))))
        return """
            coalesce((SELECT sum((item ->> 'amount')::numeric) FROM jsonb_array_elements(
                details -> '\(isCustom ? "custom" : "guardrail")') AS item WHERE item ->> 'name' = \(name)::text), 0)
            """
    }

    /// An expression for a dimension's value; a tag's key is a parameter.
    private mutating func column(_ dimension: LedgerDimension) -> String {
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
        case .tag(let key): "tags ->> \(add(.text(key)))::text"
        }
    }

    mutating func condition(_ filter: LedgerFilter) -> String {
        "\(column(filter.dimension)) = ANY(\(add(.textArray(filter.values)))::text[])"
    }
}

extension Timestamp {
    /// Whether rollups can be cut here.
    var isOnGrain: Bool { microseconds == flooredToGrain.microseconds }

    var flooredToGrain: Timestamp { floored(toSeconds: RollupBatch.bucketSeconds) }

    var ceiledToGrain: Timestamp {
        isOnGrain ? self : flooredToGrain.adding(microseconds: RollupBatch.bucketSeconds * 1_000_000)
    }
}
