package import Postgres

/// The directory's schema.
package enum Directory {
    /// Its history, in order.
    package static let migrations: [Migration] = [
        Migration(id: "directory-0001", name: "workspaces, keys, teams, projects, users", sql: schema),
        Migration(id: "directory-0002", name: "what becomes of calls without a price", sql: unpricedMode),
        Migration(id: "directory-0003", name: "the audit log", sql: audit),
        Migration(id: "accounts-0001", name: "people, their roles and sessions", sql: accountSchema),
        Migration(id: "directory-0004", name: "what people administer", sql: administration),
        Migration(id: "directory-0005", name: "people as users", sql: peopleAsUsers),
        Migration(id: "directory-0006", name: "hidden workspaces", sql: hidden),
    ]

    /// Replicas of the release before do not write it: the default is theirs too.
    private static let unpricedMode: SQL = """
        ALTER TABLE workspaces ADD COLUMN unpriced_mode text NOT NULL DEFAULT 'deny'
            CHECK (unpriced_mode IN ('deny', 'allow', 'estimate'));
        """

    /// The ids of people are texts; nothing has been in the column before.
    private static let peopleAsUsers: SQL = """
        ALTER TABLE users DROP COLUMN person_id, ADD COLUMN person_id text;
        CREATE INDEX users_by_person ON users (person_id, workspace, id) WHERE person_id IS NOT NULL;
        """

    /// Replicas of the release before do not write it: the default is theirs too.
    private static let hidden: SQL = "ALTER TABLE workspaces ADD COLUMN hidden boolean NOT NULL DEFAULT false;"

    /// Lists are searched by the beginning of an id, a name or an address, in lower case.
    private static let administration: SQL = """
        ALTER TABLE workspaces
            ADD COLUMN retention_months smallint CHECK (retention_months BETWEEN 1 AND 1200),
            ADD COLUMN archived_at timestamptz;
        ALTER TABLE api_keys
            -- The secret before the last rotation, good until the grace ends.
            ADD COLUMN previous_hash bytea CHECK (octet_length(previous_hash) = 32),
            ADD COLUMN grace_until timestamptz,
            ADD COLUMN rotated_at timestamptz;
        ALTER TABLE teams ADD COLUMN archived_at timestamptz, ADD COLUMN version bigint NOT NULL DEFAULT 1;
        ALTER TABLE projects ADD COLUMN archived_at timestamptz, ADD COLUMN version bigint NOT NULL DEFAULT 1;
        ALTER TABLE users ADD COLUMN archived_at timestamptz, ADD COLUMN version bigint NOT NULL DEFAULT 1,
            -- Who the user is when they sign in, found by their verified e-mail.
            ADD COLUMN person_id uuid,
            -- What the user will be called once they are erased; set while that is under way.
            ADD COLUMN pseudonym text;
        CREATE INDEX teams_by_id ON teams (workspace, lower(id) text_pattern_ops);
        CREATE INDEX teams_by_name ON teams (workspace, lower(name) text_pattern_ops);
        CREATE INDEX projects_by_id ON projects (workspace, lower(id) text_pattern_ops);
        CREATE INDEX projects_by_name ON projects (workspace, lower(name) text_pattern_ops);
        CREATE INDEX users_by_id ON users (workspace, lower(id) text_pattern_ops);
        CREATE INDEX users_by_name ON users (workspace, lower(name) text_pattern_ops);
        CREATE INDEX users_by_email ON users (workspace, lower(email) text_pattern_ops);
        CREATE INDEX users_by_mail ON users (lower(email));
        CREATE INDEX users_by_person ON users (person_id) WHERE person_id IS NOT NULL;
        CREATE TABLE memberships (
            workspace text NOT NULL,
            team text NOT NULL,
            user_id text NOT NULL,
            role text NOT NULL CHECK (role IN ('member', 'lead')),
            created_at timestamptz NOT NULL,
            PRIMARY KEY (workspace, team, user_id)
        );
        CREATE INDEX memberships_by_user ON memberships (workspace, user_id);
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
