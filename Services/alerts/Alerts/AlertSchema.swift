package import Postgres

/// The tables of alerts.
package enum AlertSchema {
    /// The steps that make the tables, in their order.
    package static let migrations: [Migration] = [
        Migration(id: "alerts-0001", name: "alerts, their deliveries and channels", sql: tables)
    ]

    /// An alert's name is unique, so that it is told once.
    ///
    /// Money is in pico-dollars.
    ///
    /// A destination is the unit of work: its row is claimed, leased and due. A message is what went, or is to go, to one
    /// destination; what it tells never changes, so that each try is the same message.
    private static let tables: SQL = """
        CREATE TABLE alerts (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            kind text NOT NULL,
            workspace text,
            budget text,
            budget_name text,
            scope_type text,
            scope_value text,
            period text,
            threshold integer,
            limit_version bigint,
            spent_pico numeric,
            limit_pico numeric,
            notice_id text,
            title text,
            facts text,
            happened_at timestamptz NOT NULL,
            created_at timestamptz NOT NULL,
            state text NOT NULL CHECK (state IN ('pending', 'sent', 'failed', 'undeliverable')),
            UNIQUE (budget, scope_value, period, threshold, limit_version),
            UNIQUE (notice_id),
            CHECK ((budget IS NULL) <> (notice_id IS NULL))
        );
        CREATE INDEX alerts_by_workspace ON alerts (workspace, id);

        CREATE TABLE alert_targets (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            kind text NOT NULL,
            address text NOT NULL,
            -- When to look at it; NULL when nothing is to be told.
            due_at timestamptz,
            leased_until timestamptz,
            lease bigint NOT NULL DEFAULT 0,
            failures integer NOT NULL DEFAULT 0,
            window_start timestamptz,
            window_messages integer NOT NULL DEFAULT 0,
            UNIQUE (kind, address)
        );
        CREATE INDEX alert_targets_due ON alert_targets (due_at) WHERE due_at IS NOT NULL;

        CREATE TABLE alert_messages (
            id text PRIMARY KEY,
            target bigint NOT NULL REFERENCES alert_targets (id),
            state text NOT NULL CHECK (state IN ('pending', 'sent', 'failed')),
            created_at timestamptz NOT NULL,
            attempts integer NOT NULL DEFAULT 0,
            uncertain integer NOT NULL DEFAULT 0,
            -- Set while a try is under way.
            attempted_at timestamptz,
            settled_at timestamptz,
            detail text
        );
        CREATE UNIQUE INDEX alert_messages_pending ON alert_messages (target) WHERE state = 'pending';

        CREATE TABLE alert_deliveries (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            alert bigint NOT NULL REFERENCES alerts (id),
            target bigint NOT NULL REFERENCES alert_targets (id),
            state text NOT NULL CHECK (state IN ('pending', 'sent', 'failed', 'undeliverable')),
            message text REFERENCES alert_messages (id),
            UNIQUE (alert, target)
        );
        CREATE INDEX alert_deliveries_waiting ON alert_deliveries (target, id) WHERE state = 'pending';
        CREATE INDEX alert_deliveries_by_message ON alert_deliveries (message);
        CREATE INDEX alert_deliveries_failed ON alert_deliveries (id) WHERE state = 'failed';

        CREATE TABLE alert_channels (
            id text PRIMARY KEY,
            workspace text,
            name text NOT NULL,
            kind text NOT NULL,
            target text NOT NULL,
            events text[] NOT NULL,
            version bigint NOT NULL,
            created_at timestamptz NOT NULL,
            created_by text NOT NULL,
            updated_at timestamptz NOT NULL,
            removed_at timestamptz
        );

        CREATE TABLE alert_installation (
            singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
            key bytea NOT NULL
        );
        """
}
