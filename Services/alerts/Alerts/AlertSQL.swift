import Postgres

// The statements of the alerts' store.

let insertAlert: SQL = """
    INSERT INTO alerts (kind, workspace, budget, budget_name, scope_type, scope_value, period, threshold, limit_version,
        spent_pico, limit_pico, notice_id, title, facts, happened_at, created_at, state)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15::timestamptz, $16::timestamptz, $17)
    ON CONFLICT DO NOTHING
    RETURNING id
    """

// A destination that fails keeps its time: new alerts must not hurry it.
let wakeTarget: SQL = """
    INSERT INTO alert_targets AS t (kind, address, due_at) VALUES ($1, $2, $3::timestamptz)
    ON CONFLICT (kind, address) DO UPDATE SET due_at = CASE
        WHEN excluded.due_at IS NULL OR (t.failures > 0 AND t.due_at IS NOT NULL) THEN t.due_at
        ELSE least(t.due_at, excluded.due_at) END
    RETURNING id
    """

let insertDeliveries: SQL = """
    INSERT INTO alert_deliveries (alert, target, state)
    SELECT alert, target, state FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS d (alert, target, state)
    """

let listAlerts: SQL = """
    SELECT id, kind, workspace, budget, budget_name, scope_type, scope_value, period, threshold, limit_version,
        spent_pico, limit_pico, notice_id, title, facts, happened_at, created_at, state
    FROM alerts
    WHERE id < $1 AND ($2::text[] IS NULL OR workspace = ANY ($2)) AND ($3::text IS NULL OR budget = $3)
        AND ($4::text IS NULL OR kind = $4) AND ($5::text IS NULL OR state = $5)
    ORDER BY id DESC LIMIT $6
    """

let alertsOfMessage: SQL = """
    SELECT a.id, a.kind, a.workspace, a.budget, a.budget_name, a.scope_type, a.scope_value, a.period, a.threshold,
        a.limit_version, a.spent_pico, a.limit_pico, a.notice_id, a.title, a.facts, a.happened_at, a.created_at, a.state
    FROM alerts a JOIN alert_deliveries d ON d.alert = a.id
    WHERE d.message = $1 ORDER BY a.id
    """

let receiptsOfAlerts: SQL = """
    SELECT d.alert, d.state, t.kind, t.address, m.id AS message, m.attempts, m.uncertain, m.settled_at, m.detail
    FROM alert_deliveries d JOIN alert_targets t ON t.id = d.target LEFT JOIN alert_messages m ON m.id = d.message
    WHERE d.alert = ANY ($1::bigint[]) ORDER BY d.id
    """

private let dueTargets = """
    FROM alert_targets
    WHERE due_at <= $1::timestamptz AND (leased_until IS NULL OR leased_until <= $1::timestamptz)
    ORDER BY due_at LIMIT 1
    """

let isDue = SQL(assembled: "SELECT true \(dueTargets)")

let dueTarget = SQL(
    assembled: """
        SELECT id, kind, address, lease, failures, window_start, window_messages
        \(dueTargets) FOR UPDATE SKIP LOCKED
        """
)

let pendingMessage: SQL = """
    SELECT id, created_at FROM alert_messages WHERE target = $1 AND state = 'pending'
    """

let insertMessage: SQL = """
    INSERT INTO alert_messages (id, target, state, created_at) VALUES ($1, $2, 'pending', $3::timestamptz)
    """

let hasWaiting: SQL = """
    SELECT EXISTS (SELECT FROM alert_deliveries WHERE target = $1 AND state = 'pending' AND message IS NULL) AS waits
    """

let composeMessage: SQL = """
    UPDATE alert_deliveries SET message = $2
    WHERE id IN (
        SELECT id FROM alert_deliveries WHERE target = $1 AND state = 'pending' AND message IS NULL ORDER BY id LIMIT $3
    )
    """

// A try that was begun and never settled: nobody knows whether the other side took it.
let beginAttempt: SQL = """
    UPDATE alert_messages
    SET attempts = attempts + 1, attempted_at = $2::timestamptz,
        uncertain = uncertain + CASE WHEN attempted_at IS NULL THEN 0 ELSE 1 END
    WHERE id = $1 RETURNING attempts, uncertain, created_at
    """

let leaseTarget: SQL = """
    UPDATE alert_targets SET lease = lease + 1, leased_until = $2::timestamptz WHERE id = $1 RETURNING lease
    """

let scheduleTarget: SQL = "UPDATE alert_targets SET due_at = $2::timestamptz WHERE id = $1"

let targetState: SQL = """
    SELECT lease, failures, window_start, window_messages FROM alert_targets WHERE id = $1 FOR UPDATE
    """

let releaseTarget: SQL = """
    UPDATE alert_targets
    SET due_at = $2::timestamptz, leased_until = NULL, failures = $3, window_start = $4::timestamptz,
        window_messages = $5
    WHERE id = $1
    """

let endMessage: SQL = """
    UPDATE alert_messages
    SET state = $2, settled_at = $3::timestamptz, attempted_at = NULL, detail = $4, uncertain = uncertain + $5
    WHERE id = $1 AND state = 'pending'
    """

let noteFailure: SQL = """
    UPDATE alert_messages SET attempted_at = NULL, detail = $2, uncertain = uncertain + $3
    WHERE id = $1 AND state = 'pending'
    """

let endDeliveries: SQL = """
    UPDATE alert_deliveries SET state = $2 WHERE message = $1 AND state = 'pending' RETURNING alert
    """

let lockAlerts: SQL = "SELECT id FROM alerts WHERE id = ANY ($1::bigint[]) ORDER BY id FOR UPDATE"

let deriveStates: SQL = """
    UPDATE alerts a SET state = CASE
        WHEN EXISTS (SELECT FROM alert_deliveries d WHERE d.alert = a.id AND d.state = 'pending') THEN 'pending'
        WHEN EXISTS (SELECT FROM alert_deliveries d WHERE d.alert = a.id AND d.state = 'failed') THEN 'failed'
        WHEN EXISTS (SELECT FROM alert_deliveries d WHERE d.alert = a.id AND d.state = 'sent') THEN 'sent'
        ELSE 'undeliverable' END
    WHERE a.id = ANY ($1::bigint[])
    """

let countBacklog: SQL = """
    SELECT (SELECT count(*) FROM alert_deliveries WHERE state = 'pending') AS pending,
        (SELECT count(*) FROM alert_deliveries WHERE state = 'failed') AS failed
    """

let abandonMessages: SQL = """
    UPDATE alert_messages m SET state = 'failed', settled_at = $2::timestamptz, attempted_at = NULL, detail = $3
    FROM alert_targets t WHERE t.id = m.target AND t.address = $1 AND t.kind <> 'email' AND m.state = 'pending'
    """

let abandonDeliveries: SQL = """
    UPDATE alert_deliveries d SET state = 'failed'
    FROM alert_targets t WHERE t.id = d.target AND t.address = $1 AND t.kind <> 'email' AND d.state = 'pending'
    RETURNING d.alert
    """
