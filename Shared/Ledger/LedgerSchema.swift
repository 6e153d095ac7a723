package import Postgres

/// The ledger's tables.
///
/// `workspace` is part of every key, as a small number: names live once in `ledger_workspaces`. The texts of a row's
/// dimensions live once in `series`.
package enum LedgerSchema {
    /// The steps that make the tables, in their order.
    package static let migrations: [Migration] = [
        Migration(id: "ledger-0001", name: "workspaces and series", sql: dimensions),
        Migration(id: "ledger-0002", name: "usage events and identities", sql: events),
        Migration(id: "ledger-0003", name: "rollups", sql: rollups),
        Migration(id: "ledger-0004", name: "partitions, outbox and late duplicates", sql: outbox),
        Migration(id: "ledger-0005", name: "adjustments, jobs and what has no price", sql: corrections),
        Migration(id: "ledger-0006", name: "the streams' lives, and entries by their ids", sql: counters),
        Migration(id: "ledger-0007", name: "sums of closed periods", sql: closing),
        Migration(id: "ledger-0008", name: "batches of an earlier life", sql: lateBatches),
        Migration(id: "ledger-0009", name: "how often a user was erased", sql: erasures),
        Migration(id: "ledger-0010", name: "recurring jobs", sql: recurringJobs),
        Migration(id: "ledger-0011", name: "dropped rows, keys with the workspace, autovacuum", sql: retention),
        Migration(id: "ledger-0012", name: "further sums of closed periods", sql: furtherSums),
    ]

    private static let dimensions: SQL = """
        CREATE TABLE ledger_workspaces (
            number integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            name text NOT NULL UNIQUE
        );
        CREATE TABLE series (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            workspace integer NOT NULL,
            -- SHA-256 of the dimensions: their texts may be longer than an index entry.
            digest bytea NOT NULL,
            team text,
            project text,
            user_id text,
            source_app text NOT NULL,
            provider text NOT NULL,
            model text NOT NULL,
            operation text NOT NULL,
            service_tier text,
            UNIQUE (workspace, digest)
        );
        """

    private static let events: SQL = """
        CREATE SEQUENCE usage_event_ids CACHE 200;
        CREATE TABLE usage_events (
            id bigint NOT NULL DEFAULT nextval('usage_event_ids'),
            series_id bigint NOT NULL,
            occurred_at timestamptz NOT NULL,
            recorded_at timestamptz NOT NULL,
            cost bigint,
            price_version bigint NOT NULL,
            price_rules bigint NOT NULL,
            price_flags bigint NOT NULL,
            price_multiplier bigint NOT NULL,
            input_tokens bigint,
            output_tokens bigint,
            cache_read_tokens bigint,
            cache_write_tokens bigint,
            reasoning_tokens bigint,
            latency_ms bigint,
            workspace integer NOT NULL,
            kind smallint NOT NULL,
            events smallint NOT NULL,
            unpriced_events smallint NOT NULL,
            state smallint NOT NULL,
            price_source smallint NOT NULL,
            shape smallint NOT NULL,
            event_id text NOT NULL,
            price_key text NOT NULL,
            quantities smallint[],
            amounts bigint[],
            tags jsonb,
            details jsonb,
            status text,
            trace_id text,
            hold_id text,
            reference text
        ) PARTITION BY RANGE (occurred_at);
        -- Lists newest first with a cursor, and sums of a period.
        CREATE INDEX usage_events_by_time ON usage_events (workspace, occurred_at, id);
        -- The list of what has no price.
        CREATE INDEX usage_events_unpriced ON usage_events (workspace, occurred_at, id) WHERE state IN (3, 4);
        -- Months far off, which get no partition of their own.
        CREATE TABLE usage_events_other PARTITION OF usage_events DEFAULT;
        CREATE TABLE identities (
            id uuid NOT NULL,
            entry_epoch bigint NOT NULL,
            entry_ms bigint NOT NULL,
            entry_seq bigint NOT NULL,
            digest bigint NOT NULL,
            occurred_at timestamptz NOT NULL,
            workspace integer NOT NULL,
            PRIMARY KEY (workspace, id)
        );
        """

    private static let rollups: SQL = """
        CREATE TABLE rollups (
            workspace integer NOT NULL,
            bucket timestamptz NOT NULL,
            series_id bigint NOT NULL,
            events bigint NOT NULL,
            unpriced_events bigint NOT NULL,
            input_tokens bigint NOT NULL,
            output_tokens bigint NOT NULL,
            cache_read_tokens bigint NOT NULL,
            cache_write_tokens bigint NOT NULL,
            reasoning_tokens bigint NOT NULL,
            cost numeric NOT NULL,
            PRIMARY KEY (workspace, bucket, series_id)
        ) WITH (fillfactor = 70);
        CREATE TABLE rollup_quantities (
            workspace integer NOT NULL,
            bucket timestamptz NOT NULL,
            series_id bigint NOT NULL,
            quantity text NOT NULL,
            amount numeric NOT NULL,
            PRIMARY KEY (workspace, bucket, series_id, quantity)
        ) WITH (fillfactor = 70);
        """

    private static let outbox: SQL = """
        CREATE TABLE partitions (
            partition integer PRIMARY KEY,
            last_outbox_number bigint NOT NULL DEFAULT 0,
            relayed_number bigint NOT NULL DEFAULT 0
        );
        CREATE TABLE writer_positions (
            partition integer NOT NULL,
            writer text NOT NULL,
            entry_epoch bigint NOT NULL,
            entry_ms bigint NOT NULL,
            entry_seq bigint NOT NULL,
            updated_at timestamptz NOT NULL,
            PRIMARY KEY (partition, writer)
        ) WITH (fillfactor = 50);
        CREATE TABLE outbox (
            partition integer NOT NULL,
            number bigint NOT NULL,
            workspace text NOT NULL,
            series_id bigint NOT NULL,
            tags jsonb,
            occurred_at timestamptz NOT NULL,
            amount bigint NOT NULL,
            events integer NOT NULL,
            unpriced_events integer NOT NULL,
            reason smallint NOT NULL,
            entry_epoch bigint,
            entry_ms bigint,
            entry_seq bigint,
            created_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (partition, number)
        );
        CREATE TABLE late_duplicates (
            workspace integer NOT NULL,
            entry_epoch bigint NOT NULL,
            entry_ms bigint NOT NULL,
            entry_seq bigint NOT NULL,
            partition integer NOT NULL,
            id uuid NOT NULL,
            event_id text NOT NULL,
            series_id bigint NOT NULL,
            occurred_at timestamptz NOT NULL,
            recorded_at timestamptz NOT NULL,
            cost bigint,
            is_conflict boolean NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (workspace, partition, entry_epoch, entry_ms, entry_seq)
        );
        -- The list of late duplicates, newest first.
        CREATE INDEX late_duplicates_by_time ON late_duplicates (workspace, created_at);
        """
}
