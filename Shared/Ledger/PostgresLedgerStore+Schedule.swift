package import Domain
internal import Postgres

/// Recurring jobs, each of whose runs is done by one of all replicas.
///
/// A run is leased: whoever does it prolongs the lease, and when it no longer does, because it was killed or hangs,
/// another one goes on from the progress that was noted. One that comes to itself again learns that it has lost the run,
/// so that a step may be done twice but none is left out: jobs consist of steps that may be repeated.
extension PostgresLedgerStore {
    /// Sets apart the locks of jobs from others.
    private static let jobLockClass = 0x6f6c_6a6f
    /// How long runs are remembered, in seconds.
    private static let jobMemory: Int64 = 14 * 86_400

    /// Asks for the run of a job that was due at a moment.
    ///
    /// A later run replaces an earlier one that was not finished.
    ///
    /// - Parameters:
    ///   - name: The job.
    ///   - slot: The moment at which it was due.
    ///   - lease: Who asks, and until when it is taken to be at it; it gets its own unfinished run back at once.
    ///   - now: The present.
    /// - Returns: Whether the caller is to do it.
    /// - Throws: `LedgerError`, or `CancellationError`.
    package func claimRun(
        of name: String,
        at slot: Timestamp,
        lease: LedgerLease,
        now: Timestamp
    ) async throws -> JobClaim {
        try await mapErrors {
            try await pool.withTransaction { connection in
                _ = try await connection.query(
                    "SELECT pg_advisory_xact_lock($1::integer, hashtext($2))",
                    [.int(Self.jobLockClass), .text(name)]
                )
                let latest = try await connection.query(Self.selectLatestRun, [.text(name)]).first
                if let latest, let refusal = try Self.refusal(of: latest, slot, lease, now) { return refusal }
                let values: [PostgresValue] = [
                    .text(name), .timestamp(slot), .timestamp(now), .text(lease.owner), .timestamp(lease.until),
                ]
                // What was due earlier is given up for good, and what is long past forgotten.
                _ = try await connection.query(
                    """
                    UPDATE scheduled_jobs SET finished_at = $3::timestamptz, error = coalesce(error, 'not finished in time')
                    WHERE name = $1 AND finished_at IS NULL AND scheduled_for < $2::timestamptz
                    """,
                    Array(values[0...2])
                )
                _ = try await connection.query(
                    "DELETE FROM scheduled_jobs WHERE name = $1 AND scheduled_for < $2::timestamptz",
                    [.text(name), .timestamp(slot.adding(.seconds(-Self.jobMemory)))]
                )
                let claimed = try await connection.query(Self.upsertRun, values)
                guard let row = claimed.first else { throw LedgerError(.corruptRow, "a run vanished") }
                return .granted(try ScheduledRun(row), after: try row.optional("last_success"))
            }
        }
    }

    private static func refusal(
        of latest: PostgresRow,
        _ slot: Timestamp,
        _ lease: LedgerLease,
        _ now: Timestamp
    ) throws -> JobClaim? {
        let run = try ScheduledRun(latest)
        if let finishedAt = run.finishedAt { return run.scheduledFor >= slot ? .done(finishedAt) : nil }
        let isOwn = run.instance == lease.owner && run.error == nil
        if try latest.value("lease_until") > now, !isOwn { return .taken }
        // A clock that is behind finds a run of the future: that one comes first.
        return run.scheduledFor > slot ? .taken : nil
    }

    /// Prolongs the right to a run, and notes how far it has come.
    ///
    /// - Returns: False when the run is no longer the caller's: it must stop.
    package func prolong(_ run: ScheduledRun, until: Timestamp, progress: String?) async throws -> Bool {
        let values: [PostgresValue] = Self.place(of: run) + [.timestamp(until), .text(progress)]
        return try await mapErrors { try await !pool.query(Self.prolongRun, values).isEmpty }
    }

    /// Ends a run, or notes why it failed and when it may be tried again.
    ///
    /// - Returns: False when the run is no longer the caller's.
    @discardableResult
    package func end(_ run: ScheduledRun, at now: Timestamp, failure: (error: String, retryAt: Timestamp)? = nil)
        async throws -> Bool
    {
        let values: [PostgresValue] =
            Self.place(of: run) + [.timestamp(now), .text(failure?.error), .timestamp(failure?.retryAt)]
        return try await mapErrors { try await !pool.query(Self.endRun, values).isEmpty }
    }

    /// The latest run of each job and when it last succeeded, by name.
    package func scheduledJobs() async throws -> [ScheduledJobState] {
        try await mapErrors {
            try await pool.query(Self.selectJobs).map { row in
                ScheduledJobState(latest: try ScheduledRun(row), lastSuccess: try row.optional("last_success"))
            }
        }
    }

    /// A run as one attempt at it knows it.
    private static func place(of run: ScheduledRun) -> [PostgresValue] {
        [.text(run.name), .timestamp(run.scheduledFor), .text(run.instance), .int(Int64(run.attempts))]
    }

    private static let selectLatestRun: SQL = """
        SELECT * FROM scheduled_jobs WHERE name = $1 ORDER BY scheduled_for DESC LIMIT 1
        """

    private static let upsertRun: SQL = """
        INSERT INTO scheduled_jobs AS j (name, scheduled_for, started_at, instance, lease_until, attempts)
        VALUES ($1, $2::timestamptz, $3::timestamptz, $4, $5::timestamptz, 1)
        ON CONFLICT (name, scheduled_for) DO UPDATE SET started_at = excluded.started_at, instance = excluded.instance,
            lease_until = excluded.lease_until, attempts = j.attempts + 1, error = NULL
        RETURNING j.*, (
            SELECT max(o.scheduled_for) FROM scheduled_jobs AS o
            WHERE o.name = $1 AND o.scheduled_for < $2::timestamptz AND o.finished_at IS NOT NULL AND o.error IS NULL
        ) AS last_success
        """

    private static let prolongRun: SQL = """
        UPDATE scheduled_jobs SET lease_until = $5::timestamptz, progress = coalesce($6::text, progress)
        WHERE name = $1 AND scheduled_for = $2::timestamptz AND instance = $3 AND attempts = $4::integer
            AND finished_at IS NULL
        RETURNING 1
        """

    private static let endRun: SQL = """
        UPDATE scheduled_jobs SET error = $6::text, lease_until = coalesce($7::timestamptz, lease_until),
            finished_at = CASE WHEN $6::text IS NULL THEN $5::timestamptz END
        WHERE name = $1 AND scheduled_for = $2::timestamptz AND instance = $3 AND attempts = $4::integer
            AND finished_at IS NULL
        RETURNING 1
        """

    private static let selectJobs: SQL = """
        SELECT DISTINCT ON (j.name) j.*, (
            SELECT max(o.finished_at) FROM scheduled_jobs AS o
            WHERE o.name = j.name AND o.finished_at IS NOT NULL AND o.error IS NULL
        ) AS last_success
        FROM scheduled_jobs AS j ORDER BY j.name, j.scheduled_for DESC
        """
}

extension ScheduledRun {
    fileprivate init(_ row: PostgresRow) throws {
        self.init(
            name: try row.value("name"),
            scheduledFor: try row.value("scheduled_for"),
            startedAt: try row.value("started_at"),
            finishedAt: try row.optional("finished_at"),
            instance: try row.value("instance"),
            attempts: try row.value("attempts"),
            progress: try row.optional("progress"),
            error: try row.optional("error")
        )
    }
}
