internal import Domain
package import Ledger
package import Logging
internal import PriceBook
package import PriceDesk
internal import ServiceLifecycle
package import ServiceRuntime

/// Works on the ledger's jobs: unpriced events that got a price, repricings, true-ups and reversals.
///
/// Any replica may do it. A job is claimed for a while, its pages are applied one by one, each in one transaction with
/// where the job stands: whoever goes on after a crash goes on exactly there.
package final class CorrectionDriver: Service {
    /// How it works.
    package struct Configuration: Sendable {
        /// Rows of a page.
        package var pageLimit = 2_000
        /// The pause between two questions for work.
        package var pollInterval = Duration.seconds(1)
        /// How long a job stays with a replica that gives no sign of life.
        package var lease = Duration.seconds(30)
        /// Names this replica.
        package var owner: String

        package init(owner: String) {
            self.owner = owner
        }
    }

    private let ledger: any LedgerCorrectionStore
    private let book: PriceBookHolder
    private let contents: ContentKeeper
    private let configuration: Configuration
    private let metrics: CorrectionMetrics
    private let clock: any WallClock
    private let timer: any Clock<Duration>
    private let logger: Logger

    private static let kinds: [LedgerJob.Kind] = [.unpriced, .repricing, .trueUp, .reversal]

    /// Makes a driver; nothing happens before `run()`.
    package init(
        ledger: any LedgerCorrectionStore,
        book: PriceBookHolder,
        contents: ContentKeeper,
        configuration: Configuration,
        metrics: CorrectionMetrics,
        clock: any WallClock,
        timer: any Clock<Duration> = ContinuousClock(),
        logger: Logger
    ) {
        self.ledger = ledger
        self.book = book
        self.contents = contents
        self.configuration = configuration
        self.metrics = metrics
        self.clock = clock
        self.timer = timer
        self.logger = logger
    }

    /// Works until it is cancelled or asked to stop; the page in hand is finished first.
    package func run() async throws {
        while !Task.isCancelled, !Task.isShuttingDownGracefully {
            guard await workOnce() else {
                try? await cancelWhenGracefulShutdown {
                    try await self.timer.sleep(for: self.configuration.pollInterval)
                }
                continue
            }
        }
    }

    /// Takes a job and works on it until it has ended; `false` when there was none or it could not go on now.
    func workOnce() async -> Bool {
        do {
            guard let job = try await ledger.claimJob(Self.kinds, lease: lease, at: clock.now) else { return false }
            logger.info(
                "correction goes on",
                metadata: ["job.id": "\(job.id)", "job.kind": "\(job.request.kind.name)"]
            )
            return try await finish(job)
        } catch is CancellationError {
            return false
        } catch {
            // The lease runs out, and the job goes on where it was left.
            metrics.failed()
            logger.warning("a correction could not go on", metadata: ["error": "\(error)"])
            return false
        }
    }

    private func finish(_ claimed: LedgerJob) async throws -> Bool {
        var job = claimed
        while job.state == .running {
            if Task.isShuttingDownGracefully || Task.isCancelled {
                try await ledger.releaseJob(job.id, owner: configuration.owner)
                return false
            }
            do {
                job = try await advance(job)
            } catch let error as LedgerError where error.code == .stale {
                // Another replica was faster, or a row was corrected meanwhile.
                guard let present = try await ledger.job(job.id) else { return true }
                job = present
            } catch let error as LedgerError where !error.isRetriable {
                _ = try await ledger.endJob(job.id, as: .failed, failure: error.message, at: clock.now)
                logger.error("a correction failed", metadata: ["job.id": "\(job.id)", "error": "\(error)"])
                return true
            }
        }
        logger.info(
            "correction ended",
            metadata: [
                "job.id": "\(job.id)", "job.state": "\(job.state.name)", "job.read": "\(job.progress.read)",
                "job.changed": "\(job.progress.changed)",
            ]
        )
        return true
    }

    /// Does the next page.
    private func advance(_ job: LedgerJob) async throws -> LedgerJob {
        guard job.request.kind != .reversal else {
            return try await ledger.reverse(job, limit: configuration.pageLimit, lease: lease, at: clock.now)
        }
        let page = try await ledger.scan(job.query, after: job.cursor, limit: configuration.pageLimit)
        var pricing = try RowPricing(job, Pricer(plans: book.edition.plans))
        let prices = page.rows.map { pricing.decide($0) }
        try await contents.keep(prices.lazy.compactMap(\.self))
        if page.next == nil { try await orderTrueUps(of: pricing.tieredMonths, after: job) }
        let step = LedgerStep(page: page, costs: prices.map { $0?.event.cost }, carry: pricing.carry)
        let next = try await ledger.apply(step, to: job, lease: lease, at: clock.now)
        metrics.applied(kind: job.request.kind, changed: next.progress.changed - job.progress.changed)
        return next
    }

    /// Has months put in order whose events this job priced one by one, though their price depends on the month's volume.
    ///
    /// Ordered before the last page is applied, so that a crash cannot lose it; it waits its turn behind this job.
    private func orderTrueUps(of months: [CalendarMonth], after job: LedgerJob) async throws {
        let providers = book.edition.plans.book.volumeTieredProviders
        guard !providers.isEmpty else { return }
        for month in months {
            let request = LedgerJobRequest.trueUp(
                of: month,
                providers: providers,
                key: "true-up:\(month.name):job-\(job.id)",
                workspace: job.request.workspace
            )
            do {
                _ = try await ledger.createJob(request, at: clock.now)
            } catch let error as LedgerError where error.code == .conflict {
                // The page is done again, by other prices; what was ordered first does as well.
                continue
            }
        }
    }

    private var lease: LedgerLease {
        LedgerLease(owner: configuration.owner, until: clock.now.adding(configuration.lease))
    }
}
