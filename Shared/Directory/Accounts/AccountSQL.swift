import Postgres

/// The schema of accounts.
///
/// What a browser or a link holds is here as a SHA-256 only. Times are the service's: `now()` is nowhere used.
let accountSchema: SQL = """
    CREATE TABLE people (
        id text PRIMARY KEY,
        email text UNIQUE CHECK (email = lower(email) AND octet_length(email) <= 254),
        name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 128),
        provider text,
        subject text,
        password_hash text,
        disabled_at timestamptz,
        created_at timestamptz NOT NULL,
        created_by text NOT NULL,
        last_sign_in_at timestamptz,
        version bigint NOT NULL,
        UNIQUE (provider, subject),
        CHECK ((provider IS NULL) = (subject IS NULL))
    );
    CREATE TABLE grants (
        person text NOT NULL REFERENCES people (id) ON DELETE CASCADE,
        role text NOT NULL CHECK (role IN ('viewer', 'finance', 'admin', 'owner')),
        workspace text REFERENCES workspaces (id),
        team text,
        UNIQUE NULLS NOT DISTINCT (person, workspace, team),
        CHECK (team IS NULL OR workspace IS NOT NULL)
    );
    CREATE TABLE sessions (
        hash bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
        person text NOT NULL REFERENCES people (id) ON DELETE CASCADE,
        method text NOT NULL,
        secure boolean NOT NULL,
        created_at timestamptz NOT NULL,
        seen_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL
    ) WITH (fillfactor = 80);
    CREATE INDEX sessions_person ON sessions (person);
    CREATE INDEX sessions_expiry ON sessions (expires_at);
    CREATE TABLE sign_in_links (
        hash bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
        person text NOT NULL UNIQUE REFERENCES people (id) ON DELETE CASCADE,
        expires_at timestamptz NOT NULL
    );
    CREATE TABLE sign_in_states (
        hash bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
        provider text NOT NULL,
        nonce text NOT NULL,
        verifier text NOT NULL,
        return_path text NOT NULL,
        expires_at timestamptz NOT NULL
    );
    CREATE INDEX sign_in_states_expiry ON sign_in_states (expires_at);
    """

let insertPerson: SQL = """
    INSERT INTO people (id, email, name, provider, subject, password_hash, disabled_at, created_at, created_by,
        last_sign_in_at, version)
    VALUES ($1, $2, $3, $4, $5, $6, $7::timestamptz, $8::timestamptz, $9, $10::timestamptz, $11)
    """

/// A change counts only from the version it was made from.
let updatePerson: SQL = """
    UPDATE people SET email = $2, name = $3, provider = $4, subject = $5, password_hash = $6,
        disabled_at = $7::timestamptz, version = version + 1
    WHERE id = $1 AND version = $8
    RETURNING *
    """

let personByID: SQL = "SELECT * FROM people WHERE id = $1"
let personByEmail: SQL = "SELECT * FROM people WHERE email = $1"
let personByIdentity: SQL = "SELECT * FROM people WHERE provider = $1 AND subject = $2"

let pageOfPeople: SQL = """
    SELECT * FROM people
    WHERE ($1::text IS NULL OR strpos(lower(name), $1) > 0 OR strpos(email, $1) > 0) AND ($2::text IS NULL OR id > $2)
        AND ($4::text[] IS NULL OR EXISTS (
            SELECT 1 FROM grants AS g
            WHERE g.person = people.id AND (g.workspace IS NULL OR g.workspace = ANY ($4::text[]))
        ))
    ORDER BY id LIMIT $3
    """

let grantsOfPerson: SQL = """
    SELECT role, workspace, team FROM grants WHERE person = $1 ORDER BY workspace NULLS FIRST, team NULLS FIRST
    """
let removeGrants: SQL = "DELETE FROM grants WHERE person = $1"
let insertGrants: SQL = """
    INSERT INTO grants (person, role, workspace, team)
    SELECT $1, g.role, g.workspace, g.team FROM unnest($2::text[], $3::text[], $4::text[]) AS g (role, workspace, team)
    """
let raisePersonVersion: SQL = """
    UPDATE people SET version = version + 1 WHERE id = $1 AND version = coalesce($2::bigint, version)
    """

/// Locks owners, so that two who take each other's role away wait for each other.
let lockOwners: SQL = """
    SELECT p.id FROM people AS p
    WHERE p.disabled_at IS NULL
        AND EXISTS (SELECT 1 FROM grants AS g WHERE g.person = p.id AND g.role = 'owner' AND g.workspace IS NULL)
    ORDER BY p.id FOR UPDATE OF p
    """

let insertSession: SQL = """
    INSERT INTO sessions (hash, person, method, secure, created_at, seen_at, expires_at)
    VALUES ($1, $2, $3, $4, $5::timestamptz, $5::timestamptz, $6::timestamptz)
    """
let noteSignIn: SQL = "UPDATE people SET last_sign_in_at = $2::timestamptz WHERE id = $1"
let sessionByHash: SQL = """
    SELECT s.secure, s.seen_at, s.expires_at, p.id, p.name, p.email,
        array(SELECT g.role FROM grants AS g WHERE g.person = p.id ORDER BY g.ctid) AS roles,
        array(SELECT coalesce(g.workspace, '') FROM grants AS g WHERE g.person = p.id ORDER BY g.ctid) AS workspaces,
        array(SELECT coalesce(g.team, '') FROM grants AS g WHERE g.person = p.id ORDER BY g.ctid) AS teams
    FROM sessions AS s JOIN people AS p ON p.id = s.person
    WHERE s.hash = $1 AND p.disabled_at IS NULL
    """
let touchSession: SQL = """
    UPDATE sessions SET seen_at = $2::timestamptz WHERE hash = $1 AND seen_at < $2::timestamptz
    """
let removeSession: SQL = "DELETE FROM sessions WHERE hash = $1"
let removeSessions: SQL = "DELETE FROM sessions WHERE person = $1"

let replaceLink: SQL = """
    INSERT INTO sign_in_links (hash, person, expires_at) VALUES ($1, $2, $3::timestamptz)
    ON CONFLICT (person) DO UPDATE SET hash = excluded.hash, expires_at = excluded.expires_at
    """
let takeLinkRow: SQL = "DELETE FROM sign_in_links WHERE hash = $1 RETURNING person, expires_at"

let insertState: SQL = """
    INSERT INTO sign_in_states (hash, provider, nonce, verifier, return_path, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6::timestamptz)
    """
let takeStateRow: SQL = """
    DELETE FROM sign_in_states WHERE hash = $1 RETURNING provider, nonce, verifier, return_path, expires_at
    """

let sweepAccounts: [SQL] = [
    "DELETE FROM sessions WHERE expires_at <= $1::timestamptz",
    "DELETE FROM sign_in_links WHERE expires_at <= $1::timestamptz",
    "DELETE FROM sign_in_states WHERE expires_at <= $1::timestamptz",
]
