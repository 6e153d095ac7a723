internal import Postgres

/// What dropping old rows needs.
extension LedgerSchema {
    /// Rollups, sums of closed periods and identities outlive the rows; so do their sums by day, so that it can be shown
    /// that nothing else is missing.
    ///
    /// Unique keys get the workspace where they lacked it: the tables can be distributed by it.
    static let retention: SQL = """
        CREATE TABLE dropped_rows (
            workspace integer NOT NULL,
            -- A day of the workspace's calendar at the time.
            starts timestamptz NOT NULL,
            ends timestamptz NOT NULL,
            rows bigint NOT NULL,
            events bigint NOT NULL,
            unpriced_events bigint NOT NULL,
            input_tokens bigint NOT NULL,
            output_tokens bigint NOT NULL,
            cache_read_tokens bigint NOT NULL,
            cache_write_tokens bigint NOT NULL,
            reasoning_tokens bigint NOT NULL,
            cost numeric NOT NULL,
            -- Keys of tags whose sums are kept under kind 3 of `period_tag_sums`, and whether these were all.
            tags text[] NOT NULL,
            has_all_tags boolean NOT NULL,
            dropped_at timestamptz NOT NULL,
            PRIMARY KEY (workspace, starts)
        );
        DROP INDEX usage_events_adjustments;
        CREATE UNIQUE INDEX usage_events_adjustments ON usage_events (adjusts, revision, workspace, occurred_at)
            WHERE adjusts IS NOT NULL;
        ALTER TABLE unpriced_quantities DROP CONSTRAINT unpriced_quantities_pkey,
            ADD PRIMARY KEY (event_row, quantity, workspace);
        -- Rows that are updated in place: vacuumed early, a bit at a time, so that each update finds room on its page.
        ALTER TABLE rollups SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
        ALTER TABLE rollup_quantities SET (autovacuum_vacuum_scale_factor = 0.02);
        ALTER TABLE writer_positions SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
        ALTER TABLE partitions SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
        ALTER TABLE ledger_jobs SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);
        -- Written anew whenever a period is closed again.
        ALTER TABLE closed_periods SET (autovacuum_vacuum_scale_factor = 0.05);
        ALTER TABLE period_sums SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
        ALTER TABLE period_tag_sums SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
        -- Only appended to: the visibility map is what vacuum is for.
        ALTER TABLE identities SET (autovacuum_vacuum_insert_scale_factor = 0.05);
        ALTER TABLE outbox SET (autovacuum_vacuum_insert_scale_factor = 0.05);
        DO $$
        DECLARE part regclass;
        BEGIN
            FOR part IN SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'usage_events'::regclass LOOP
                EXECUTE format('ALTER TABLE %s SET (autovacuum_vacuum_insert_scale_factor = 0.05, '
                    || 'autovacuum_analyze_scale_factor = 0.05)', part);
            END LOOP;
        END $$;
        """
}
