package import Calendars
internal import Domain
package import Ledger
package import Logging
package import ServiceRuntime

/// Drops events that are older than the installation, or their workspace, keeps them.
///
/// Whole months that nobody keeps go at once; what a workspace keeps for a shorter time is deleted day by day.
package struct RetentionJob: RecurringJob {
    private let ledger: PostgresLedgerStore
    /// The installation's months; `nil` keeps everything.
    private let months: Int?
    private let monthsOfWorkspaces: @Sendable () async throws -> [String: Int]
    private let calendars: @Sendable () -> [String: CalendarRules]
    private let clock: any WallClock
    private let logger: Logger

    package let schedule = JobSchedule(name: "retention", interval: 86_400, offset: 3_600)
    /// Days of one workspace in a row.
    private static let dayLimit = 31
    /// The first month that has a partition of its own.
    private static let firstMonth = Timestamp(seconds: 1_420_070_400)  // 2015-01-01

    package init(
        ledger: PostgresLedgerStore,
        months: Int?,
        monthsOfWorkspaces: @escaping @Sendable () async throws -> [String: Int],
        calendars: @escaping @Sendable () -> [String: CalendarRules],
        clock: any WallClock,
        logger: Logger
    ) {
        self.ledger = ledger
        self.months = months
        self.monthsOfWorkspaces = monthsOfWorkspaces
        self.calendars = calendars
        self.clock = clock
        self.logger = logger
    }

    package func perform(_ run: JobRun) async throws {
        let own = try await monthsOfWorkspaces()
        let calendars = calendars()
        if let months { try await dropMonths(before: Self.cutoff(months, .standard, clock.now), calendars, run) }
        var failure: LedgerError?
        for (workspace, calendar) in calendars.sorted(by: { $0.key < $1.key }) {
            guard let kept = [months, own[workspace]].compactMap(\.self).min() else { continue }
            do {
                try await dropDays(of: workspace, by: calendar, before: Self.cutoff(kept, calendar, clock.now), run)
            } catch let error as LedgerError {
                // One workspace must not stand in the way of all others.
                failure = error
                logger.error("events were not dropped", error: error, metadata: ["workspace": "\(workspace)"])
            }
        }
        if let failure { throw failure }
    }

    private func dropMonths(
        before cutoff: Timestamp,
        _ calendars: [String: CalendarRules],
        _ run: JobRun
    ) async throws {
        guard let oldest = try await ledger.oldestMonth() else { return }
        var month = max(oldest, Self.firstMonth)
        while let end = CalendarRules.standard.period(.month, containing: month).end, end <= cutoff {
            let rows = try await ledger.dropMonth(containing: month, calendars: calendars, now: clock.now)
            if let rows, rows > 0 {
                logger.notice("a month was dropped", metadata: ["month": "\(month.rfc3339)", "rows": "\(rows)"])
                try await run.note("month \(month.rfc3339.prefix(7)): \(rows) rows")
            }
            month = end
        }
    }

    private func dropDays(
        of workspace: String,
        by calendar: CalendarRules,
        before cutoff: Timestamp,
        _ run: JobRun
    ) async throws {
        var all = 0
        while true {
            try Task.checkCancellation()
            let days = try await ledger.dropDays(
                of: workspace,
                by: calendar,
                before: cutoff,
                limit: Self.dayLimit,
                now: clock.now
            )
            all += days
            if days > 0 { try await run.note("\(all) days of \(workspace)") }
            guard days == Self.dayLimit else { return }
        }
    }

    /// The start of the month that comes so many months before the present one.
    static func cutoff(_ months: Int, _ calendar: CalendarRules, _ now: Timestamp) -> Timestamp {
        let today = calendar.date(at: now)
        let month = today.year * 12 + today.month - 1 - months
        return calendar.start(of: CivilDate(year: month / 12, month: month % 12 + 1, day: 1))
    }
}
