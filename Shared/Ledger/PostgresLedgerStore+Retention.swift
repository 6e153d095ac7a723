package import Calendars
package import Domain
internal import Logging
internal import Postgres

/// Dropping rows that are older than people want to keep.
///
/// What was spent stays known: rollups, the sums of closed days and months with their tags, and the identities, so that
/// an old event that comes again is still no new one. What goes is the single event: lists, exports, corrections of it,
/// and cuts of these days that no sum was kept for.
extension PostgresLedgerStore {
    /// Drops the rows of one workspace's days, the oldest first, by deleting them.
    ///
    /// A day is one transaction. Days that are not closed yet are closed first.
    ///
    /// - Parameters:
    ///   - workspace: Whose rows.
    ///   - calendar: The workspace's.
    ///   - cutoff: Only days that ended by then.
    ///   - limit: At most so many days.
    ///   - now: The present.
    /// - Returns: How many days were dropped.
    /// - Throws: `LedgerError`, with code `corruptRow` when rollups and rows of a day differ: then its rows stay;
    ///   `CancellationError`.
    package func dropDays(
        of workspace: String,
        by calendar: CalendarRules,
        before cutoff: Timestamp,
        limit: Int,
        now: Timestamp
    ) async throws -> Int {
        try await mapErrors {
            guard let number = try await number(of: workspace) else { return 0 }
            var dropped = 0
            var from = Timestamp.storable.lowerBound
            while dropped < limit, let first = try await firstRow(of: number, from: from, before: cutoff) {
                let day = calendar.period(.day, containing: first)
                guard let end = day.end, end <= cutoff else { return dropped }
                from = end
                // Days of times when clocks had odd seconds are kept: they cannot be closed.
                guard day.start.isOnGrain, end.isOnGrain else { continue }
                guard try await close(day.start..<end, .day, of: number) else { return dropped }
                guard try await drop(day.start..<end, of: number, now: now) else { return dropped }
                dropped += 1
            }
            return dropped
        }
    }

    /// Empties the partition of a month all of whose rows are past the time for which anybody keeps them.
    ///
    /// It costs no more than reading the rows once, and leaves nothing to vacuum. The partition stays: writers know that
    /// it is there, and late events go into it.
    ///
    /// - Parameters:
    ///   - month: A moment of the month, which is one of UTC.
    ///   - calendars: Those of all workspaces; one that is missing keeps the month.
    ///   - now: The present.
    /// - Returns: How many rows there were; `nil` when a writer, or an open day, stood in the way.
    /// - Throws: As `dropDays`.
    package func dropMonth(
        containing month: Timestamp,
        calendars: [String: CalendarRules],
        now: Timestamp
    ) async throws -> Int? {
        let (name, range) = Self.partition(containing: month)
        return try await mapErrors {
            guard try await hasTable(name) else { return 0 }
            var days: [(workspace: Int32, days: [Range<Timestamp>])] = []
            for (workspace, number) in try await workspaces(in: name) {
                guard let calendar = calendars[workspace] else { return nil }
                guard let inner = try await prepare(range, of: workspace, number, by: calendar, now: now) else {
                    return nil
                }
                days.append((number, inner))
            }
            return try await empty(name, days: days, now: now)
        }
    }

    /// Drops the days that reach into other months, and closes those that do not: these are returned.
    private func prepare(
        _ month: Range<Timestamp>,
        of workspace: String,
        _ number: Int32,
        by calendar: CalendarRules,
        now: Timestamp
    ) async throws -> [Range<Timestamp>]? {
        var inner: [Range<Timestamp>] = []
        var next = calendar.period(.day, containing: month.lowerBound)
        while next.start < month.upperBound, let end = next.end, end > next.start {
            let day = next.start..<end
            guard day.lowerBound.isOnGrain, end.isOnGrain else { return nil }
            if try await !isClosed(day, of: number) {
                guard try await close(day, .day, of: number) else { return nil }
            }
            if day.lowerBound >= month.lowerBound, end <= month.upperBound {
                inner.append(day)
            } else if try await !drop(day, of: number, now: now) {
                return nil
            }
            next = calendar.period(.day, containing: end)
        }
        return inner
    }

    private func drop(_ day: Range<Timestamp>, of workspace: Int32, now: Timestamp) async throws -> Bool {
        try await unlessBlocked {
            try await pool.withTransaction(attempts: configuration.attempts) { connection in
                try await connection.execute(
                    script: "SET LOCAL lock_timeout = '2s'; SET LOCAL statement_timeout = '10min'"
                )
                try await lock(workspace, on: connection)
                let dropped = Days([day], of: workspace)
                guard try await isClosed(day, of: workspace, on: connection) else { return false }
                _ = try await connection.query(RetentionSQL.deleteDay, dropped.values + [.timestamp(now)])
                try await finish(dropped, on: connection)
                return true
            }
        } ?? false
    }

    private func empty(
        _ partition: String,
        days: [(workspace: Int32, days: [Range<Timestamp>])],
        now: Timestamp
    ) async throws -> Int? {
        try await unlessBlocked {
            try await pool.withTransaction(attempts: configuration.attempts) { connection in
                try await connection.execute(
                    script: SQL(
                        assembled: """
                            SET LOCAL lock_timeout = '2s'; SET LOCAL statement_timeout = '30min';
                            LOCK TABLE \(partition) IN ACCESS EXCLUSIVE MODE
                            """
                    )
                )
                var rows = 0
                for (workspace, days) in days {
                    let dropped = Days(days, of: workspace)
                    let found = try await connection.query(
                        RetentionSQL.recordDays(in: partition),
                        dropped.values + [.timestamp(now)]
                    )
                    rows += try found.first?.value("rows", as: Int.self) ?? 0
                    try await finish(dropped, on: connection)
                }
                let all = try await connection.query(SQL(assembled: "SELECT count(*) AS n FROM \(partition)"))
                // An event came meanwhile and opened its day: another time.
                guard try all.first?.value("n") == rows else { throw Postponed() }
                try await connection.execute(script: SQL(assembled: "TRUNCATE \(partition)"))
                return rows
            }
        }
    }

    /// What both ways have in common.
    private func finish(_ days: Days, on connection: PostgresConnection) async throws {
        if let wrong = try await connection.query(RetentionSQL.findDifferences, days.values).first {
            let start: Timestamp = try wrong.value(at: 0)
            throw LedgerError(.corruptRow, "rollups differ from the rows of the day that began \(start.rfc3339)")
        }
        _ = try await connection.query(RetentionSQL.forgetTags, Array(days.values.prefix(2)))
        _ = try await connection.query(RetentionSQL.keepTags, Array(days.values.prefix(2)))
        _ = try await connection.query(RetentionSQL.forgetUnpriced, days.values)
    }

    private struct Days {
        var values: [PostgresValue]

        init(_ days: [Range<Timestamp>], of workspace: Int32) {
            values = [
                .int(Int64(workspace)), .timestampArray(days.map(\.lowerBound)),
                .timestampArray(days.map(\.upperBound)),
            ]
        }
    }

    /// Something stands in the way that will not be there another time.
    private struct Postponed: Error {}

    private func unlessBlocked<Value>(_ body: () async throws -> Value) async throws -> Value? {
        do {
            return try await body()
        } catch let error as PostgresError where error.sqlState == "55P03" {
            logger.debug("rows were not dropped, writers hold them")
            return nil
        } catch is Postponed {
            return nil
        }
    }
}

/// Looking things up.
extension PostgresLedgerStore {
    private func number(of workspace: String) async throws -> Int32? {
        let found = try await pool.query("SELECT number FROM ledger_workspaces WHERE name = $1", [.text(workspace)])
        return try found.first?.value("number")
    }

    private func firstRow(
        of workspace: Int32,
        from: Timestamp,
        before cutoff: Timestamp
    ) async throws -> Timestamp? {
        let found = try await pool.query(
            """
            SELECT occurred_at FROM usage_events
            WHERE workspace = $1::integer AND occurred_at >= $2::timestamptz AND occurred_at < $3::timestamptz
            ORDER BY occurred_at, id LIMIT 1
            """,
            [.int(Int64(workspace)), .timestamp(from), .timestamp(cutoff)]
        )
        return try found.first?.value("occurred_at")
    }

    private func isClosed(_ day: Range<Timestamp>, of workspace: Int32) async throws -> Bool {
        try await pool.withConnection { try await isClosed(day, of: workspace, on: $0) }
    }

    private func isClosed(
        _ day: Range<Timestamp>,
        of workspace: Int32,
        on connection: PostgresConnection
    ) async throws -> Bool {
        let values: [PostgresValue] = [
            .int(Int64(workspace)), .timestamp(day.lowerBound), .timestamp(day.upperBound),
        ]
        return try await !connection.query(
            """
            SELECT 1 FROM closed_periods
            WHERE workspace = $1::integer AND kind = 1 AND starts = $2::timestamptz AND ends = $3::timestamptz
            """,
            values
        ).isEmpty
    }

    private func hasTable(_ name: String) async throws -> Bool {
        let found = try await pool.query("SELECT to_regclass($1) IS NOT NULL AS found", [.text(name)])
        return try found.first?.value("found") ?? false
    }

    /// The workspaces that have rows in a partition.
    private func workspaces(in partition: String) async throws -> [(name: String, number: Int32)] {
        let found = try await pool.query(
            SQL(
                assembled: """
                    SELECT w.name, w.number FROM ledger_workspaces AS w
                    WHERE EXISTS (SELECT FROM \(partition) AS e WHERE e.workspace = w.number) ORDER BY w.number
                    """
            )
        )
        return try found.map { (try $0.value("name"), try $0.value("number")) }
    }

    /// The oldest month (of UTC) whose partition holds anything; `nil` when the ledger is empty.
    package func oldestMonth() async throws -> Timestamp? {
        try await mapErrors {
            let found = try await pool.query("SELECT min(occurred_at) AS first FROM usage_events")
            return try found.first?.optional("first").map { Self.partition(containing: $0).range.lowerBound }
        }
    }
}
