package import Postgres

/// The tables of budgets.
package enum BudgetSchema {
    /// The steps that make the tables, in their order.
    package static let migrations: [Migration] = [
        Migration(id: "budgets-0001", name: "budgets and the history of their limits", sql: tables)
    ]

    /// Money is in pico-dollars.
    ///
    /// Rows are never deleted, so that alerts and history keep what they refer to.
    ///
    /// Versions are taken under the row lock of `budget_book`, so they commit in order, and a replica asks for what came
    /// after the one it has.
    private static let tables: SQL = """
        CREATE TABLE budget_book (
            singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
            version bigint NOT NULL
        );
        INSERT INTO budget_book (version) VALUES (0);

        CREATE TABLE budgets (
            id text PRIMARY KEY,
            workspace text NOT NULL CHECK (workspace <> ''),
            name text NOT NULL,
            scope_type text NOT NULL,
            scope_id text NOT NULL,
            period text NOT NULL,
            limit_pico numeric NOT NULL CHECK (limit_pico > 0),
            action text NOT NULL CHECK (action IN ('notify', 'block')),
            thresholds integer[] NOT NULL,
            recipients text[] NOT NULL,
            raise_limit_pico numeric,
            raise_from timestamptz,
            raise_until timestamptz,
            limit_version bigint NOT NULL,
            version bigint NOT NULL,
            created_at timestamptz NOT NULL,
            created_by text NOT NULL,
            updated_at timestamptz NOT NULL,
            archived_at timestamptz,
            CHECK ((raise_limit_pico IS NULL) = (raise_until IS NULL)),
            CHECK ((raise_limit_pico IS NULL) = (raise_from IS NULL))
        );
        CREATE INDEX budgets_changed ON budgets (version);
        CREATE INDEX budgets_by_workspace ON budgets (workspace) WHERE archived_at IS NULL;

        -- What held from a change on.
        CREATE TABLE budget_limits (
            budget text NOT NULL REFERENCES budgets (id),
            version bigint NOT NULL,
            kind text NOT NULL,
            limit_pico numeric NOT NULL,
            raise_limit_pico numeric,
            raise_from timestamptz,
            raise_until timestamptz,
            thresholds integer[] NOT NULL,
            limit_version bigint NOT NULL,
            changed_at timestamptz NOT NULL,
            changed_by text NOT NULL,
            PRIMARY KEY (budget, version)
        );
        """
}
