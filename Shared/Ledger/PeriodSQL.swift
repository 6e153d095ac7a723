internal import Postgres

/// What sums are kept of.
enum ClosedPeriod: Sendable {
    /// A day of the workspace's calendar; with it go sums of its quarters of an hour, without teams, source apps, people
    /// and projects.
    case day
    /// A month of it.
    case month
    /// A month's first ten days, second ten days, or the rest.
    case third
    /// An hour of UTC, of the day that is not over: sums of its quarters of an hour as of a day's.
    case hour

    /// Its `kind` in `closed_periods`.
    ///
    /// Hours are short days there: who opens or closes a day takes them away with it, also a replica of a version that
    /// does not know them.
    var kind: Int {
        switch self {
        case .day, .hour: 1
        case .month: 2
        case .third: 5
        }
    }

    /// The `kind` of its sums in `period_sums`.
    var sumsKind: Int { self == .hour ? 4 : kind }
}

/// The statements that close a period: `$1` is the workspace, `$2` and `$3` are the range.
enum PeriodSQL {
    private static let tokens = """
        sum(events), sum(unpriced_events), sum(input_tokens), sum(output_tokens), sum(cache_read_tokens),
            sum(cache_write_tokens), sum(reasoning_tokens)
        """
    /// The dimensions that sums of a grain keep apart (``ReportPlan/grain``).
    private static func dimensions(of grain: Int) -> String {
        switch grain {
        case 1: "s.team, s.source_app, s.provider, s.model, s.operation, s.service_tier"
        case 2: "s.provider, s.model, s.operation, s.service_tier"
        default: "s.team, s.user_id, s.provider, s.model"
        }
    }

    /// Takes closed periods away that overlap, also those of an earlier calendar.
    static func forget(_ period: ClosedPeriod) -> SQL {
        SQL(
            assembled: """
                DELETE FROM closed_periods
                WHERE workspace = $1::integer AND kind = \(period.kind) AND starts < $3::timestamptz AND ends > $2::timestamptz
                """
        )
    }

    static func forgetSums(_ period: ClosedPeriod) -> SQL {
        SQL(
            assembled: """
                DELETE FROM period_sums
                WHERE workspace = $1::integer AND kind = \(period.sumsKind) AND grain IN (0, 1, 2, 3)
                    AND starts >= $2::timestamptz AND starts < $3::timestamptz
                """
        )
    }

    static let forgetTags: SQL = """
        DELETE FROM period_tag_sums
        WHERE workspace = $1::integer AND kind = 1 AND grain IN (1, 2) AND starts >= $2::timestamptz
            AND starts < $3::timestamptz
        """

    /// Division cuts towards zero and the remainder has the sum's sign: both together are the sum.
    static let sumDay = SQL(
        assembled: """
            INSERT INTO period_sums
            SELECT workspace, 1, 0, $2::timestamptz, series_id, \(tokens), div(sum(cost), 1000000),
                mod(sum(cost), 1000000)
            FROM rollups
            WHERE workspace = $1::integer AND bucket >= $2::timestamptz AND bucket < $3::timestamptz
            GROUP BY workspace, series_id
            """
    )

    /// One series for all that a grain does not keep apart, the same one in each period: so that a report over many
    /// periods adds up few series.
    private static func families(of grain: Int) -> String {
        """
        WITH keyed AS MATERIALIZED (
                SELECT s.id, ROW(\(dimensions(of: grain)))::text AS key FROM series AS s WHERE s.workspace = $1::integer
            ),
            families AS MATERIALIZED (
                SELECT k.id, f.family
                FROM keyed AS k JOIN (SELECT key, min(id) AS family FROM keyed GROUP BY key) AS f USING (key)
            )
        """
    }

    /// Quarters of an hour by provider, model, operation and tier alone: few rows, whatever the firm's size.
    static let sumQuarters = SQL(
        assembled: """
            \(families(of: 2))
            INSERT INTO period_sums
            SELECT $1::integer, 4, 2, r.bucket, f.family, \(tokens), div(sum(cost), 1000000), mod(sum(cost), 1000000)
            FROM rollups AS r JOIN families AS f ON f.id = r.series_id
            WHERE r.workspace = $1::integer AND r.bucket >= $2::timestamptz AND r.bucket < $3::timestamptz
            GROUP BY r.bucket, f.family
            """
    )

    static let closeHours: SQL = """
        INSERT INTO closed_periods (workspace, kind, starts, ends, tags, has_all_tags, closed_at)
        SELECT $1::integer, 1, h, h + interval '1 hour', '{}', false, now()
        FROM generate_series($2::timestamptz, $3::timestamptz - interval '1 hour', interval '1 hour') AS h
        """

    /// Only while all days of a month, or of a third of it, are closed, one after the other.
    static func sumDays(into period: ClosedPeriod) -> SQL {
        SQL(
            assembled: """
                INSERT INTO period_sums
                SELECT workspace, \(period.sumsKind), 0, $2::timestamptz, series_id, \(tokens), sum(micro_dollars),
                    sum(pico_rest)
                FROM period_sums
                WHERE workspace = $1::integer AND kind = 1 AND grain = 0 AND starts >= $2::timestamptz
                    AND starts < $3::timestamptz AND \(daysFillRange)
                GROUP BY workspace, series_id
                """
        )
    }

    static func sumCoarser(_ grain: Int, _ period: ClosedPeriod) -> SQL {
        SQL(
            assembled: """
                \(families(of: grain))
                INSERT INTO period_sums
                SELECT p.workspace, p.kind, \(grain), p.starts, f.family, \(tokens), sum(micro_dollars), sum(pico_rest)
                FROM period_sums AS p JOIN families AS f ON f.id = p.series_id
                WHERE p.workspace = $1::integer AND p.kind = \(period.sumsKind) AND p.grain = \(grain == 3 ? 0 : grain - 1)
                    AND p.starts = $2::timestamptz AND p.starts < $3::timestamptz
                GROUP BY p.workspace, p.kind, p.starts, f.family
                """
        )
    }

    private static let daysFillRange = """
        (
                SELECT sum(extract(epoch FROM c.ends - c.starts)) = extract(epoch FROM $3::timestamptz - $2::timestamptz)
                FROM closed_periods AS c
                WHERE c.workspace = $1::integer AND c.kind = 1 AND c.has_all_sums
                    AND c.starts >= $2::timestamptz AND c.ends <= $3::timestamptz
            )
        """

    /// Closes a month, or a third of one.
    static func closeDays(as period: ClosedPeriod) -> SQL {
        SQL(
            assembled: """
                INSERT INTO closed_periods (workspace, kind, starts, ends, tags, has_all_tags, closed_at, has_all_sums)
                SELECT $1::integer, \(period.kind), $2::timestamptz, $3::timestamptz, '{}', false, now(), true
                WHERE \(daysFillRange)
                """
        )
    }

    /// Sums by the values of tags, and the closing itself; `$4` and `$5` are the most values of a key and keys.
    static let sumTags = SQL(
        assembled: """
            WITH given AS MATERIALIZED (
                SELECT e.series_id, t.key, t.value, sum(e.events) AS events, sum(e.unpriced_events) AS unpriced_events,
                    sum(e.input_tokens) AS input_tokens, sum(e.output_tokens) AS output_tokens,
                    sum(e.cache_read_tokens) AS cache_read_tokens, sum(e.cache_write_tokens) AS cache_write_tokens,
                    sum(e.reasoning_tokens) AS reasoning_tokens, coalesce(sum(e.cost), 0) AS cost
                FROM usage_events AS e CROSS JOIN LATERAL jsonb_each_text(e.tags) AS t (key, value)
                WHERE e.workspace = $1::integer AND e.occurred_at >= $2::timestamptz AND e.occurred_at < $3::timestamptz
                GROUP BY 1, 2, 3
                UNION ALL
                -- What rows had that were dropped.
                SELECT p.series_id, p.key, p.value, p.events, p.unpriced_events, p.input_tokens, p.output_tokens,
                    p.cache_read_tokens, p.cache_write_tokens, p.reasoning_tokens,
                    p.micro_dollars * 1000000::numeric + p.pico_rest
                FROM period_tag_sums AS p
                WHERE p.workspace = $1::integer AND p.kind = 3 AND p.grain = 1 AND p.starts >= $2::timestamptz
                    AND p.starts < $3::timestamptz
            ),
            dropped AS MATERIALIZED (
                SELECT d.tags, d.has_all_tags FROM dropped_rows AS d
                WHERE d.workspace = $1::integer AND d.starts >= $2::timestamptz AND d.starts < $3::timestamptz
            ),
            keys AS MATERIALIZED (
                SELECT key, sum(events) AS events, count(DISTINCT value) <= $4::bigint
                    AND max(octet_length(value)) <= 512 AND octet_length(key) <= 256
                    -- Of a key whose sums were not kept the dropped rows' part is not known.
                    AND NOT EXISTS (SELECT FROM dropped AS d WHERE NOT d.has_all_tags AND key <> ALL(d.tags)) AS is_usable
                FROM given GROUP BY key
            ),
            kept AS MATERIALIZED (
                SELECT key FROM keys WHERE is_usable ORDER BY events DESC, key COLLATE "C" LIMIT $5::bigint
            ),
            families AS (
                SELECT g.series_id, min(g.series_id) OVER (PARTITION BY \(dimensions(of: 1))) AS family,
                    min(g.series_id) OVER (PARTITION BY \(dimensions(of: 2))) AS wide_family
                FROM (SELECT DISTINCT series_id FROM given) AS g JOIN series AS s ON s.id = g.series_id
            ),
            sums AS (
                INSERT INTO period_tag_sums
                SELECT $1::integer, 1, grain, $2::timestamptz, key, value,
                    CASE grain WHEN 1 THEN family ELSE wide_family END, sum(events), sum(unpriced_events),
                    coalesce(sum(input_tokens), 0), coalesce(sum(output_tokens), 0),
                    coalesce(sum(cache_read_tokens), 0), coalesce(sum(cache_write_tokens), 0),
                    coalesce(sum(reasoning_tokens), 0), div(sum(cost), 1000000), mod(sum(cost), 1000000)
                FROM given JOIN kept USING (key) JOIN families USING (series_id)
                CROSS JOIN (VALUES (1), (2)) AS grains (grain)
                GROUP BY 3, 5, 6, 7
            )
            INSERT INTO closed_periods (workspace, kind, starts, ends, tags, has_all_tags, closed_at, has_all_sums)
            SELECT $1::integer, 1, $2::timestamptz, $3::timestamptz, ARRAY(SELECT key FROM kept),
                (SELECT count(*) FROM keys) = (SELECT count(*) FROM kept)
                    AND NOT EXISTS (SELECT FROM dropped AS d WHERE NOT d.has_all_tags), now(), true
            """
    )
}
