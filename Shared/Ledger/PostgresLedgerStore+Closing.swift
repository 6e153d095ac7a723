package import Calendars
package import Domain
internal import Logging
internal import Postgres

/// Closing periods: keeping the sums of days and months that are over.
///
/// Writers hold a lock of their workspace in shared mode from before they look for closed periods to their commit; who
/// closes holds it alone. So a period's sums miss nothing, and whatever comes later finds it closed and opens it.
extension PostgresLedgerStore {
    /// Sets apart the locks of workspaces from others.
    static let lockClass = 0x6f6c_6976
    /// Values of a tag in a day beyond which its sums are not kept, and keys of a day at most.
    private static let tagValueLimit = 1_000
    private static let tagKeyLimit = 50
    /// Days that are looked through: a hundred years.
    private static let dayLimit = 36_600

    /// Closes days, and months all of whose days are closed, the latest first.
    ///
    /// It may run on many replicas at once, and be stopped at any time: each period is one transaction.
    ///
    /// - Parameters:
    ///   - workspace: Whose periods.
    ///   - calendar: The workspace's.
    ///   - end: Only what ended by then.
    ///   - limit: At most so many days.
    /// - Returns: How many periods were closed.
    /// - Throws: `LedgerError`, or `CancellationError`.
    package func closePeriods(
        of workspace: String,
        by calendar: CalendarRules,
        until end: Timestamp,
        limit: Int
    ) async throws -> Int {
        try await mapErrors {
            guard let (number, first) = try await firstBucket(of: workspace) else { return 0 }
            // From the start of a month, so that the first one can be closed as well.
            let begin = calendar.period(.month, containing: first).start
            let days = Self.periods(.day, of: calendar, from: begin, until: end)
            var closed = 0
            var isBehind = false
            for day in try await open(days, kind: 1, of: number) {
                if closed == limit {
                    isBehind = true
                    break
                }
                guard try await close(day, kind: 1, of: number) else { return closed }
                closed += 1
            }
            guard !isBehind else { return closed }
            let months = Self.periods(.month, of: calendar, from: begin, until: end)
            for month in try await open(months, kind: 2, of: number) {
                guard try await close(month, kind: 2, of: number) else { return closed }
                closed += 1
            }
            return closed
        }
    }

    private func firstBucket(of workspace: String) async throws -> (number: Int32, first: Timestamp)? {
        let found = try await pool.query(
            """
            SELECT w.number, (SELECT min(r.bucket) FROM rollups AS r WHERE r.workspace = w.number) AS first
            FROM ledger_workspaces AS w WHERE w.name = $1
            """,
            [.text(workspace)]
        )
        guard let row = found.first, let first: Timestamp = try row.optional("first") else { return nil }
        return (try row.value("number"), first)
    }

    /// Whole periods from that of a moment on, which ended by another one.
    private static func periods(
        _ kind: PeriodKind,
        of calendar: CalendarRules,
        from first: Timestamp,
        until end: Timestamp
    ) -> [Range<Timestamp>] {
        var periods: [Range<Timestamp>] = []
        var next = calendar.period(kind, containing: first)
        while let over = next.end, over <= end, over > next.start {
            if next.start.isOnGrain, over.isOnGrain { periods.append(next.start..<over) }
            next = calendar.period(kind, containing: over)
        }
        return periods.suffix(dayLimit)
    }

    private func open(
        _ periods: [Range<Timestamp>],
        kind: Int64,
        of workspace: Int32
    ) async throws -> [Range<Timestamp>] {
        let found = try await pool.query(
            """
            SELECT g.place FROM unnest($1::timestamptz[], $2::timestamptz[]) WITH ORDINALITY AS g (starts, ends, place)
            WHERE NOT EXISTS (
                SELECT FROM closed_periods AS c
                WHERE c.workspace = $3::integer AND c.kind = $4::smallint AND c.starts = g.starts AND c.ends = g.ends
            )
            ORDER BY g.place DESC
            """,
            [
                .timestampArray(periods.map(\.lowerBound)), .timestampArray(periods.map(\.upperBound)),
                .int(Int64(workspace)), .int(kind),
            ]
        )
        return try found.map { periods[try $0.value(at: 0, as: Int.self) - 1] }
    }

    /// Closes a period unless it is closed, or is a month with an open day.
    ///
    /// - Returns: False when the writers did not make way in time: another time is better.
    func close(_ period: Range<Timestamp>, kind: Int, of workspace: Int32) async throws -> Bool {
        let place: [PostgresValue] = [
            .int(Int64(workspace)), .timestamp(period.lowerBound), .timestamp(period.upperBound),
        ]
        do {
            try await pool.withTransaction(attempts: configuration.attempts) { connection in
                // Writers wait behind a waiting closer: not for long, whatever holds it up.
                try await connection.execute(script: "SET LOCAL lock_timeout = '2s'")
                try await lock(workspace, on: connection)
                // Each statement from here on sees what all writers have committed.
                let steps = kind == 1 ? Self.closeDay : Self.closeMonth
                for step in steps { _ = try await connection.query(step.sql, step.values(place)) }
            }
            return true
        } catch let error as PostgresError where error.sqlState == "55P03" {
            logger.debug("a period was not closed, writers hold its workspace")
            return false
        }
    }

    /// Keeps writers and other closers of a workspace away until the transaction ends.
    func lock(_ workspace: Int32, on connection: PostgresConnection) async throws {
        _ = try await connection.query(
            "SELECT pg_advisory_xact_lock($1::integer, $2::integer)",
            [.int(Self.lockClass), .int(Int64(workspace))]
        )
    }

    private static let closeDay = [
        ClosingStep(PeriodSQL.forget(kind: 1)), ClosingStep(PeriodSQL.forgetSums(kind: 1)),
        ClosingStep(PeriodSQL.forgetTags), ClosingStep(PeriodSQL.sumDay), ClosingStep(PeriodSQL.sumCoarser(1, kind: 1)),
        ClosingStep(PeriodSQL.sumCoarser(2, kind: 1)),
        ClosingStep(PeriodSQL.sumTags, [.int(tagValueLimit), .int(tagKeyLimit)]),
    ]
    private static let closeMonth = [
        ClosingStep(PeriodSQL.forget(kind: 2)), ClosingStep(PeriodSQL.forgetSums(kind: 2)),
        ClosingStep(PeriodSQL.sumMonth), ClosingStep(PeriodSQL.sumCoarser(1, kind: 2)),
        ClosingStep(PeriodSQL.sumCoarser(2, kind: 2)), ClosingStep(PeriodSQL.closeMonth),
    ]

    /// A statement about a workspace and a range, `$1` to `$3`, and what else it needs.
    private struct ClosingStep: Sendable {
        var sql: SQL
        var further: [PostgresValue]

        init(_ sql: SQL, _ further: [PostgresValue] = []) {
            self.sql = sql
            self.further = further
        }

        func values(_ place: [PostgresValue]) -> [PostgresValue] { place + further }
    }
}

/// Opening periods.
extension PostgresLedgerStore {
    /// What a writer does before it adds to quarters of an hour: it locks their workspaces against closing, and opens the
    /// periods that they lie in.
    static func opening(_ rollups: RollupBatch) -> [PostgresQuery] {
        let places = Set(rollups.rows.map { OpeningPlace(workspace: $0.key.workspace, bucket: $0.key.bucket) })
        let sorted = places.sorted { ($0.workspace, $0.bucket) < ($1.workspace, $1.bucket) }
        let workspaces = Set(sorted.map(\.workspace)).sorted()
        return [
            PostgresQuery(
                "SELECT pg_advisory_xact_lock_shared($1::integer, number) FROM unnest($2::integer[]) AS g (number)",
                [.int(lockClass), .int32Array(workspaces)]
            ),
            PostgresQuery(
                """
                DELETE FROM closed_periods AS c
                USING unnest($1::integer[], $2::timestamptz[]) AS g (workspace, bucket)
                WHERE c.workspace = g.workspace AND c.kind IN (1, 2) AND c.starts <= g.bucket
                    AND c.starts > g.bucket - interval '33 days' AND c.ends > g.bucket
                """,
                [.int32Array(sorted.map(\.workspace)), .timestampArray(sorted.map(\.bucket))]
            ),
        ]
    }

    private struct OpeningPlace: Hashable {
        var workspace: Int32
        var bucket: Timestamp
    }
}
