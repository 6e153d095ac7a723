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
    }

    private(set) var base: Base
    /// How coarse the sums of periods may be: 0 keeps series apart, 1 knows no people and projects, 2 no teams and
    /// source apps either.
    let grain: Int
    /// Months and days that may be closed.
    private(set) var months: [Range<Timestamp>] = []
    private(set) var days: [Day] = []
    /// What lies between them, in whole quarters of an hour.
    private(set) var gaps: [Range<Timestamp>] = []
    /// Where the range starts or ends within a quarter of an hour.
    private(set) var edges: [Range<Timestamp>] = []

    /// The most days that are looked up; a longer range is added up from quarters of an hour.
    private static let dayLimit: Int64 = 4_000

    init(_ query: LedgerQuery, groupings: [LedgerGrouping]) {
        var dimensions = query.filters.map(\.dimension)
        for case .dimension(let dimension) in groupings { dimensions.append(dimension) }
        let isOf = { (wanted: Set<LedgerDimension>) in !wanted.isDisjoint(with: dimensions) }
        grain = isOf([.user, .project]) ? 0 : isOf([.team, .sourceApp]) ? 1 : 2
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
        if days.isEmpty { base = base == .periods ? .quarters : .events }
        if base == .events { edges = [] }
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
            return hasColumn && grain > 0 ? .tags(key: key) : .events
        }
    }

    /// Divides a range into days of a calendar and what is none, because it starts, ends or has a boundary within.
    private mutating func divide(_ range: Range<Timestamp>, by calendar: CalendarRules, at boundaries: [Timestamp]) {
        guard (range.upperBound.seconds - range.lowerBound.seconds) / 86_400 <= Self.dayLimit else { return }
        if base == .periods { months = periods(.month, in: range, of: calendar, at: boundaries) }
        var month = 0
        var reached = range.lowerBound
        for day in periods(.day, in: range, of: calendar, at: boundaries) {
            while month < months.count, months[month].upperBound <= day.lowerBound { month += 1 }
            let isInMonth = month < months.count && months[month].lowerBound <= day.lowerBound
            days.append(Day(range: day, month: isInMonth ? month + 1 : 0))
            if reached < day.lowerBound { gaps.append(reached..<day.lowerBound) }
            reached = day.upperBound
        }
        if reached < range.upperBound { gaps.append(reached..<range.upperBound) }
    }

    private func periods(
        _ kind: PeriodKind,
        in range: Range<Timestamp>,
        of calendar: CalendarRules,
        at boundaries: [Timestamp]
    ) -> [Range<Timestamp>] {
        var found: [Range<Timestamp>] = []
        var boundary = 0
        var next = calendar.period(kind, containing: range.lowerBound)
        while let end = next.end, end <= range.upperBound, end > next.start {
            while boundary < boundaries.count, boundaries[boundary] <= next.start { boundary += 1 }
            let isWhole = boundary == boundaries.count || boundaries[boundary] >= end
            if isWhole, next.start >= range.lowerBound, next.start.isOnGrain, end.isOnGrain {
                found.append(next.start..<end)
            }
            next = calendar.period(kind, containing: end)
        }
        return found
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
