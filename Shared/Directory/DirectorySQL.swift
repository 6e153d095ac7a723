import Postgres

let allWorkspaces: SQL = """
    SELECT id, name, time_zone, week_start, fiscal_year_start, currency, fail_mode, unpriced_mode, created_at
    FROM workspaces ORDER BY id
    """

let changedWorkspaces: SQL = """
    SELECT id, name, time_zone, week_start, fiscal_year_start, currency, fail_mode, unpriced_mode, created_at
    FROM workspaces WHERE changed_version > $1
    """

let insertWorkspace: SQL = """
    INSERT INTO workspaces
        (id, name, time_zone, week_start, fiscal_year_start, currency, fail_mode, unpriced_mode, created_at,
         changed_version)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
    """

/// Makes the workspace only when there is none at all.
let insertFirstWorkspace: SQL = """
    INSERT INTO workspaces
        (id, name, time_zone, week_start, fiscal_year_start, currency, fail_mode, unpriced_mode, created_at,
         changed_version)
    SELECT $1, $2, $3, $4::smallint, $5::smallint, $6, $7, $8, $9::timestamptz, $10::bigint
    WHERE NOT EXISTS (SELECT 1 FROM workspaces)
    """

/// Takes no `created_at`: a changed workspace is as old as it was.
let updateWorkspace: SQL = """
    UPDATE workspaces
    SET name = $2, time_zone = $3, week_start = $4, fiscal_year_start = $5, currency = $6, fail_mode = $7,
        unpriced_mode = $8, changed_version = $9
    WHERE id = $1
    """

let allKeys: SQL = """
    SELECT id, hash, prefix, name, scopes, workspace, source_app, created_at, created_by, last_used_at, expires_at,
        revoked_at
    FROM api_keys ORDER BY created_at DESC, id DESC
    """

let changedKeys: SQL = """
    SELECT id, hash, prefix, name, scopes, workspace, source_app, created_at, created_by, last_used_at, expires_at,
        revoked_at
    FROM api_keys WHERE changed_version > $1
    """

let keyByID: SQL = """
    SELECT id, hash, prefix, name, scopes, workspace, source_app, created_at, created_by, last_used_at, expires_at,
        revoked_at
    FROM api_keys WHERE id = $1
    """

let insertKey: SQL = """
    INSERT INTO api_keys
        (id, hash, prefix, name, scopes, workspace, source_app, created_at, created_by, last_used_at, expires_at,
         revoked_at, changed_version)
    VALUES ($1, $2, $3, $4, $5::text[], $6, $7, $8, $9, $10, $11, $12, $13)
    """

/// Makes the key only when no admin key is active at the time it is made.
let insertFirstAdminKey: SQL = """
    INSERT INTO api_keys
        (id, hash, prefix, name, scopes, workspace, source_app, created_at, created_by, last_used_at, expires_at,
         revoked_at, changed_version)
    SELECT $1, $2::bytea, $3, $4, $5::text[], $6, $7, $8::timestamptz, $9, $10::timestamptz, $11::timestamptz,
        $12::timestamptz, $13::bigint
    WHERE NOT EXISTS (
        SELECT 1 FROM api_keys
        WHERE 'admin' = ANY (scopes) AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $8::timestamptz)
    )
    """

/// Revokes once: the time of the first revocation stays.
let markKeyRevoked: SQL = """
    UPDATE api_keys SET revoked_at = $2, changed_version = $3 WHERE id = $1 AND revoked_at IS NULL
    """

let touchKeys: SQL = """
    UPDATE api_keys SET last_used_at = u.used_at
    FROM unnest($1::text[], $2::timestamptz[]) AS u (id, used_at)
    WHERE api_keys.id = u.id AND (api_keys.last_used_at IS NULL OR api_keys.last_used_at < u.used_at)
    """
