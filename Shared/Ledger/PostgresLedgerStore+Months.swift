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
        try await prepare(missing)
    }

    private func prepare(_ months: Set<Int>) async throws {
        for month in months.sorted() where Self.years.contains(month / 12) {
            try await mapErrors { try await makePartition(month: month) }
            memory.withLock { _ = $0.months.insert(month) }
        }
    }

    /// Makes the partitions of the month of `now` and of those that follow it.
    package func prepareMonths(from now: Timestamp, ahead count: Int) async throws {
        let first = Self.month(ofDay: floorDivide(now.seconds, 86_400))
        try await prepare(Set(first...(first + max(count, 0))))
    }

    /// How many months after that of a moment have a partition, without a gap; -1 when that month itself has none.
    package func monthsAhead(of now: Timestamp) async throws -> Int {
        let first = Self.month(ofDay: floorDivide(now.seconds, 86_400))
        let names = (first..<first + 120).map { Self.partitionName(month: $0) }
        let found = try await mapErrors {
            try await pool.query(
                """
                SELECT g.place FROM unnest($1::text[]) WITH ORDINALITY AS g (name, place)
                WHERE to_regclass(g.name) IS NULL ORDER BY g.place LIMIT 1
                """,
                [.textArray(names)]
            )
        }
        return try found.first.map { try $0.value(at: 0, as: Int.self) - 2 } ?? names.count - 1
    }

    private static func month(ofDay day: Int64) -> Int {
        let date = CivilDate(daysSince1970: day)
        return date.year * 12 + date.month - 1
    }

    /// The name of a month's partition, and the month.
    static func partition(containing time: Timestamp) -> (name: String, range: Range<Timestamp>) {
        let month = month(ofDay: floorDivide(time.seconds, 86_400))
        let bounds = [month, month + 1].map { month in
            Timestamp(seconds: CivilDate(year: month / 12, month: month % 12 + 1, day: 1).daysSince1970 * 86_400)
        }
        return (partitionName(month: month), bounds[0]..<bounds[1])
    }

    static func partitionName(month: Int) -> String {
        "usage_events_\(month / 12)_\(month % 12 < 9 ? "0" : "")\(month % 12 + 1)"
    }

    private func makePartition(month: Int) async throws {
        let name = Self.partitionName(month: month)
        let bounds = [month, month + 1].map { "\($0 / 12)-\($0 % 12 + 1)-1 00:00:00+00" }
        try await pool.withTransaction { connection in
            _ = try await connection.query("SELECT pg_advisory_xact_lock(hashtext('usage_events_partitions'))")
            let found = try await connection.query("SELECT to_regclass($1) IS NOT NULL AS found", [.text(name)])
            if try found.first?.value("found") == true { return }
            // The name and the bounds are made of numbers.
            try await connection.execute(
                script: SQL(
                    assembled: """
                        CREATE TABLE \(name) (LIKE usage_events INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)
                            WITH (autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
                        ALTER TABLE usage_events ATTACH PARTITION \(name)
                            FOR VALUES FROM ('\(bounds[0])') TO ('\(bounds[1])')
                        """
                )
            )
        }
    }
}
