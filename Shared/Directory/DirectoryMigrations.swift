package import Postgres

/// The directory's schema.
package enum Directory {
    /// Its history, in order.
    package static let migrations: [Migration] = [
        Migration(id: "directory-0001", name: "workspaces, keys, teams, projects, users", sql: schema),
        Migration(id: "directory-0002", name: "what becomes of calls without a price", sql: unpricedMode),
        Migration(id: "directory-0003", name: "the audit log", sql: audit),
        Migration(id: "accounts-0001", name: "people, their roles and sessions", sql: accountSchema),
    ]

    /// Replicas of the release before do not write it: the default is theirs too.
    private static let unpricedMode: SQL = """
        ALTER TABLE workspaces ADD COLUMN unpriced_mode text NOT NULL DEFAULT 'deny'
            CHECK (unpriced_mode IN ('deny', 'allow', 'estimate'));
        """

    /// Teams, projects and users have no foreign key on purpose: their mirrors are made inside the ledger's
    /// transaction, and an event must never fail for the sake of a name.
    ///
    /// `changed_version` is the version whose transaction wrote a row: versions are taken under the row lock of
    /// `directory_version`, so they commit in order.
    private static let schema: SQL = """
        CREATE TABLE directory_version (
            singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
            version bigint NOT NULL
        );
        INSERT INTO directory_version (version) VALUES (0);

        CREATE TABLE workspaces (
            id text PRIMARY KEY CHECK (char_length(id) BETWEEN 1 AND 128),
            name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 128),
            time_zone text NOT NULL DEFAULT 'UTC',
            week_start smallint NOT NULL DEFAULT 1 CHECK (week_start BETWEEN 1 AND 7),
            fiscal_year_start smallint NOT NULL DEFAULT 1 CHECK (fiscal_year_start BETWEEN 1 AND 12),
            currency text NOT NULL DEFAULT 'USD' CHECK (currency ~ '^[A-Z]{3}$'),
            fail_mode text NOT NULL DEFAULT 'open' CHECK (fail_mode IN ('open', 'closed')),
            created_at timestamptz NOT NULL,
            changed_version bigint NOT NULL
        );
        CREATE INDEX workspaces_changed ON workspaces (changed_version);

        CREATE TABLE api_keys (
            id text PRIMARY KEY,
            hash bytea NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
            prefix text NOT NULL,
            name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 128),
            scopes text[] NOT NULL,
            workspace text REFERENCES workspaces (id),
            source_app text NOT NULL CHECK (char_length(source_app) BETWEEN 1 AND 128),
            created_at timestamptz NOT NULL,
            created_by text NOT NULL,
            last_used_at timestamptz,
            expires_at timestamptz,
            revoked_at timestamptz,
            changed_version bigint NOT NULL
        ) WITH (fillfactor = 80);
        CREATE INDEX api_keys_changed ON api_keys (changed_version);

        CREATE TABLE teams (
            workspace text NOT NULL,
            id text NOT NULL,
            name text,
            mirrored boolean NOT NULL,
            created_at timestamptz NOT NULL,
            PRIMARY KEY (workspace, id)
        );
        CREATE TABLE projects (
            workspace text NOT NULL,
            id text NOT NULL,
            team text,
            name text,
            mirrored boolean NOT NULL,
            created_at timestamptz NOT NULL,
            PRIMARY KEY (workspace, id)
        );
        CREATE TABLE users (
            workspace text NOT NULL,
            id text NOT NULL,
            team text,
            name text,
            email text,
            source_app text,
            mirrored boolean NOT NULL,
            created_at timestamptz NOT NULL,
            PRIMARY KEY (workspace, id)
        );
        """
}
