package import CoreMetrics
internal import Domain
package import Ledger
package import Logging
package import ServiceRuntime

/// Makes the ledger's months ahead, and says so when the next one is missing.
///
/// Months that are not there are made when the first event of them comes, which then has to wait.
package struct PartitionUpkeep: RecurringJob {
    private let ledger: PostgresLedgerStore
    private let clock: any WallClock
    private let monthsAhead: Gauge
    private let logger: Logger

    package let schedule = JobSchedule(name: "partitions", interval: 6 * 3_600, offset: 15 * 60)
    /// How many months after the present one are made.
    private static let ahead = 3

    package init(
        ledger: PostgresLedgerStore,
        clock: any WallClock,
        factory: any MetricsFactory,
        logger: Logger
    ) {
        self.ledger = ledger
        self.clock = clock
        monthsAhead = Gauge(label: "oliver_ledger_months_ahead", factory: factory)
        self.logger = logger
    }

    package func perform(_ run: JobRun) async throws {
        let now = clock.now
        do {
            try await ledger.prepareMonths(from: now, ahead: Self.ahead)
        } catch let error as LedgerError {
            try await look(at: now)
            throw error
        }
        try await look(at: now)
    }

    private func look(at now: Timestamp) async throws {
        let months = try await ledger.monthsAhead(of: now)
        monthsAhead.record(months)
        if months < 1 { logger.warning("the ledger has no partition for the next month") }
    }
}
