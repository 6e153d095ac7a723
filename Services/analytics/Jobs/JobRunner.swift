internal import Domain
package import Ledger
package import Logging
internal import ServiceLifecycle
package import ServiceRuntime
internal import Synchronization

/// Does a job whenever it is due and no other replica does it.
package final class JobRunner: Service {
    /// How it works.
    package struct Configuration: Sendable {
        /// Names the replica.
        package var instance: String
        /// How long after the last sign of life of whoever does a run another replica takes it over.
        package var lease = Duration.seconds(60)
        /// How often it looks whether the job is due, or can be taken over.
        package var pause = Duration.seconds(15)
        /// When a run that failed is tried again.
        package var retryAfter = Duration.seconds(300)

        package init(instance: String) {
            self.instance = instance
        }
    }

    private let job: any RecurringJob
    private let ledger: PostgresLedgerStore
    private let configuration: Configuration
    private let clock: any WallClock
    private let timer: any Clock<Duration>
    private let metrics: JobMetrics
    private let logger: Logger
    /// The last run that is known to be done: nobody needs to ask for it.
    private let done = Mutex<Timestamp?>(nil)

    package init(
        _ job: any RecurringJob,
        ledger: PostgresLedgerStore,
        configuration: Configuration,
        clock: any WallClock,
        timer: any Clock<Duration> = ContinuousClock(),
        metrics: JobMetrics,
        logger: Logger
    ) {
        self.job = job
        self.ledger = ledger
        self.configuration = configuration
        self.clock = clock
        self.timer = timer
        self.metrics = metrics
        self.logger = logger
    }

    /// Does the job until it is cancelled or asked to stop: what it is at is then left to others, or to its next life.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await self.look()
                do { try await self.timer.sleep(for: self.configuration.pause) } catch { return }
            }
        }
    }

    /// Does the job if it is due now.
    package func look() async {
        let slot = job.schedule.slot(at: clock.now)
        if let done = done.withLock({ $0 }), done >= slot { return }
        do {
            let lease = LedgerLease(owner: configuration.instance, until: leaseEnd)
            switch try await ledger.claimRun(of: job.schedule.name, at: slot, lease: lease, now: clock.now) {
            case .taken: break
            case .done(let time):
                metrics.succeeded(job.schedule.name, at: time)
                done.withLock { $0 = slot }
            case .granted(let run, let previous): try await carryOut(run, after: previous)
            }
        } catch is CancellationError {
            return
        } catch {
            logger.warning("a job could not be looked after", error: error, metadata: metadata)
        }
    }

    private func carryOut(_ run: ScheduledRun, after previous: Timestamp?) async throws {
        metrics.started(run.name)
        do {
            try await keepingLease(of: run) {
                try await self.job.perform(
                    JobRun(
                        scheduledFor: run.scheduledFor,
                        previous: previous,
                        progress: run.progress,
                        note: { try await self.prolong(run, progress: $0) }
                    )
                )
            }
            guard try await ledger.end(run, at: clock.now) else { throw LostRun() }
            metrics.succeeded(run.name, at: clock.now)
            done.withLock { $0 = run.scheduledFor }
        } catch is CancellationError {
            throw CancellationError()
        } catch is LostRun {
            metrics.lost(run.name)
            logger.notice("a job was taken over by another replica", metadata: metadata)
        } catch {
            metrics.failed(run.name)
            logger.error("a job failed", error: error, metadata: metadata)
            let retryAt = clock.now.adding(configuration.retryAfter)
            try await ledger.end(run, at: clock.now, failure: (String("\(error)".prefix(1_000)), retryAt))
        }
    }

    /// Runs a body beside signs of life; when these say that the run was taken over the body is cancelled.
    private func keepingLease(of run: ScheduledRun, _ body: @escaping @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await body() }
            group.addTask {
                while true {
                    try await self.timer.sleep(for: self.configuration.lease / 3)
                    try await self.prolong(run, progress: nil)
                }
            }
            // Signs of life never end by themselves.
            try await group.next()
        }
    }

    private func prolong(_ run: ScheduledRun, progress: String?) async throws {
        guard try await ledger.prolong(run, until: leaseEnd, progress: progress) else { throw LostRun() }
    }

    private var leaseEnd: Timestamp { clock.now.adding(configuration.lease) }

    private var metadata: Logger.Metadata { ["job": .string(job.schedule.name)] }

    /// Another replica has taken over.
    private struct LostRun: Error {}
}
