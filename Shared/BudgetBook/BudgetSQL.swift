import Postgres

// The statements of the budgets' store.

let changedBudgets: SQL = "SELECT * FROM budgets WHERE version > $1 ORDER BY version"

let presentBudgets: SQL = "SELECT * FROM budgets WHERE archived_at IS NULL ORDER BY version"

let budgetByID: SQL = "SELECT * FROM budgets WHERE id = $1"

let countBudgets: SQL = "SELECT count(*) AS n FROM budgets WHERE workspace = $1 AND archived_at IS NULL"

let lockBook: SQL = "SELECT version FROM budget_book FOR UPDATE"

let writeVersion: SQL = "UPDATE budget_book SET version = $1"

let insertBudget: SQL = """
    INSERT INTO budgets (id, name, limit_pico, action, thresholds, recipients, raise_limit_pico, raise_from,
        raise_until, limit_version, version, updated_at, archived_at, workspace, scope_type, scope_id, period,
        created_at, created_by)
    VALUES ($1, $2, $3, $4, $5::integer[], $6::text[], $7, $8::timestamptz, $9::timestamptz, $10, $11,
        $12::timestamptz, $13::timestamptz, $14, $15, $16, $17, $18::timestamptz, $19)
    """

let updateBudget: SQL = """
    UPDATE budgets
    SET name = $2, limit_pico = $3, action = $4, thresholds = $5::integer[], recipients = $6::text[],
        raise_limit_pico = $7, raise_from = $8::timestamptz, raise_until = $9::timestamptz, limit_version = $10,
        version = $11, updated_at = $12::timestamptz, archived_at = $13::timestamptz
    WHERE id = $1
    """

let insertLimitChange: SQL = """
    INSERT INTO budget_limits (budget, version, kind, limit_pico, raise_limit_pico, raise_from, raise_until,
        thresholds, limit_version, changed_at, changed_by)
    VALUES ($1, $2, $3, $4, $5, $6::timestamptz, $7::timestamptz, $8::integer[], $9, $10::timestamptz, $11)
    """

let limitHistory: SQL = """
    SELECT * FROM budget_limits WHERE budget = $1 AND version < $2 ORDER BY version DESC LIMIT $3
    """
