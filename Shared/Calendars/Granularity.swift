package import Domain

/// How finely a report cuts its range.
package enum Granularity: String, CaseIterable, Hashable, Sendable {
    case hour, day, week, month
    /// Three months and twelve, counted from the month in which the fiscal year begins.
    case quarter, year
}

extension CalendarRules {
    /// The starts of the intervals that a range is cut into, and its end: at least two times, ascending.
    ///
    /// The first interval begins with the range, even in the middle of a day, so that the intervals add up to it.
    ///
    /// - Parameters:
    ///   - granularity: The length of an interval in local time.
    ///   - from: The first moment of the range.
    ///   - to: The moment after the last; later than `from`.
    ///   - limit: Boundaries at most.
    /// - Returns: The boundaries, or `nil` when there would be more than the limit.
    package func boundaries(_ granularity: Granularity, from: Timestamp, to: Timestamp, limit: Int) -> [Timestamp]? {
        var boundaries = [from]
        var next = boundary(granularity, after: from)
        while next < to {
            guard boundaries.count < limit - 1 else { return nil }
            boundaries.append(next)
            next = boundary(granularity, after: next)
        }
        return boundaries + [to]
    }

    private func boundary(_ granularity: Granularity, after time: Timestamp) -> Timestamp {
        guard let kind = granularity.period else {
            let local = time.seconds + offsetSeconds(at: time)
            return Timestamp(seconds: time.seconds + 3_600 - (local - floorDivide(local, 3_600) * 3_600))
        }
        return period(kind, containing: time).end ?? time.adding(.seconds(3_600))
    }
}

extension Granularity {
    /// The period that it cuts by; `nil` for hours, which are none.
    package var period: PeriodKind? {
        switch self {
        case .hour: nil
        case .day: .day
        case .week: .week
        case .month: .month
        case .quarter: .quarter
        case .year: .year
        }
    }
}
