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

    /// Closes days, months and thirds of months all of whose days are closed, the latest first, and the hours that are
    /// over of the day that is not.
    ///
    /// It may run on many replicas at once, and be stopped at any time: each period is one transaction.
    ///
    /// - Parameters:
    ///   - workspace: Whose periods.
    ///   - calendar: The workspace's.
    ///   - end: Only what ended by then.
    ///   - limit: At most so many days.
    /// - Returns: How many periods were closed, not counting hours.
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
            for day in try await open(days, .day, of: number) {
                if closed == limit {
                    isBehind = true
                    break
                }
                guard try await close(day, .day, of: number) else { return closed }
                closed += 1
            }
            guard try await closeHours(of: number, by: calendar, until: end), !isBehind else { return closed }
            let months = Self.periods(.month, of: calendar, from: begin, until: end)
            let present = Self.range(calendar.period(.month, containing: end))
            let thirds = (months + [present].compactMap { $0 }).flatMap { calendar.thirds(of: $0) }
            for (kind, periods) in [(ClosedPeriod.third, thirds.filter { $0.upperBound <= end }), (.month, months)] {
                for period in try await open(periods.suffix(Self.dayLimit), kind, of: number) {
                    guard try await close(period, kind, of: number) else { return closed }
                    closed += 1
                }
            }
            return closed
        }
    }

    /// Closes the whole hours of the day that a moment lies in, hours in a row together.
    ///
    /// - Returns: False when writers did not make way in time.
    private func closeHours(
        of workspace: Int32,
        by calendar: CalendarRules,
        until end: Timestamp
    ) async throws -> Bool {
        let first = calendar.period(.day, containing: end).start.adding(.seconds(3_599)).floored(toSeconds: 3_600)
        let hours = stride(from: first.seconds, to: end.floored(toSeconds: 3_600).seconds, by: 3_600).map {
            Timestamp(seconds: $0)..<Timestamp(seconds: $0 + 3_600)
        }
        var rows: [Range<Timestamp>] = []
        for hour in try await open(hours, .hour, of: workspace).reversed() {
            if let last = rows.last, last.upperBound == hour.lowerBound {
                rows[rows.count - 1] = last.lowerBound..<hour.upperBound
            } else {
                rows.append(hour)
            }
        }
        for row in rows {
            guard try await close(row, .hour, of: workspace) else { return false }
        }
        return true
    }

    private static func range(_ period: Period) -> Range<Timestamp>? {
        period.end.flatMap { period.start < $0 ? period.start..<$0 : nil }
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
        _ periods: some Collection<Range<Timestamp>>,
        _ kind: ClosedPeriod,
        of workspace: Int32
    ) async throws -> [Range<Timestamp>] {
        let periods = Array(periods)
        let found = try await pool.query(
            """
            SELECT g.place FROM unnest($1::timestamptz[], $2::timestamptz[]) WITH ORDINALITY AS g (starts, ends, place)
            WHERE NOT EXISTS (
                SELECT FROM closed_periods AS c
                WHERE c.workspace = $3::integer AND c.kind = $4::smallint AND c.starts = g.starts AND c.ends = g.ends
                    AND (c.has_all_sums OR NOT $5::boolean)
            )
            ORDER BY g.place DESC
            """,
            [
                .timestampArray(periods.map(\.lowerBound)), .timestampArray(periods.map(\.upperBound)),
                .int(Int64(workspace)), .int(kind.kind), .bool(kind != .hour),
            ]
        )
        return try found.map { periods[try $0.value(at: 0, as: Int.self) - 1] }
    }

    /// Closes a period, or hours in a row, unless an open day lies in it.
    ///
    /// - Returns: False when the writers did not make way in time: another time is better.
    func close(_ period: Range<Timestamp>, _ kind: ClosedPeriod, of workspace: Int32) async throws -> Bool {
        let place: [PostgresValue] = [
            .int(Int64(workspace)), .timestamp(period.lowerBound), .timestamp(period.upperBound),
        ]
        do {
            try await pool.withTransaction(attempts: configuration.attempts) { connection in
                // Writers wait behind a waiting closer: not for long, whatever holds it up.
                try await connection.execute(script: "SET LOCAL lock_timeout = '2s'")
                try await lock(workspace, on: connection)
                // Each statement from here on sees what all writers have committed.
                for step in Self.steps(to: kind) { _ = try await connection.query(step.sql, step.values(place)) }
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

    private static func steps(to kind: ClosedPeriod) -> [ClosingStep] {
        let forget = [ClosingStep(PeriodSQL.forget(kind)), ClosingStep(PeriodSQL.forgetSums(kind))]
        let coarser = [1, 2, 3].map { ClosingStep(PeriodSQL.sumCoarser($0, kind)) }
        switch kind {
        case .day:
            // An older version's replica may have opened the day without a look at the third that it lies in.
            return forget + [
                ClosingStep(PeriodSQL.forget(.third)), ClosingStep(PeriodSQL.forgetTags), ClosingStep(PeriodSQL.sumDay),
            ] + coarser + [
                ClosingStep(PeriodSQL.forgetSums(.hour)), ClosingStep(PeriodSQL.sumQuarters),
                ClosingStep(PeriodSQL.sumTags, [.int(tagValueLimit), .int(tagKeyLimit)]),
            ]
        case .hour:
            return forget + [ClosingStep(PeriodSQL.sumQuarters), ClosingStep(PeriodSQL.closeHours)]
        case .month, .third:
            return forget + [ClosingStep(PeriodSQL.sumDays(into: kind))] + coarser
                + [ClosingStep(PeriodSQL.closeDays(as: kind))]
        }
    }

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

extension CalendarRules {
    /// A month's first ten days, second ten days, and the rest.
    func thirds(of month: Range<Timestamp>) -> [Range<Timestamp>] {
        var date = date(at: month.lowerBound)
        var starts = [month.lowerBound]
        for day in [11, 21] {
            date.day = day
            starts.append(start(of: date))
        }
        return zip(starts, starts.dropFirst() + [month.upperBound]).compactMap { $0 < $1 ? $0..<$1 : nil }
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
                WHERE c.workspace = g.workspace AND c.kind IN (1, 2, 5) AND c.starts <= g.bucket
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
