internal import Domain
internal import FoundationEssentials
internal import Ledger
internal import PriceBook
internal import PriceDesk

/// Decides what the events of a job cost from now on.
///
/// A value: the driver hands it page after page, and what it wants to remember between pages is its `carry`.
struct RowPricing {
    private let kind: LedgerJob.Kind
    private let pricer: Pricer
    private var months: MonthProgress

    /// Goes on where a job was left.
    ///
    /// - Throws: `LedgerError` with code `corruptRow` when what the job carries cannot be read.
    init(_ job: LedgerJob, _ pricer: Pricer) throws {
        kind = job.request.kind
        self.pricer = pricer
        months = try MonthProgress(carry: job.carry)
    }

    /// Begins with the first row.
    init(kind: LedgerJob.Kind, _ pricer: Pricer) {
        self.kind = kind
        self.pricer = pricer
        months = MonthProgress()
    }

    /// What the next page wants to know.
    var carry: String? { months.isEmpty ? nil : months.carry }

    /// The months in which events were priced by their month's volume: those of one event are not for this job to know.
    var tieredMonths: [CalendarMonth] {
        kind == .trueUp ? [] : months.touched.sorted().map { CalendarMonth(containing: Timestamp(seconds: $0)) }
    }

    /// What a row costs by the present prices; `nil` leaves it as it is.
    mutating func decide(_ row: LedgerRow) -> Pricer.Priced? {
        guard row.kind == .event else { return nil }
        let event = row.priced.event
        let isReported = event.reportedCost != nil || row.priced.cost.provenance.source == .reported
        if kind == .trueUp { return trueUp(event, isReported: isReported) }
        // Whoever reported a cost knows better.
        guard !isReported else { return nil }
        if kind == .unpriced, row.current.state != .unpriced, row.current.state != .partiallyPriced { return nil }
        let price = pricer.price(event, volume: row.current.provenance.startVolume)
        if price.plan?.volumeQuantity != nil { months.touch(event) }
        return price
    }

    /// A reported event counts for its month, as it does when events are priced for the first time.
    private mutating func trueUp(_ event: UsageEvent, isReported: Bool) -> Pricer.Priced? {
        guard let plan = pricer.plan(of: event), plan.volumeQuantity != nil else { return nil }
        let before = months.take(event, plan)
        return isReported ? nil : pricer.price(event, volume: before)
    }
}

/// How far the months of one workspace have come, in the order of the events.
private struct MonthProgress: Codable {
    private var workspace = ""
    /// Millionths by plan and month.
    private var volumes: [String: Int64] = [:]
    /// Starts of months, in seconds since 1970.
    private(set) var touched: Set<Int64> = []

    /// Months that are remembered; a job over more leaves the others to a repricing.
    private static let monthLimit = 600

    init() {}

    var isEmpty: Bool { volumes.isEmpty && touched.isEmpty }

    mutating func touch(_ event: UsageEvent) {
        guard touched.count < Self.monthLimit else { return }
        touched.insert(CalendarMonth(containing: event.occurredAt).start.seconds)
    }

    init(carry: String?) throws {
        guard let carry else { return }
        do {
            self = try JSONDecoder().decode(Self.self, from: Data(carry.utf8))
        } catch {
            throw LedgerError(.corruptRow, "what a true-up carries cannot be read")
        }
    }

    var carry: String? {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        // Strings and numbers always encode.
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) }
    }

    /// What the month had before the event; afterwards it has the event too.
    mutating func take(_ event: UsageEvent, _ plan: PricePlan) -> Int64 {
        if workspace != event.identity.workspace {
            workspace = event.identity.workspace
            volumes = [:]
        }
        let key = "\(CalendarMonth(containing: event.occurredAt).name) \(plan.key)"
        let before = volumes[key] ?? 0
        let (after, overflow) = before.addingReportingOverflow(plan.volume(of: PriceRequest(event)))
        volumes[key] = overflow ? .max : after
        return before
    }
}
