internal import Postgres

/// The statements that drop the rows of days: `$1` is the workspace, `$2` and `$3` are the days' starts and ends.
///
/// Only days that are closed are dropped: all that reports say of them is kept then.
enum RetentionSQL {
    private static let tokens =
        "input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens"
    private static let figures = "events, unpriced_events, " + tokens

    /// Deletes a day's rows and adds their sums to what is known of dropped rows; `$4` is the present.
    static let deleteDay = SQL(
        assembled: """
            WITH day AS MATERIALIZED (\(closedDays)),
            gone AS (
                DELETE FROM usage_events AS e USING day
                WHERE e.workspace = $1::integer AND e.occurred_at >= day.starts AND e.occurred_at < day.ends
                RETURNING day.starts, e.cost, \(figures.qualified(by: "e"))
            )
            \(keepSums(of: "gone"))
            """
    )

    /// Adds the sums of days' rows, which another statement will take away, in one partition; `$4` is the present.
    static func recordDays(in partition: String) -> SQL {
        SQL(
            assembled: """
                WITH day AS MATERIALIZED (\(closedDays)),
                gone AS (
                    SELECT day.starts, e.cost, \(figures.qualified(by: "e"))
                    FROM day JOIN \(partition) AS e ON e.workspace = $1::integer AND e.occurred_at >= day.starts
                        AND e.occurred_at < day.ends
                )
                \(keepSums(of: "gone"))
                """
        )
    }

    private static let closedDays = """
        SELECT c.starts, c.ends, c.tags, c.has_all_tags
            FROM unnest($2::timestamptz[], $3::timestamptz[]) AS g (starts, ends)
            JOIN closed_periods AS c ON c.workspace = $1::integer AND c.kind = 1 AND c.starts = g.starts
                AND c.ends = g.ends
        """

    /// Yields how many rows there were.
    private static func keepSums(of rows: String) -> String {
        let sums = figures.split(separator: ", ").map { "coalesce(sum(\($0)), 0)" }.joined(separator: ", ")
        let added = figures.split(separator: ", ").map { "\($0) = d.\($0) + excluded.\($0)" }.joined(separator: ", ")
        return """
            , sums AS (
                SELECT starts, count(*) AS rows, \(sums), coalesce(sum(cost), 0) FROM \(rows) GROUP BY starts
            ),
            kept AS (
                INSERT INTO dropped_rows AS d (workspace, starts, rows, \(figures), cost, ends, tags, has_all_tags,
                    dropped_at)
                SELECT $1::integer, sums.*, day.ends, day.tags, day.has_all_tags, $4::timestamptz
                FROM sums JOIN day USING (starts)
                ON CONFLICT (workspace, starts) DO UPDATE SET ends = excluded.ends, rows = d.rows + excluded.rows,
                    \(added), cost = d.cost + excluded.cost, tags = excluded.tags,
                    has_all_tags = excluded.has_all_tags, dropped_at = excluded.dropped_at
            )
            SELECT coalesce(sum(rows), 0) AS rows FROM sums
            """
    }

    /// Days whose rollups are not the sum of what was dropped: none.
    ///
    /// Days of another calendar that overlap cannot be told apart any more.
    static let findDifferences = SQL(
        assembled: """
            SELECT d.starts FROM unnest($2::timestamptz[], $3::timestamptz[]) AS g (starts, ends)
            JOIN dropped_rows AS d ON d.workspace = $1::integer AND d.starts = g.starts AND d.ends = g.ends
            CROSS JOIN LATERAL (
                SELECT coalesce(sum(cost), 0) AS cost, \(
                    figures.split(separator: ", ").map { "coalesce(sum(\($0)), 0) AS \($0)" }.joined(separator: ", "))
                FROM rollups AS r WHERE r.workspace = $1::integer AND r.bucket >= d.starts AND r.bucket < d.ends
            ) AS r
            WHERE (d.cost, \(figures.qualified(by: "d"))) <> (r.cost, \(figures.qualified(by: "r")))
                AND NOT EXISTS (
                    SELECT FROM dropped_rows AS o WHERE o.workspace = $1::integer AND o.starts <> d.starts
                        AND o.starts < d.ends AND o.ends > d.starts
                )
            LIMIT 1
            """
    )

    static let forgetTags: SQL = """
        DELETE FROM period_tag_sums AS p USING unnest($2::timestamptz[]) AS g (starts)
        WHERE p.workspace = $1::integer AND p.kind = 3 AND p.grain = 1 AND p.starts = g.starts
        """

    /// Keeps the sums by tag apart from those of the closed day, which are made again when a late event comes.
    static let keepTags = SQL(
        assembled: """
            INSERT INTO period_tag_sums
            SELECT p.workspace, 3, p.grain, p.starts, p.key, p.value, p.series_id, \(figures.qualified(by: "p")),
                p.micro_dollars, p.pico_rest
            FROM unnest($2::timestamptz[]) AS g (starts)
            JOIN dropped_rows AS d ON d.workspace = $1::integer AND d.starts = g.starts
            JOIN period_tag_sums AS p ON p.workspace = $1::integer AND p.kind = 1 AND p.grain = 1
                AND p.starts = g.starts
            """
    )

    /// What cannot be priced any more is not on the list of what has no price.
    static let forgetUnpriced: SQL = """
        DELETE FROM unpriced_quantities AS u USING unnest($2::timestamptz[], $3::timestamptz[]) AS g (starts, ends)
        WHERE u.workspace = $1::integer AND u.occurred_at >= g.starts AND u.occurred_at < g.ends
        """
}

extension String {
    /// Names of columns, of a table.
    fileprivate func qualified(by table: String) -> String {
        split(separator: ", ").map { "\(table).\($0)" }.joined(separator: ", ")
    }
}
