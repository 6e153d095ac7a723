internal import Domain
internal import Postgres

/// What a report adds up: `facts`, rows of a series, the intervals and tags that are grouped by (`g0`, …), and sums.
extension ReportPlanner {
    mutating func addFacts(_ plan: ReportPlan, measures: Measures, groupings: [LedgerGrouping]) {
        addPlaces()
        addWanted()
        if plan.looksUpPeriods { addCover(plan) }
        var facts = FactsText(measures: measures, quantity: query.quantity)
        for (place, grouping) in groupings.enumerated() {
            switch grouping {
            case .time(let boundaries):
                facts.intervals.append((place, "\(add(.timestampArray(boundaries)))::timestamptz[]"))
            case .dimension(.tag(let key)): facts.tags.append((place, "\(add(.text(key)))::text"))
            case .dimension: break
            }
        }
        if hasSeriesFilter { facts.conditions.append("series_id IN (SELECT id FROM wanted)") }
        var sources: [String] = []
        switch plan.base {
        case .events: sources.append(events(query.from..<query.to, facts))
        case .quarters: sources += quarters(query.from.ceiledToGrain..<query.to.flooredToGrain, facts)
        case .periods:
            sources += [periods(plan, facts), openQuarters(facts)]
            if plan.hasQuarterSums { sources.append(closedQuarters(facts)) }
        case .tags(let key): sources += tags(key, plan, facts) + [openEvents(facts)]
        }
        for edge in plan.edges { sources.append(events(edge, facts)) }
        add(part: "facts AS (\(sources.joined(separator: " UNION ALL ")))")
    }

    private var hasSeriesFilter: Bool { query.filters.contains { !$0.dimension.isTag } }

    private mutating func addPlaces() {
        var names = ""
        if let workspaces = query.workspaces { names = " WHERE name = ANY(\(add(.textArray(workspaces)))::text[])" }
        add(part: "places AS MATERIALIZED (SELECT number FROM ledger_workspaces\(names))")
    }

    /// The series that pass the filters.
    private mutating func addWanted() {
        guard hasSeriesFilter else { return }
        var conditions = ["s.workspace = ANY(ARRAY(SELECT number FROM places))"]
        for filter in query.filters where !filter.dimension.isTag { conditions.append(condition(filter)) }
        add(
            part: """
                wanted AS MATERIALIZED (
                    SELECT s.id FROM series AS s JOIN ledger_workspaces AS w ON w.number = s.workspace
                    WHERE \(conditions.joined(separator: " AND "))
                )
                """
        )
    }
}

/// The sources.
extension ReportPlanner {
    /// Sums of closed periods.
    private func periods(_ plan: ReportPlan, _ facts: FactsText) -> String {
        // By intervals there is hardly anything to group; without them what is joined with the series is far less.
        let isByInterval = !facts.intervals.isEmpty
        return """
            SELECT \(facts.columns(time: "p.starts", tag: nil, isByInterval ? .singlePeriods : .periods))
            FROM cover AS c JOIN period_sums AS p ON p.workspace = c.workspace AND p.kind = c.kind
                AND p.grain = \(plan.grain) AND p.starts = c.starts
            WHERE c.closed AND c.kind <> 4\(facts.condition) \(isByInterval ? "" : facts.grouping)
            """
    }

    /// Quarters of an hour of closed days and hours; each part by itself, for there are no statistics of the cover.
    private func closedQuarters(_ facts: FactsText) -> String {
        """
        SELECT q.* FROM cover AS c CROSS JOIN LATERAL (
            SELECT \(facts.columns(time: "p.starts", tag: nil, .periods))
            FROM period_sums AS p
            WHERE p.workspace = c.workspace AND p.kind = 4 AND p.grain = 2 AND p.starts >= c.starts
                AND p.starts < c.ends\(facts.condition)
            \(facts.grouping)
        ) AS q WHERE c.closed AND c.kind = 4
        """
    }

    /// Sums of closed days by a tag's value, and those of events without it: all less those that have it.
    private mutating func tags(_ key: String, _ plan: ReportPlan, _ facts: FactsText) -> [String] {
        let name = "\(add(.text(key)))::text"
        let source = """
            FROM cover AS c JOIN period_tag_sums AS p ON p.workspace = c.workspace AND p.kind = c.kind
                AND p.grain = \(plan.grain) AND p.starts = c.starts AND p.key = \(name)
            WHERE c.closed\(facts.condition)
            """
        let filters = query.filters.filter(\.dimension.isTag)
        var conditions = ""
        for filter in filters { conditions += " AND p.value = ANY(\(add(.textArray(filter.values)))::text[])" }
        let columns = facts.columns(time: "c.starts", tag: "'=' || p.value", .periods)
        add(part: "valued AS MATERIALIZED (SELECT \(columns) \(source)\(conditions) \(facts.grouping))")
        // An event without the tag passes no filter on it.
        guard filters.isEmpty else { return ["SELECT * FROM valued"] }
        return ["SELECT * FROM valued", "SELECT \(facts.negated) FROM valued", periods(plan, facts)]
    }

    /// Quarters of an hour of what is not closed.
    private func openQuarters(_ facts: FactsText) -> String {
        """
        SELECT q.* FROM cover AS c CROSS JOIN LATERAL (
            SELECT \(facts.columns(time: "r.bucket", tag: nil, .rows))
            FROM rollups AS r
            WHERE r.workspace = c.workspace AND r.bucket >= c.starts AND r.bucket < c.ends\(facts.condition)
            \(facts.grouping)
        ) AS q WHERE NOT c.closed
        """
    }

    /// Rows of what is not closed.
    private mutating func openEvents(_ facts: FactsText) -> String {
        """
        SELECT q.* FROM cover AS c CROSS JOIN LATERAL (
            SELECT \(facts.columns(time: "e.occurred_at", tag: "", .rows))
            FROM usage_events AS e
            WHERE e.workspace = c.workspace AND e.occurred_at >= c.starts
                AND e.occurred_at < c.ends\(tagConditions())\(facts.condition)
            \(facts.grouping)
        ) AS q WHERE NOT c.closed
        """
    }

    private mutating func tagConditions() -> String {
        var text = ""
        for filter in query.filters where filter.dimension.isTag { text += " AND \(condition(filter))" }
        return text
    }

    /// Quarters of an hour of a range.
    private mutating func quarters(_ range: Range<Timestamp>, _ facts: FactsText) -> [String] {
        let condition = self.range("bucket", range.lowerBound, range.upperBound, of: "r") + facts.condition
        var sources = [
            """
            SELECT \(facts.columns(time: "r.bucket", tag: nil, .rows)) FROM rollups AS r
            WHERE \(condition) \(facts.grouping)
            """
        ]
        if let quantity = query.quantity, quantity.column == nil {
            if isVolume { sources = [] }
            sources.append(
                """
                SELECT \(facts.columns(time: "r.bucket", tag: nil, .quantity)) FROM rollup_quantities AS r
                WHERE \(condition) AND quantity = \(add(.text(quantity.name)))::text \(facts.grouping)
                """
            )
        }
        return sources
    }

    /// Rows of a range.
    private mutating func events(_ range: Range<Timestamp>, _ facts: FactsText) -> String {
        var conditions = self.range("e.occurred_at", range.lowerBound, range.upperBound, of: "e")
        if let before = query.recordedBefore { conditions += " AND e.recorded_at < \(add(.timestamp(before)))" }
        conditions += tagConditions() + facts.condition
        let amount = rowQuantity()
        return """
            SELECT \(facts.columns(time: "e.occurred_at", tag: "", .rows, amount)) FROM usage_events AS e
            WHERE \(conditions) \(facts.grouping)
            """
    }

    /// The further quantity of a row in millionths, when it has no column of its own.
    private mutating func rowQuantity() -> String? {
        guard let quantity = query.quantity, quantity.column == nil else { return nil }
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

    /// The sum of the further quantity alone, as `quantity`.
    static func volume(_ query: LedgerQuery) -> PostgresQuery {
        var planner = ReportPlanner(query)
        planner.isVolume = true
        planner.addFacts(ReportPlan(query, groupings: []), measures: .volume, groupings: [])
        let text = "\(planner.head) SELECT \(Measures.volume.sums(of: "f")) FROM facts AS f"
        return PostgresQuery(SQL(assembled: text), planner.values)
    }
}
