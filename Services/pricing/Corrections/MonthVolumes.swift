package import Domain
package import Ledger
package import PriceBook
package import PriceDesk
package import ServiceRuntime
internal import Synchronization

/// What the calendar month (UTC) of a workspace has had of the quantity that decides a rate.
///
/// It is what the ledger knows, read again after some seconds, and what this replica has priced since. Replicas do not
/// know each other's last seconds: the nightly true-up puts that right.
package final class MonthVolumes: Sendable {
    private struct Key: Hashable {
        var workspace: String
        var plan: String
        var month: Int64
    }

    private struct Known {
        var volume: Int64
        var readAt: Timestamp
        /// When this replica last added to it.
        var takenAt: Timestamp
    }

    private let ledger: any LedgerStore
    private let clock: any WallClock
    private let known = Mutex<[Key: Known]>([:])

    /// How long a volume is trusted, in microseconds.
    private static let lifetime: Int64 = 10_000_000
    /// How long a priced event may be on its way to the ledger, in microseconds.
    private static let delay: Int64 = 60_000_000
    private static let capacity = 10_000
    /// Models of one provider that a month is asked about, at most.
    private static let modelLimit = 1_000

    package init(ledger: any LedgerStore, clock: any WallClock) {
        self.ledger = ledger
        self.clock = clock
    }

    /// What the month had before an event of a plan with volume tiers, in millionths; afterwards it has the event too.
    ///
    /// - Throws: `LedgerError`, `CancellationError`.
    package func take(_ event: UsageEvent, _ plan: PricePlan, _ pricer: Pricer) async throws -> Int64 {
        guard let quantity = plan.volumeQuantity else { return 0 }
        let month = CalendarMonth(containing: event.occurredAt)
        let key = Key(workspace: event.identity.workspace, plan: plan.key, month: month.start.seconds)
        let now = clock.now
        let trusted = known.withLock { known in
            known[key].flatMap { now.microseconds - $0.readAt.microseconds < Self.lifetime ? $0.volume : nil }
        }
        var fresh: Int64?
        if trusted == nil {
            fresh = try await read(event, plan, quantity: quantity, month: month, pricer)
        }
        let added = plan.volume(of: PriceRequest(event))
        return known.withLock { known in
            if known.count >= Self.capacity { known.removeAll() }
            var entry = known[key] ?? Known(volume: 0, readAt: now, takenAt: now)
            if let fresh {
                // The ledger may not have yet what was priced a moment ago; what it does not have later, it never will.
                let isQuiet = now.microseconds - entry.takenAt.microseconds > Self.delay
                entry.volume = isQuiet ? fresh : max(entry.volume, fresh)
                entry.readAt = now
            }
            entry.takenAt = now
            let before = entry.volume
            entry.volume = before.addingReportingOverflow(added).overflow ? .max : before + added
            known[key] = entry
            return before
        }
    }

    /// The ledger's sum over all models whose names lead to the same prices.
    private func read(
        _ event: UsageEvent,
        _ plan: PricePlan,
        quantity: String,
        month: CalendarMonth,
        _ pricer: Pricer
    ) async throws -> Int64 {
        guard let measured = MeasuredQuantity(name: quantity) ?? MeasuredQuantity(name: "custom:\(quantity)") else {
            return 0
        }
        let provider = plan.entry.provider
        let names = Set([event.provider, provider] + pricer.plans.book.aliases.otherNames(provider))
        let query = LedgerQuery(
            workspaces: [event.identity.workspace],
            from: month.start,
            to: month.end,
            filters: [LedgerFilter(.provider, names.sorted())],
            quantity: measured
        )
        let models = try await ledger.breakdown(query, by: .model, limit: Self.modelLimit)
        var sum: Int128 = 0
        for row in models.rows {
            guard let model = row.key else { continue }
            let name = PriceQuery(provider: provider, model: model, workspace: event.identity.workspace)
            if pricer.plans.plan(for: name, at: event.occurredAt)?.key == plan.key {
                sum += row.totals.quantityMillionths
            }
        }
        return Int64(clamping: sum)
    }
}

/// A calendar month in UTC.
struct CalendarMonth: Hashable, Sendable {
    /// Its first moment.
    let start: Timestamp
    /// The moment after its last.
    let end: Timestamp

    /// The month of a moment.
    init(containing time: Timestamp) {
        let date = CivilDate(daysSince1970: floorDivide(time.seconds, 86_400))
        self.init(year: date.year, month: date.month)
    }

    private init(year: Int, month: Int) {
        let next = month == 12 ? (year + 1, 1) : (year, month + 1)
        start = Timestamp(seconds: CivilDate(year: year, month: month, day: 1).daysSince1970 * 86_400)
        end = Timestamp(seconds: CivilDate(year: next.0, month: next.1, day: 1).daysSince1970 * 86_400)
    }

    /// The month before.
    var preceding: CalendarMonth {
        CalendarMonth(containing: Timestamp(seconds: start.seconds - 1))
    }

    /// `2026-11`.
    var name: String { String(start.rfc3339.prefix(7)) }
}
