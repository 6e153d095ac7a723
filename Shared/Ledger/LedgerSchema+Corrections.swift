internal import Postgres

/// What corrections need.
extension LedgerSchema {
    /// An adjustment is a row of `usage_events` of its own kind, in the period and the series of what it corrects.
    ///
    /// `unpriced_quantities` is no part of the record: it lists what has no price *now*, and follows from the rows.
    static let corrections: SQL = """
        ALTER TABLE usage_events
            -- The row that an adjustment corrects; NULL in events and in manual adjustments.
            ADD COLUMN adjusts bigint,
            -- Which of the row's adjustments it is, from 1: two writers cannot make the same.
            ADD COLUMN revision integer,
            ADD COLUMN job bigint,
            -- Millionths of the tiered quantity that the month had before the event.
            ADD COLUMN start_volume bigint;
        -- `unpriced_quantities` serves its purpose, and holds only what has no price now.
        DROP INDEX usage_events_unpriced;
        CREATE UNIQUE INDEX usage_events_adjustments ON usage_events (adjusts, revision, occurred_at)
            WHERE adjusts IS NOT NULL;
        CREATE INDEX usage_events_by_job ON usage_events (job, workspace, occurred_at, id) WHERE job IS NOT NULL;
        CREATE TABLE ledger_jobs (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            key text NOT NULL,
            workspace text,
            kind smallint NOT NULL,
            spec jsonb NOT NULL,
            reason text NOT NULL,
            author text NOT NULL,
            price_book text NOT NULL,
            reverses bigint UNIQUE REFERENCES ledger_jobs (id),
            state smallint NOT NULL,
            pages bigint NOT NULL DEFAULT 0,
            cursor_workspace integer,
            cursor_at timestamptz,
            cursor_row bigint,
            carry text,
            events_read bigint NOT NULL DEFAULT 0,
            events_changed bigint NOT NULL DEFAULT 0,
            cost_before numeric NOT NULL DEFAULT 0,
            cost_after numeric NOT NULL DEFAULT 0,
            unpriced_before bigint NOT NULL DEFAULT 0,
            unpriced_after bigint NOT NULL DEFAULT 0,
            failure text,
            lease_owner text,
            lease_until timestamptz,
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            finished_at timestamptz
        ) WITH (fillfactor = 50);
        CREATE UNIQUE INDEX ledger_jobs_by_key ON ledger_jobs (coalesce(workspace, ''), key);
        -- Those that somebody has to work on.
        CREATE INDEX ledger_jobs_open ON ledger_jobs (id) WHERE state IN (1, 2);
        CREATE TABLE unpriced_quantities (
            event_row bigint NOT NULL,
            occurred_at timestamptz NOT NULL,
            workspace integer NOT NULL,
            reason smallint NOT NULL,
            provider text COLLATE "C" NOT NULL,
            model text COLLATE "C" NOT NULL,
            quantity text COLLATE "C" NOT NULL,
            PRIMARY KEY (event_row, quantity)
        );
        -- The list by model, and whether a model has anything on it.
        CREATE INDEX unpriced_quantities_by_model
            ON unpriced_quantities (provider, model, quantity, reason, workspace, occurred_at);
        -- Pages of events to price, oldest first.
        CREATE INDEX unpriced_quantities_by_time ON unpriced_quantities (workspace, occurred_at, event_row);
        INSERT INTO unpriced_quantities (event_row, occurred_at, workspace, reason, provider, model, quantity)
        SELECT e.id, e.occurred_at, e.workspace, coalesce(u.reason, 0), s.provider, s.model, coalesce(u.name, '')
        FROM usage_events AS e
        JOIN series AS s ON s.id = e.series_id
        LEFT JOIN LATERAL jsonb_to_recordset(e.details -> 'unpriced') AS u (name text, reason smallint) ON true
        WHERE e.state IN (3, 4)
        ON CONFLICT DO NOTHING;
        """
}
