import Postgres

// The statements of the price store.

let overridesOfModel: SQL = """
    SELECT id, source, workspace, key, content, content_version, valid_from, valid_to, recorded_at, sync_id, author,
        reason, closed_at, closed_by, withdrawn
    FROM price_versions
    WHERE source = $1 AND workspace IS NOT DISTINCT FROM $2 AND key = $3 AND NOT withdrawn ORDER BY id
    """

let priceByID: SQL = """
    SELECT id, source, workspace, key, content, content_version, valid_from, valid_to, recorded_at, sync_id, author,
        reason, closed_at, closed_by, withdrawn
    FROM price_versions WHERE id = $1 AND source = $2
    """

let catalogueVersions: SQL = """
    SELECT id, source, workspace, key, content, content_version, valid_from, valid_to, recorded_at, sync_id, author,
        reason, closed_at, closed_by, withdrawn
    FROM price_versions WHERE source = $1 AND NOT withdrawn
    """

let insertVersion: SQL = """
    INSERT INTO price_versions (source, workspace, key, provider, content, content_version, valid_from, valid_to,
        recorded_at, sync_id, author, reason, changed_version)
    VALUES ($1, $2, $3, $4, $5, $6, $7::timestamptz, $8::timestamptz, $9::timestamptz, $10, $11, $12, $13)
    RETURNING id, source, workspace, key, content, content_version, valid_from, valid_to, recorded_at, sync_id, author,
        reason, closed_at, closed_by, withdrawn
    """

let insertVersions: SQL = """
    INSERT INTO price_versions (source, key, provider, content, content_version, valid_from, recorded_at, sync_id,
        author, reason, changed_version)
    SELECT $1::smallint, n.key, n.provider, n.content, n.content_version, n.valid_from, $7::timestamptz, $8::bigint,
        $9::text, $10::text, $11::bigint
    FROM unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::timestamptz[])
        AS n (key, provider, content, content_version, valid_from)
    """

let endVersion: SQL = """
    UPDATE price_versions
    SET valid_to = $2::timestamptz, closed_at = $3::timestamptz, closed_by = $4, withdrawn = $5, changed_version = $6
    WHERE id = $1
    """

let closeOpenVersions: SQL = """
    UPDATE price_versions
    SET valid_to = greatest($3::timestamptz, valid_from), closed_at = $3::timestamptz, closed_by = $4,
        changed_version = $5
    WHERE source = $1 AND workspace IS NULL AND key = ANY ($2::text[]) AND valid_to IS NULL AND NOT withdrawn
    RETURNING key, valid_to
    """

let insertContents: SQL = """
    INSERT INTO price_contents (version, content)
    SELECT version, content FROM unnest($1::bigint[], $2::text[]) AS n (version, content)
    ON CONFLICT (version) DO NOTHING
    """

let abandonSyncs: SQL = """
    UPDATE price_syncs SET outcome = 'abandoned', finished_at = $2::timestamptz
    WHERE outcome = 'running' AND (started_at < $1::timestamptz OR instance = $3)
    """

let insertSync: SQL = """
    INSERT INTO price_syncs (cause, requested_by, instance, url, started_at, outcome)
    VALUES ($1, $2, $3, $4, $5::timestamptz, 'running') RETURNING *
    """

let endSync: SQL = """
    UPDATE price_syncs
    SET finished_at = $2::timestamptz, outcome = $3, etag = $4, digest = $5, detail = $6, models = $7, opened = $8,
        changed = $9, closed = $10, unchanged = $11, quarantined = $12, held = $13, warnings = $14, summary = $15,
        notice = $16
    WHERE id = $1 AND outcome = 'running' RETURNING *
    """

/// Syncs that changed nothing are kept for a year: their number is bounded then.
let dropOldSyncs: SQL = """
    DELETE FROM price_syncs
    WHERE outcome IN ('unchanged', 'not_modified', 'failed', 'refused', 'abandoned') AND cause <> 'shipped'
        AND started_at < $1::timestamptz - interval '366 days'
    """

let goodSync: SQL = """
    SELECT * FROM price_syncs
    WHERE cause <> 'shipped' AND outcome IN ('applied', 'unchanged', 'not_modified') ORDER BY id DESC LIMIT 1
    """

let supersedeChanges: SQL = """
    UPDATE price_changes SET state = 'superseded', decided_at = $2::timestamptz, decided_by = $3
    WHERE state = 'pending' AND key = ANY ($1::text[])
    """

let insertChange: SQL = """
    INSERT INTO price_changes (sync_id, key, state, guards, detail, old_content, new_content, new_version, created_at)
    VALUES ($1, $2, 'pending', $3::text[], $4, $5, $6, $7, $8::timestamptz)
    """

let decideChange: SQL = """
    UPDATE price_changes SET state = $2, decided_at = $3::timestamptz, decided_by = $4, note = $5
    WHERE id = $1 RETURNING *
    """
