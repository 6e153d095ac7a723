package import Domain
internal import Postgres
internal import Synchronization

/// The partitions of `usage_events`, one for each month in UTC.
extension PostgresLedgerStore {
    /// Years whose months get partitions; what lies outside goes to `usage_events_other`.
    private static let years = 2015...2099

    /// Makes the partitions for the months of these times that are missing.
    ///
    /// Writers go on meanwhile: a partition is made apart and then attached, under an advisory lock.
    package func prepareMonths(of times: some Sequence<Timestamp>) async throws {
        var missing: Set<Int> = []
        memory.withLock { memory in
            var lastDay = Int64.min
            for time in times {
                // Events of one batch mostly share a day.
                let day = floorDivide(time.seconds, 86_400)
                if day == lastDay { continue }
                lastDay = day
                let month = Self.month(ofDay: day)
                if !memory.months.contains(month) { missing.insert(month) }
            }
        }
        for month in missing.sorted() where Self.years.contains(month / 12) {
            try await mapErrors { try await makePartition(month: month) }
            memory.withLock { _ = $0.months.insert(month) }
        }
    }

    /// Makes the partitions of the month of `now` and of those that follow it.
    package func prepareMonths(from now: Timestamp, ahead count: Int) async throws {
        try await prepareMonths(of: (0...max(count, 0)).map { now.adding(.seconds($0 * 31 * 86_400)) })
    }

    private static func month(ofDay day: Int64) -> Int {
        let date = CivilDate(daysSince1970: day)
        return date.year * 12 + date.month - 1
    }

    private func makePartition(month: Int) async throws {
        let name = "usage_events_\(month / 12)_\(month % 12 < 9 ? "0" : "")\(month % 12 + 1)"
        let bounds = [month, month + 1].map { "\($0 / 12)-\($0 % 12 + 1)-1 00:00:00+00" }
        try await pool.withTransaction { connection in
            _ = try await connection.query("SELECT pg_advisory_xact_lock(hashtext('usage_events_partitions'))")
            let found = try await connection.query("SELECT to_regclass($1) IS NOT NULL AS found", [.text(name)])
            if try found.first?.value("found") == true { return }
            // The name and the bounds are made of numbers.
            try await connection.execute(
                script: SQL(
                    assembled: """
                        CREATE TABLE \(name) (LIKE usage_events INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES);
                        ALTER TABLE usage_events ATTACH PARTITION \(name)
                            FOR VALUES FROM ('\(bounds[0])') TO ('\(bounds[1])')
                        """
                )
            )
        }
    }
}
