internal import Domain
internal import Postgres

/// Which closed periods a report is made from: `cover`, as the statement's own snapshot has them.
extension ReportPlanner {
    /// The parts of the range: closed months, closed thirds of other months, other days, closed or not, and what is no
    /// day; with the coarsest grain hours in place of all that is not closed.
    mutating func addCover(_ plan: ReportPlan) {
        addMonths(plan)
        var stretches = [
            "SELECT workspace, 2::smallint AS kind, starts, ends, true AS closed FROM months",
            "SELECT workspace, 5::smallint, starts, ends, true FROM thirds",
            days(plan),
            """
            SELECT p.number, 0::smallint, g.starts, g.ends, false
                FROM places AS p CROSS JOIN unnest(\(starts(plan.gaps)), \(ends(plan.gaps))) AS g (starts, ends)
            """,
        ]
        if !plan.parts.isEmpty { stretches.append(partsOfDays(plan)) }
        let name = plan.hasQuarterSums ? "stretches" : "cover"
        add(part: "\(name) AS MATERIALIZED (\(stretches.joined(separator: " UNION ALL ")))")
        if plan.hasQuarterSums { add(part: Self.hours) }
    }

    private mutating func addMonths(_ plan: ReportPlan) {
        let months = "\(starts(plan.months)), \(ends(plan.months))"
        let thirds = "\(starts(plan.thirds.map(\.range))), \(ends(plan.thirds.map(\.range)))"
        add(
            part: """
                months AS MATERIALIZED (
                    SELECT p.number AS workspace, m.starts, m.ends, m.place
                    FROM places AS p CROSS JOIN unnest(\(months)) WITH ORDINALITY AS m (starts, ends, place)
                    JOIN closed_periods AS c ON c.workspace = p.number AND c.kind = 2 AND c.starts = m.starts
                        AND c.ends = m.ends AND c.has_all_sums
                ),
                thirds AS MATERIALIZED (
                    SELECT p.number AS workspace, t.starts, t.ends, t.place
                    FROM places AS p
                    CROSS JOIN unnest(\(thirds), \(numbers(plan.thirds.map(\.month)))) WITH ORDINALITY
                        AS t (starts, ends, month, place)
                    JOIN closed_periods AS c ON c.workspace = p.number AND c.kind = 5 AND c.starts = t.starts
                        AND c.ends = t.ends
                    LEFT JOIN months AS m ON m.workspace = p.number AND m.place = t.month
                    WHERE m.place IS NULL AND t.ends - t.starts = (
                        -- An older version's replica opens days without a look at thirds; closing them anew takes these away.
                        SELECT sum(d.ends - d.starts) FROM closed_periods AS d
                        WHERE d.workspace = p.number AND d.kind = 1 AND d.has_all_sums AND d.starts >= t.starts
                            AND d.ends <= t.ends
                    )
                )
                """
        )
    }

    private mutating func days(_ plan: ReportPlan) -> String {
        var isUsable = "c.workspace IS NOT NULL"
        if case .tags(let key) = plan.base {
            isUsable += " AND (c.has_all_tags OR \(add(.text(key)))::text = ANY(c.tags))"
        }
        let days = "\(starts(plan.days.map(\.range))), \(ends(plan.days.map(\.range)))"
        let places = "\(numbers(plan.days.map(\.month))), \(numbers(plan.days.map(\.third)))"
        return """
            SELECT p.number, 1::smallint, d.starts, d.ends, \(isUsable)
                FROM places AS p CROSS JOIN unnest(\(days), \(places)) AS d (starts, ends, month, third)
                LEFT JOIN closed_periods AS c ON c.workspace = p.number AND c.kind = 1 AND c.starts = d.starts
                    AND c.ends = d.ends AND c.has_all_sums
                LEFT JOIN months AS m ON m.workspace = p.number AND m.place = d.month
                LEFT JOIN thirds AS t ON t.workspace = p.number AND t.place = d.third
                WHERE m.place IS NULL AND t.place IS NULL
            """
    }

    private mutating func partsOfDays(_ plan: ReportPlan) -> String {
        let parts = "\(starts(plan.parts.map(\.range))), \(ends(plan.parts.map(\.range)))"
        let days = "\(starts(plan.parts.map(\.day))), \(ends(plan.parts.map(\.day)))"
        return """
            SELECT p.number, 4::smallint, g.starts, g.ends, c.workspace IS NOT NULL
                FROM places AS p CROSS JOIN unnest(\(parts), \(days)) AS g (starts, ends, day_starts, day_ends)
                LEFT JOIN closed_periods AS c ON c.workspace = p.number AND c.kind = 1 AND c.starts = g.day_starts
                    AND c.ends = g.day_ends AND c.has_all_sums
            """
    }

    /// What is open is looked at by the hour only where hours were closed: that is the present day.
    private static let hours = """
        open AS MATERIALIZED (
            SELECT s.workspace, s.starts, s.ends, EXISTS (
                SELECT FROM closed_periods AS c
                WHERE c.workspace = s.workspace AND c.kind = 1 AND c.starts > s.starts - interval '1 hour'
                    AND c.starts < s.ends AND c.ends - c.starts = interval '1 hour'
            ) AS has_hours
            FROM stretches AS s WHERE NOT s.closed
        ),
        cover AS MATERIALIZED (
            SELECT * FROM stretches WHERE closed
            UNION ALL
            SELECT workspace, 0::smallint, starts, ends, false FROM open WHERE NOT has_hours
            UNION ALL
            SELECT s.workspace, 4::smallint, greatest(h, s.starts), least(h + interval '1 hour', s.ends),
                c.workspace IS NOT NULL
            FROM open AS s CROSS JOIN LATERAL generate_series(
                date_bin('1 hour', s.starts, 'epoch'), s.ends - interval '1 microsecond', interval '1 hour') AS h
            LEFT JOIN closed_periods AS c ON c.workspace = s.workspace AND c.kind = 1 AND c.starts = h
                AND c.ends = h + interval '1 hour'
            WHERE s.has_hours
        )
        """

    private mutating func numbers(_ places: [Int]) -> String {
        "\(add(.int32Array(places.map { Int32($0) })))::integer[]"
    }

    private mutating func starts(_ ranges: [Range<Timestamp>]) -> String {
        "\(add(.timestampArray(ranges.map(\.lowerBound))))::timestamptz[]"
    }

    private mutating func ends(_ ranges: [Range<Timestamp>]) -> String {
        "\(add(.timestampArray(ranges.map(\.upperBound))))::timestamptz[]"
    }
}
