package import Calendars
internal import Domain
package import Ledger
package import Logging
package import ServiceRuntime

/// Has the sums of days, months and the present day's hours kept that are over, so that reports need not add them up again.
///
/// What is opened again by late events is closed again at the next run.
package struct PeriodCloser: RecurringJob {
    private let ledger: PostgresLedgerStore
    private let calendars: @Sendable () -> [String: CalendarRules]
    private let clock: any WallClock
    private let logger: Logger

    /// Any zone's midnight is at a full quarter of an hour: some workspace's day may be over at each run.
    package let schedule = JobSchedule(name: "close_periods", interval: 300)
    /// How long after its end a period is left open, for events that are on their way.
    private static let grace = Duration.seconds(10 * 60)
    /// Days of one workspace in a row, so that none waits for another's history.
    private static let dayLimit = 20

    package init(
        ledger: PostgresLedgerStore,
        calendars: @escaping @Sendable () -> [String: CalendarRules],
        clock: any WallClock,
        logger: Logger
    ) {
        self.ledger = ledger
        self.calendars = calendars
        self.clock = clock
        self.logger = logger
    }

    /// Closes what can be closed; each period is finished or undone.
    package func perform(_ run: JobRun) async throws {
        let end = clock.now.adding(.zero - Self.grace)
        var open = calendars().sorted { $0.key < $1.key }
        var failure: (any Error)?
        while !open.isEmpty {
            var behind: [(key: String, value: CalendarRules)] = []
            for (workspace, calendar) in open {
                try Task.checkCancellation()
                do {
                    let closed = try await ledger.closePeriods(
                        of: workspace,
                        by: calendar,
                        until: end,
                        limit: Self.dayLimit
                    )
                    if closed >= Self.dayLimit { behind.append((workspace, calendar)) }
                    if closed > 0 { try await run.note("\(closed) periods of \(workspace)") }
                } catch let error as LedgerError {
                    // One workspace must not stand in the way of all others.
                    failure = error
                    logger.warning("periods were not closed", error: error, metadata: ["workspace": "\(workspace)"])
                }
            }
            open = behind
        }
        if let failure { throw failure }
    }
}
