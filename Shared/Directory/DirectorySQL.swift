import Postgres

private let workspaceColumns = """
    id, name, time_zone, week_start, fiscal_year_start, currency, fail_mode, unpriced_mode, retention_months,
    archived_at, hidden, changed_version, created_at
    """

private let keyColumns = """
    id, hash, prefix, name, scopes, workspace, source_app, created_at, created_by, last_used_at, expires_at,
    revoked_at, previous_hash, grace_until, rotated_at, changed_version
    """

let allWorkspaces = SQL(assembled: "SELECT \(workspaceColumns) FROM workspaces ORDER BY id")

let changedWorkspaces = SQL(assembled: "SELECT \(workspaceColumns) FROM workspaces WHERE changed_version > $1")

let workspaceByID = SQL(assembled: "SELECT \(workspaceColumns) FROM workspaces WHERE id = $1")

let insertWorkspace = SQL(
    assembled: """
        INSERT INTO workspaces (\(workspaceColumns))
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::timestamptz, $11, $12, $13::timestamptz)
        """
)

/// Makes the workspace only when there is none at all.
let insertFirstWorkspace = SQL(
    assembled: """
        INSERT INTO workspaces (\(workspaceColumns))
        SELECT $1, $2, $3, $4::smallint, $5::smallint, $6, $7, $8, $9::integer, $10::timestamptz, $11::boolean,
            $12::bigint, $13::timestamptz
        WHERE NOT EXISTS (SELECT 1 FROM workspaces)
        """
)

/// Takes no `created_at`: a changed workspace is as old as it was.
let updateWorkspace: SQL = """
    UPDATE workspaces
    SET name = $2, time_zone = $3, week_start = $4, fiscal_year_start = $5, currency = $6, fail_mode = $7,
        unpriced_mode = $8, retention_months = $9, archived_at = $10::timestamptz, hidden = $11,
        changed_version = $12
    WHERE id = $1
    """

let allKeys = SQL(assembled: "SELECT \(keyColumns) FROM api_keys ORDER BY created_at DESC, id DESC")

let changedKeys = SQL(assembled: "SELECT \(keyColumns) FROM api_keys WHERE changed_version > $1")

let keyByID = SQL(assembled: "SELECT \(keyColumns) FROM api_keys WHERE id = $1")

let insertKey = SQL(
    assembled: """
        INSERT INTO api_keys (\(keyColumns))
        VALUES ($1, $2, $3, $4, $5::text[], $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
        """
)

/// Makes the key only when no admin key is active at the time it is made.
let insertFirstAdminKey = SQL(
    assembled: """
        INSERT INTO api_keys (\(keyColumns))
        SELECT $1, $2::bytea, $3, $4, $5::text[], $6, $7, $8::timestamptz, $9, $10::timestamptz, $11::timestamptz,
            $12::timestamptz, $13::bytea, $14::timestamptz, $15::timestamptz, $16::bigint
        WHERE NOT EXISTS (
            SELECT 1 FROM api_keys
            WHERE 'admin' = ANY (scopes) AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $8::timestamptz)
        )
        """
)

/// Takes what may change of a key; what it may do is fixed.
let updateKey: SQL = """
    UPDATE api_keys
    SET hash = $2, prefix = $3, name = $4, expires_at = $5::timestamptz, revoked_at = $6::timestamptz,
        previous_hash = $7, grace_until = $8::timestamptz, rotated_at = $9::timestamptz, changed_version = $10
    WHERE id = $1
    """

let touchKeys: SQL = """
    UPDATE api_keys SET last_used_at = u.used_at
    FROM unnest($1::text[], $2::timestamptz[]) AS u (id, used_at)
    WHERE api_keys.id = u.id AND (api_keys.last_used_at IS NULL OR api_keys.last_used_at < u.used_at)
    """
