internal import Postgres

/// What recurring jobs need.
extension LedgerSchema {
    /// One row for each time that a job was due and somebody came to do it.
    static let recurringJobs: SQL = """
        CREATE TABLE scheduled_jobs (
            name text NOT NULL,
            scheduled_for timestamptz NOT NULL,
            started_at timestamptz NOT NULL,
            finished_at timestamptz,
            instance text NOT NULL,
            -- Until when the instance is taken to be at it; after a failure when to try again.
            lease_until timestamptz NOT NULL,
            attempts integer NOT NULL,
            progress text,
            error text,
            PRIMARY KEY (name, scheduled_for)
        ) WITH (fillfactor = 50);
        """
}
