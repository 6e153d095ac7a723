internal import Calendars
internal import Domain

/// Chooses what a report is made from: the cheapest source that can tell what is asked for, for each part of the range.
///
/// It is pure. Which periods are closed is only known to the statement itself, which takes the next finer source for
/// those that are not: so a report is exact at any moment, whatever is closed or opened again meanwhile.
struct ReportPlan: Sendable {
    /// The coarsest source that can answer.
    enum Base: Hashable, Sendable {
        /// Closed days and months, else quarters of an hour.
        case periods
        /// Closed days by the value of one tag, else rows.
        case tags(key: String)
        case quarters
        case events
    }

    struct Day: Hashable, Sendable {
        var range: Range<Timestamp>
        /// Which of the months it lies in, from 1; 0 for none of them.
        var month: Int
        /// Which of the thirds of months it lies in, from 1; 0 for none of them.
        var third: Int
    }

    /// A third of a month.
    struct Third: Hashable, Sendable {
        var range: Range<Timestamp>
        /// As of a day.
        var month: Int
    }

    /// A day that a boundary divides, or what the range has of one.
    struct Part: Hashable, Sendable {
        var range: Range<Timestamp>
        var day: Range<Timestamp>
    }

    private(set) var base: Base
    /// How coarse the sums of periods may be: 0 keeps series apart, 1 knows no people and projects, 2 no teams and
    /// source apps either, 3 knows team, user, provider and model alone.
    let grain: Int
    /// Months, thirds of months and days that may be closed.
    private(set) var months: [Range<Timestamp>] = []
    private(set) var thirds: [Third] = []
    private(set) var days: [Day] = []
    /// What lies between them, in whole quarters of an hour; the coarsest grain has sums of these, too.
    private(set) var parts: [Part] = []
    private(set) var gaps: [Range<Timestamp>] = []
    /// Where the range starts or ends within a quarter of an hour.
    private(set) var edges: [Range<Timestamp>] = []

    /// The most days that are looked up; a longer range is added up from quarters of an hour.
    private static let dayLimit: Int64 = 4_000

    init(_ query: LedgerQuery, groupings: [LedgerGrouping]) {
        var dimensions = query.filters.map(\.dimension)
        for case .dimension(let dimension) in groupings { dimensions.append(dimension) }
        grain = Self.grain(of: dimensions)
        var inner: [Timestamp] = []
        for case .time(let boundaries) in groupings { inner += boundaries.dropFirst().dropLast() }
        base = Self.base(of: query, dimensions: dimensions, grain: grain)
        if !inner.allSatisfy(\.isOnGrain) { base = .events }
        guard base != .events else { return }
        let first = query.from.ceiledToGrain
        let last = query.to.flooredToGrain
        guard first < last else {
            base = .events
            return
        }
        if query.from < first { edges.append(query.from..<first) }
        if last < query.to { edges.append(last..<query.to) }
        guard base != .quarters else { return }
        divide(first..<last, by: query.calendar, at: inner.sorted())
        if days.isEmpty, parts.isEmpty { base = base == .periods ? .quarters : .events }
        if base == .events { edges = [] }
    }

    private static func grain(of dimensions: [LedgerDimension]) -> Int {
        let isOf = { (wanted: Set<LedgerDimension>) in !wanted.isDisjoint(with: dimensions) }
        if isOf([.user]) { return isOf([.project, .sourceApp, .operation, .serviceTier]) ? 0 : 3 }
        return isOf([.project]) ? 0 : isOf([.team, .sourceApp]) ? 1 : 2
    }

    private static func base(of query: LedgerQuery, dimensions: [LedgerDimension], grain: Int) -> Base {
        let keys = Set(dimensions.filter(\.isTag))
        let hasColumn = query.quantity.map { $0.column != nil } ?? true
        switch query.source {
        case .events: return .events
        case .rollups: return .quarters
        case .best where query.recordedBefore != nil || keys.count > 1: return .events
        case .best:
            guard case .tag(let key)? = keys.first else { return hasColumn ? .periods : .quarters }
            return hasColumn && [1, 2].contains(grain) ? .tags(key: key) : .events
        }
    }

    /// Whether sums of quarters of an hour are kept that can answer.
    var hasQuarterSums: Bool { base == .periods && grain == 2 }

    /// Whether closed periods are looked up.
    var looksUpPeriods: Bool { !days.isEmpty || !parts.isEmpty }

    /// Divides a range into days of a calendar and what is none, because it starts, ends or has a boundary within.
    private mutating func divide(_ range: Range<Timestamp>, by calendar: CalendarRules, at boundaries: [Timestamp]) {
        guard (range.upperBound.seconds - range.lowerBound.seconds) / 86_400 <= Self.dayLimit else { return }
        let whole = WholePeriods(range: range, boundaries: boundaries)
        if base == .periods { addMonths(whole, calendar) }
        var (month, third) = (0, 0)
        for day in whole.periods(.day, of: calendar) {
            guard whole.contains(day) else {
                add(day.clamped(to: range), of: day)
                continue
            }
            while month < months.count, months[month].upperBound <= day.lowerBound { month += 1 }
            while third < thirds.count, thirds[third].range.upperBound <= day.lowerBound { third += 1 }
            let isInMonth = month < months.count && months[month].lowerBound <= day.lowerBound
            let isInThird = third < thirds.count && thirds[third].range.lowerBound <= day.lowerBound
            days.append(Day(range: day, month: isInMonth ? month + 1 : 0, third: isInThird ? third + 1 : 0))
        }
    }

    private mutating func addMonths(_ whole: WholePeriods, _ calendar: CalendarRules) {
        for month in whole.periods(.month, of: calendar) {
            if whole.contains(month) { months.append(month) }
            for third in calendar.thirds(of: month) where whole.contains(third) {
                thirds.append(Third(range: third, month: whole.contains(month) ? months.count : 0))
            }
        }
    }

    private mutating func add(_ part: Range<Timestamp>, of day: Range<Timestamp>) {
        if hasQuarterSums, day.lowerBound.isOnGrain, day.upperBound.isOnGrain {
            parts.append(Part(range: part, day: day))
        } else if let last = gaps.last, last.upperBound == part.lowerBound {
            gaps[gaps.count - 1] = last.lowerBound..<part.upperBound
        } else {
            gaps.append(part)
        }
    }

    /// What the report is made from, given how many of the looked-up periods were closed and how many were not.
    func sources(closed: Int, open: Int) -> Set<LedgerSource> {
        var sources: Set<LedgerSource> = edges.isEmpty ? [] : [.events]
        switch base {
        case .events: sources.insert(.events)
        case .quarters: sources.insert(.quarters)
        case .periods:
            if closed > 0 { sources.insert(.periods) }
            if open > 0 { sources.insert(.quarters) }
        case .tags:
            if closed > 0 { sources.insert(.tags) }
            if open > 0 { sources.insert(.events) }
        }
        return sources
    }
}

/// The periods of a calendar that a range has whole, without a boundary within.
private struct WholePeriods {
    let range: Range<Timestamp>
    /// In their order.
    let boundaries: [Timestamp]

    func contains(_ period: Range<Timestamp>) -> Bool {
        period.lowerBound >= range.lowerBound && period.upperBound <= range.upperBound
            && period.lowerBound.isOnGrain && period.upperBound.isOnGrain && !isDivided(period)
    }

    private func isDivided(_ period: Range<Timestamp>) -> Bool {
        var (low, high) = (0, boundaries.count)
        while low < high {
            let middle = (low + high) / 2
            if boundaries[middle] <= period.lowerBound { low = middle + 1 } else { high = middle }
        }
        return low < boundaries.count && boundaries[low] < period.upperBound
    }

    /// The periods that the range has anything of.
    func periods(_ kind: PeriodKind, of calendar: CalendarRules) -> [Range<Timestamp>] {
        var found: [Range<Timestamp>] = []
        var next = calendar.period(kind, containing: range.lowerBound)
        while let end = next.end, next.start < range.upperBound, end > next.start {
            found.append(next.start..<end)
            next = calendar.period(kind, containing: end)
        }
        return found
    }
}

extension MeasuredQuantity {
    /// The column that rollups have for it.
    var column: String? {
        UsageQuantity(rawValue: name).flatMap { $0.hasColumn ? $0.rawValue : nil }
    }
}

extension Timestamp {
    /// Whether rollups can be cut here.
    var isOnGrain: Bool { microseconds == flooredToGrain.microseconds }

    var flooredToGrain: Timestamp { floored(toSeconds: RollupBatch.bucketSeconds) }

    var ceiledToGrain: Timestamp {
        isOnGrain ? self : flooredToGrain.adding(microseconds: RollupBatch.bucketSeconds * 1_000_000)
    }
}
