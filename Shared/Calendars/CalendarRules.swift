package import Domain
internal import Foundation

/// How a workspace cuts time: its zone, the day its weeks begin with and the month its fiscal year begins with.
package struct CalendarRules: Hashable, Sendable {
    /// An IANA name, for example `Asia/Kathmandu`.
    package let timeZone: String
    /// 1 is Monday, 7 is Sunday (ISO 8601).
    package let weekStart: Int
    /// The first month of quarters and years, 1–12.
    package let fiscalYearStart: Int

    /// UTC, weeks from Monday, years from January.
    package static let standard = CalendarRules(zone: .gmt, name: "UTC", weekStart: 1, fiscalYearStart: 1)

    private let zone: TimeZone

    /// The rules, or `nil` when the zone is unknown or a number is out of range.
    package init?(timeZone name: String, weekStart: Int = 1, fiscalYearStart: Int = 1) {
        guard (1...7).contains(weekStart), (1...12).contains(fiscalYearStart) else { return nil }
        guard !Self.isOffset(name), let zone = name == "UTC" ? .gmt : TimeZone(identifier: name) else { return nil }
        self.init(zone: zone, name: name, weekStart: weekStart, fiscalYearStart: fiscalYearStart)
    }

    /// Whether a name is one of Foundation's own for an offset, like `GMT+5` or `GMT+05:30`: no other program knows them.
    private static func isOffset(_ name: String) -> Bool {
        guard let digits = ["GMT", "UTC"].first(where: name.hasPrefix).map({ name.dropFirst($0.count) }) else {
            return false
        }
        return !digits.isEmpty && !["0", "+0", "-0"].contains(digits)
    }

    private init(zone: TimeZone, name: String, weekStart: Int, fiscalYearStart: Int) {
        self.zone = zone
        timeZone = name
        self.weekStart = weekStart
        self.fiscalYearStart = fiscalYearStart
    }

    /// Seconds that local clocks are ahead of UTC at that time.
    package func offsetSeconds(at time: Timestamp) -> Int64 {
        Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(time.seconds))))
    }

    /// The date that local clocks show at that time.
    package func date(at time: Timestamp) -> CivilDate {
        CivilDate(daysSince1970: floorDivide(time.seconds + offsetSeconds(at: time), 86_400))
    }

    /// The first instant of a local day.
    ///
    /// Where midnight happens twice it is the first; where clocks jump over midnight it is the instant of the jump.
    package func start(of date: CivilDate) -> Timestamp {
        let midnight = date.daysSince1970 * 86_400
        var offset = offsetSeconds(at: Timestamp(seconds: midnight - 15 * 3_600))
        // A zone changes its offset at most once a day, so that the second look already stands before the right change.
        for _ in 0..<3 {
            let justBefore = offsetSeconds(at: Timestamp(seconds: midnight - offset - 1))
            if justBefore == offset { break }
            offset = justBefore
        }
        let first = Timestamp(seconds: midnight - offset)
        // Clocks that go back at midnight itself (Cairo) show the old day again: the new one begins when that is over.
        return self.date(at: first) == date ? first : Timestamp(seconds: midnight - offsetSeconds(at: first))
    }
}
