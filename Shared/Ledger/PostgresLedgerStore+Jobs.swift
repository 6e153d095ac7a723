internal import Directory
package import Domain
internal import Postgres

/// Jobs.
extension PostgresLedgerStore: LedgerCorrectionStore {
    /// All columns of a job and the job that takes it back; the table's alias is `j`.
    static let jobColumns = "j.*, (SELECT r.id FROM ledger_jobs AS r WHERE r.reverses = j.id) AS reversed_by"

    private static let insertJob = SQL(
        assembled: """
            INSERT INTO ledger_jobs AS j (key, workspace, kind, spec, reason, author, price_book, reverses, state,
                created_at, updated_at)
            VALUES ($1, $2, $3::smallint, $4::jsonb, $5, $6, $7, $8::bigint, $9::smallint, $10::timestamptz,
                $10::timestamptz)
            ON CONFLICT (coalesce(workspace, ''), key) DO NOTHING
            RETURNING \(jobColumns)
            """
    )
    private static let selectJobByKey = SQL(
        assembled: "SELECT \(jobColumns) FROM ledger_jobs AS j WHERE coalesce(workspace, '') = $1 AND key = $2"
    )
    private static let selectJob = SQL(assembled: "SELECT \(jobColumns) FROM ledger_jobs AS j WHERE id = $1::bigint")
    private static let lockJob: SQL = "SELECT id FROM ledger_jobs WHERE id = $1::bigint FOR UPDATE"

    package func createJob(_ request: LedgerJobRequest, by author: Author, at now: Timestamp) async throws -> LedgerJob
    {
        guard request.kind != .manual else {
            throw LedgerError(.invalidQuery, "manual adjustments are made with their job")
        }
        return try await mapErrors {
            try await pool.withTransaction(attempts: configuration.attempts) { connection in
                let (job, isNew) = try await makeJob(request, as: .pending, at: now, on: connection)
                if isNew {
                    let entry = job.entry("correction.create", by: author)
                    try await Directory.audit([entry], at: now, in: connection)
                }
                return job
            }
        }
    }

    /// Creates a job or finds the one under the same key.
    func makeJob(
        _ request: LedgerJobRequest,
        as state: LedgerJob.State,
        at now: Timestamp,
        on connection: PostgresConnection
    ) async throws -> (job: LedgerJob, isNew: Bool) {
        try request.check()
        let spec = try JobSpec(request).text()
        if let known = try await job(like: request, on: connection) { return (known, false) }
        if let target = request.reverses { try await checkReversible(target, for: request, on: connection) }
        let values: [PostgresValue] = [
            .text(request.key), .text(request.workspace), .int(Int64(request.kind.rawValue)), .text(spec),
            .text(request.reason), .text(request.author), .text(request.priceBook), .int(request.reverses),
            .int(Int64(state.rawValue)), .timestamp(now),
        ]
        if let row = try await connection.query(Self.insertJob, values).first { return (try LedgerJob(row), true) }
        // Another replica created it meanwhile; a later statement sees what that one has committed.
        guard let known = try await job(like: request, on: connection) else {
            throw LedgerError(.corruptRow, "a job vanished while it was created")
        }
        return (known, false)
    }

    /// The job under a request's key, if there is one, which must be about the same.
    private func job(like request: LedgerJobRequest, on connection: PostgresConnection) async throws -> LedgerJob? {
        let values: [PostgresValue] = [.text(request.workspace ?? ""), .text(request.key)]
        guard let row = try await connection.query(Self.selectJobByKey, values).first else { return nil }
        let known = try LedgerJob(row)
        try known.checkIsAsked(by: request)
        return known
    }

    private func checkReversible(
        _ id: Int64,
        for request: LedgerJobRequest,
        on connection: PostgresConnection
    ) async throws {
        // Whoever would reverse or resume it waits here.
        try await lock(id, on: connection)
        try await existing(id, on: connection).checkIsReversible(for: request)
    }

    private func lock(_ id: Int64, on connection: PostgresConnection) async throws {
        _ = try await connection.query(Self.lockJob, [.int(id)])
    }

    private func existing(_ id: Int64, on connection: PostgresConnection) async throws -> LedgerJob {
        guard let row = try await connection.query(Self.selectJob, [.int(id)]).first else {
            throw LedgerError(.notFound, "there is no job \(id)")
        }
        return try LedgerJob(row)
    }

    package func job(_ id: Int64) async throws -> LedgerJob? {
        try await mapErrors { try await pool.query(Self.selectJob, [.int(id)]).first.map { try LedgerJob($0) } }
    }

    private static let selectJobs = SQL(
        assembled: """
            SELECT \(jobColumns) FROM ledger_jobs AS j
            WHERE ($1::text[] IS NULL OR workspace = ANY($1::text[]))
                AND (cardinality($2::smallint[]) = 0 OR kind = ANY($2::smallint[]))
                AND (cardinality($3::smallint[]) = 0 OR state = ANY($3::smallint[]))
                AND ($4::bigint IS NULL OR id < $4::bigint)
            ORDER BY id DESC LIMIT $5::bigint
            """
    )

    package func jobs(_ query: LedgerJobQuery, limit: Int, before id: Int64?) async throws -> [LedgerJob] {
        try checkLimit(limit, atMost: 1_000)
        return try await mapErrors {
            try await pool.query(
                Self.selectJobs,
                [
                    query.workspaces.map { .textArray($0) } ?? .null, .int16Array(query.kinds.map(\.rawValue)),
                    .int16Array(query.states.map(\.rawValue)), .int(id), .int(limit),
                ]
            ).map { try LedgerJob($0) }
        }
    }

    private static let claim = SQL(
        assembled: """
            UPDATE ledger_jobs AS j SET state = 2, lease_owner = $1, lease_until = $2::timestamptz,
                updated_at = $3::timestamptz
            WHERE id = (
                SELECT id FROM ledger_jobs
                WHERE kind = ANY($4::smallint[])
                    AND (state = 1 OR (state = 2 AND (lease_until IS NULL OR lease_until <= $3::timestamptz)))
                ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
            )
            RETURNING \(jobColumns)
            """
    )

    package func claimJob(_ kinds: [LedgerJob.Kind], lease: LedgerLease, at now: Timestamp) async throws -> LedgerJob? {
        try await mapErrors {
            try await pool.query(
                Self.claim,
                [
                    .text(lease.owner), .timestamp(lease.until), .timestamp(now),
                    .int16Array(kinds.map(\.rawValue)),
                ]
            ).first.map { try LedgerJob($0) }
        }
    }

    package func releaseJob(_ id: Int64, owner: String) async throws {
        try await mapErrors {
            _ = try await pool.query(
                "UPDATE ledger_jobs SET lease_until = NULL WHERE id = $1::bigint AND state = 2 AND lease_owner = $2",
                [.int(id), .text(owner)]
            )
        }
    }

    package func endJob(
        _ id: Int64,
        as state: LedgerJob.State,
        failure: String?,
        by author: Author,
        at now: Timestamp
    ) async throws -> LedgerJob {
        guard state == .failed || state == .cancelled else {
            throw LedgerError(.invalidQuery, "a job is ended as failed or as cancelled")
        }
        let action = "correction.\(state == .failed ? "fail" : "cancel")"
        return try await change(id, to: state, failure: failure, action, by: author, at: now) { job in
            guard !job.state.isEnded else { throw LedgerError(.conflict, "job \(id) is \(job.state.name) already") }
        }
    }

    package func resumeJob(_ id: Int64, by author: Author, at now: Timestamp) async throws -> LedgerJob {
        try await change(id, to: .pending, failure: nil, "correction.resume", by: author, at: now) {
            try $0.checkIsResumable()
        }
    }

    private static let setState = SQL(
        assembled: """
            UPDATE ledger_jobs AS j SET state = $2::smallint, failure = $3, updated_at = $4::timestamptz,
                finished_at = CASE WHEN $2::smallint > 2 THEN $4::timestamptz END, lease_until = NULL
            WHERE id = $1::bigint
            RETURNING \(jobColumns)
            """
    )

    private func change(
        _ id: Int64,
        to state: LedgerJob.State,
        failure: String?,
        _ action: String,
        by author: Author,
        at now: Timestamp,
        if check: (LedgerJob) throws -> Void
    ) async throws -> LedgerJob {
        try await mapErrors {
            try await pool.withTransaction { connection in
                try await lock(id, on: connection)
                let old = try await existing(id, on: connection)
                try check(old)
                let values: [PostgresValue] = [
                    .int(id), .int(Int64(state.rawValue)), .text(failure.map { String($0.prefix(2_000)) }),
                    .timestamp(now),
                ]
                guard let row = try await connection.query(Self.setState, values).first else {
                    throw LedgerError(.notFound, "there is no job \(id)")
                }
                let job = try LedgerJob(row)
                try await Directory.audit([job.entry(action, by: author, from: old)], at: now, in: connection)
                return job
            }
        }
    }

    private static let selectReferences: SQL = """
        SELECT id, key, kind, reason, author, EXISTS (SELECT FROM ledger_jobs AS r WHERE r.reverses = j.id) AS is_reversed
        FROM ledger_jobs AS j WHERE id = ANY($1::bigint[])
        """

    /// What lists say about jobs, by number.
    func jobReferences(_ ids: Set<Int64>) async throws -> [Int64: LedgerJobReference] {
        guard !ids.isEmpty else { return [:] }
        var references: [Int64: LedgerJobReference] = [:]
        for row in try await pool.query(Self.selectReferences, [.int64Array(ids.sorted())]) {
            let id: Int64 = try row.value("id")
            references[id] = LedgerJobReference(
                id: id,
                key: try row.value("key"),
                kind: try LedgerJob.Kind(row),
                reason: try row.value("reason"),
                author: try row.value("author"),
                isReversed: try row.value("is_reversed")
            )
        }
        return references
    }
}

/// Refuses a number of rows that is out of bounds.
func checkLimit(_ limit: Int, atMost maximum: Int) throws {
    guard (1...maximum).contains(limit) else {
        throw LedgerError(.invalidQuery, "the limit is 1 to \(maximum)")
    }
}
