package import Domain

/// A stretch of time that budgets and counters run for, half-open.
package struct Period: Hashable, Sendable {
    package let kind: PeriodKind
    /// The first local day; for `total` the first day of 1970.
    package let firstDay: CivilDate
    package let start: Timestamp
    /// The first instant after the period; `nil` for `total`, which never ends.
    package let end: Timestamp?

    /// Whether a time lies in the period.
    package func contains(_ time: Timestamp) -> Bool {
        kind == .total || (time >= start && time < (end ?? time.adding(microseconds: 1)))
    }

    /// A short stable name, for example `month:2026-11-01`.
    package var name: String {
        kind == .total ? "total" : "\(kind.rawValue):\(firstDay.text)"
    }
}

extension CivilDate {
    /// ISO 8601, for example `2026-11-01`.
    package var text: String {
        let pad = { (value: Int, width: Int) in
            String(repeating: "0", count: max(0, width - String(value).utf8.count)) + String(value)
        }
        return "\(pad(year, 4))-\(pad(month, 2))-\(pad(day, 2))"
    }
}

extension CalendarRules {
    /// The period of a kind that holds a time.
    package func period(_ kind: PeriodKind, containing time: Timestamp) -> Period {
        guard kind != .total else {
            return Period(
                kind: kind,
                firstDay: CivilDate(daysSince1970: 0),
                start: Timestamp(microseconds: 0),
                end: nil
            )
        }
        let (first, next) = bounds(of: kind, containing: date(at: time))
        return Period(kind: kind, firstDay: first, start: start(of: first), end: start(of: next))
    }

    private func bounds(of kind: PeriodKind, containing date: CivilDate) -> (first: CivilDate, next: CivilDate) {
        switch kind {
        case .day, .total:
            return (date, CivilDate(daysSince1970: date.daysSince1970 + 1))
        case .week:
            let weekday = floorModulo(Int(date.daysSince1970) + 3, 7) + 1  // 1970-01-01 was a Thursday
            let first = date.daysSince1970 - Int64(floorModulo(weekday - weekStart, 7))
            return (CivilDate(daysSince1970: first), CivilDate(daysSince1970: first + 7))
        case .month: return months(1, from: CivilDate(year: date.year, month: date.month, day: 1))
        case .quarter: return months(3, from: fiscalStart(of: date, length: 3))
        case .year: return months(12, from: fiscalStart(of: date, length: 12))
        }
    }

    /// The first day of the quarter or year, which start in the fiscal year's first month.
    private func fiscalStart(of date: CivilDate, length: Int) -> CivilDate {
        let monthsIn = floorModulo(date.month - fiscalYearStart, length)
        let month = date.year * 12 + date.month - 1 - monthsIn
        return CivilDate(year: month / 12, month: month % 12 + 1, day: 1)
    }

    private func months(_ count: Int, from first: CivilDate) -> (first: CivilDate, next: CivilDate) {
        let month = first.year * 12 + first.month - 1 + count
        return (first, CivilDate(year: month / 12, month: month % 12 + 1, day: 1))
    }
}

private func floorModulo(_ value: Int, _ divisor: Int) -> Int {
    let remainder = value % divisor
    return remainder < 0 ? remainder + divisor : remainder
}
