internal import Postgres

/// Sums of periods that are over, kept so that a report need not add up their quarters of an hour again.
extension LedgerSchema {
    /// What is in `closed_periods` decides: a row there says that the sums of its period are those of the ledger.
    ///
    /// Whoever changes a quarter of an hour takes the rows of its periods away, in the same transaction.
    static let closing: SQL = """
        CREATE TABLE closed_periods (
            workspace integer NOT NULL,
            -- 1 is a day, 2 a month, both of the workspace's calendar at the time.
            kind smallint NOT NULL,
            starts timestamptz NOT NULL,
            ends timestamptz NOT NULL,
            -- Keys of tags whose sums were kept, and whether these are all that the day's events have.
            tags text[] NOT NULL,
            has_all_tags boolean NOT NULL,
            closed_at timestamptz NOT NULL,
            PRIMARY KEY (workspace, kind, starts)
        ) WITH (fillfactor = 70);
        CREATE TABLE period_sums (
            workspace integer NOT NULL,
            kind smallint NOT NULL,
            -- 0 keeps series apart, 1 knows no people and projects, 2 no teams and source apps either; series_id is
            -- then any series with the dimensions that are left.
            grain smallint NOT NULL,
            starts timestamptz NOT NULL,
            series_id bigint NOT NULL,
            events bigint NOT NULL,
            unpriced_events bigint NOT NULL,
            input_tokens bigint NOT NULL,
            output_tokens bigint NOT NULL,
            cache_read_tokens bigint NOT NULL,
            cache_write_tokens bigint NOT NULL,
            reasoning_tokens bigint NOT NULL,
            -- The cost is both together: sums of bigint are exact and several times as fast as those of numeric.
            micro_dollars bigint NOT NULL,
            pico_rest bigint NOT NULL,
            PRIMARY KEY (workspace, kind, grain, starts, series_id)
        );
        CREATE TABLE period_tag_sums (
            workspace integer NOT NULL,
            kind smallint NOT NULL,
            grain smallint NOT NULL,
            starts timestamptz NOT NULL,
            key text COLLATE "C" NOT NULL,
            value text COLLATE "C" NOT NULL,
            series_id bigint NOT NULL,
            events bigint NOT NULL,
            unpriced_events bigint NOT NULL,
            input_tokens bigint NOT NULL,
            output_tokens bigint NOT NULL,
            cache_read_tokens bigint NOT NULL,
            cache_write_tokens bigint NOT NULL,
            reasoning_tokens bigint NOT NULL,
            micro_dollars bigint NOT NULL,
            pico_rest bigint NOT NULL,
            PRIMARY KEY (workspace, kind, grain, starts, key, value, series_id)
        );
        """

    /// A closed period says whether its further sums were kept: those by team, user, provider and model (grain 3), and of a
    /// day those of its quarters of an hour (`period_sums` of kind 4, grain 2).
    ///
    /// What an earlier version has closed, or still closes beside this one, is not used until it is closed again. Further
    /// kinds came with it (``ClosedPeriod``): 5 is a third of a month; a row of kind 1 that is an hour long is an hour of a
    /// day that is not over.
    static let furtherSums: SQL = """
        ALTER TABLE closed_periods ADD COLUMN has_all_sums boolean NOT NULL DEFAULT false;
        """
}
