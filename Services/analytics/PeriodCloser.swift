package import Calendars
internal import Domain
package import Ledger
package import Logging
internal import ServiceLifecycle
package import ServiceRuntime

/// Has the sums of days and months kept that are over, so that reports need not add them up again.
///
/// It may run on any number of replicas: a period is closed under a lock, by whoever comes first. What is opened again
/// by late events is closed again at the next look.
package final class PeriodCloser: Service {
    private let ledger: PostgresLedgerStore
    private let calendars: @Sendable () -> [String: CalendarRules]
    private let clock: any WallClock
    private let timer: any Clock<Duration>
    private let logger: Logger

    /// How long after its end a period is left open, for events that are on their way.
    private static let grace = Duration.seconds(10 * 60)
    private static let pause = Duration.seconds(60)
    /// Days of one workspace in a row, so that none waits for another's history.
    private static let dayLimit = 20

    package init(
        ledger: PostgresLedgerStore,
        calendars: @escaping @Sendable () -> [String: CalendarRules],
        clock: any WallClock,
        timer: any Clock<Duration> = ContinuousClock(),
        logger: Logger
    ) {
        self.ledger = ledger
        self.calendars = calendars
        self.clock = clock
        self.timer = timer
        self.logger = logger
    }

    /// Closes periods until it is cancelled or asked to stop; what it is at is finished or undone.
    package func run() async throws {
        while !Task.isCancelled, !Task.isShuttingDownGracefully {
            let isDone = await look()
            let pause = isDone ? Self.pause : .seconds(1)
            try? await cancelWhenGracefulShutdown { try await self.timer.sleep(for: pause) }
        }
    }

    /// Closes what can be closed now; false when a workspace has more.
    func look() async -> Bool {
        var isDone = true
        let end = clock.now.adding(.zero - Self.grace)
        for (workspace, calendar) in calendars().sorted(by: { $0.key < $1.key }) {
            guard !Task.isCancelled, !Task.isShuttingDownGracefully else { return true }
            do {
                let closed = try await ledger.closePeriods(
                    of: workspace,
                    by: calendar,
                    until: end,
                    limit: Self.dayLimit
                )
                if closed >= Self.dayLimit { isDone = false }
            } catch is CancellationError {
                return true
            } catch {
                logger.warning("periods were not closed", error: error, metadata: ["workspace": .string(workspace)])
            }
        }
        return isDone
    }
}
