internal import Domain
package import Ledger
package import Logging
internal import PriceBook
package import PriceDesk
internal import ServiceLifecycle
package import ServiceRuntime

/// Orders the nightly true-up of prices that depend on a month's volume.
///
/// Such an event was priced at the volume that the ledger knew then, which concurrent replicas and late events make
/// inexact. Each night the present month, and in its first days the one before, are priced again in the order of
/// `occurred_at`. The job's key is made from the date: all replicas together order one, and its row tells when it ran.
package final class TrueUpSchedule: Service {
    private let ledger: any LedgerCorrectionStore
    private let book: PriceBookHolder
    private let clock: any WallClock
    private let timer: any Clock<Duration>
    private let logger: Logger

    /// The hour of the day (UTC) from which on it orders.
    private static let hour: Int64 = 2
    /// Days of a month in which the month before is put right too.
    private static let lateDays: Int64 = 5

    /// Makes a schedule; nothing happens before `run()`.
    package init(
        ledger: any LedgerCorrectionStore,
        book: PriceBookHolder,
        clock: any WallClock,
        timer: any Clock<Duration> = ContinuousClock(),
        logger: Logger
    ) {
        self.ledger = ledger
        self.book = book
        self.clock = clock
        self.timer = timer
        self.logger = logger
    }

    /// Orders once a day until it is cancelled or asked to stop.
    package func run() async throws {
        var ordered: Int64?
        await timer.repeating(every: .seconds(60)) {
            let night = Self.night(at: clock.now)
            if ordered != night, await order(at: clock.now) { ordered = night }
        }
    }

    /// The night that a moment belongs to, as a count of days.
    static func night(at now: Timestamp) -> Int64 {
        floorDivide(now.seconds - hour * 3_600, 86_400)
    }

    /// Orders what is due; `false` when that has to be tried again.
    func order(at now: Timestamp) async -> Bool {
        let providers = book.edition.plans.book.volumeTieredProviders
        guard !providers.isEmpty else { return true }
        let month = CalendarMonth(containing: now)
        let isEarly = now.seconds - month.start.seconds < Self.lateDays * 86_400
        do {
            for month in isEarly ? [month.preceding, month] : [month] {
                let request = LedgerJobRequest.trueUp(
                    of: month,
                    providers: providers,
                    key: "true-up:\(month.name):\(Self.night(at: now))"
                )
                do {
                    _ = try await ledger.createJob(request, at: now)
                } catch let error as LedgerError where error.code == .conflict {
                    // Another replica ordered it with other prices at hand.
                    continue
                }
            }
            return true
        } catch {
            logger.warning("the true-up cannot be ordered", metadata: ["error": "\(error)"])
            return false
        }
    }
}

extension PriceBook {
    /// The providers of models whose prices depend on a month's volume, by all their names and in a fixed order.
    var volumeTieredProviders: [String] {
        let providers = Set(versions.lazy.filter(\.entry.hasVolumeTiers).map(\.entry.provider))
        return providers.union(providers.flatMap(aliases.otherNames)).sorted()
    }
}

extension LedgerJobRequest {
    /// Prices a month in the order of its events.
    static func trueUp(
        of month: CalendarMonth,
        providers: [String],
        key: String,
        workspace: String? = nil
    ) -> LedgerJobRequest {
        LedgerJobRequest(
            key: key,
            kind: .trueUp,
            workspace: workspace,
            query: LedgerScanQuery(
                from: month.start,
                to: month.end,
                filters: [LedgerFilter(.provider, providers)]
            ),
            reason: "prices by the volume of \(month.name), in the order of the events",
            author: "oliver"
        )
    }
}
