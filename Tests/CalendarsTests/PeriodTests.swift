import Calendars
import Domain
import Foundation
import Testing

private func time(_ text: String) throws -> Timestamp {
    try #require(Timestamp(rfc3339: text))
}

@Suite struct `A period` {
    @Test(arguments: [
        ("UTC", PeriodKind.month, "2026-11-23T10:00:00Z", "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z"),
        ("Asia/Kathmandu", .day, "2026-11-23T18:14:59Z", "2026-11-22T18:15:00Z", "2026-11-23T18:15:00Z"),
        ("Asia/Kathmandu", .day, "2026-11-23T18:15:00Z", "2026-11-23T18:15:00Z", "2026-11-24T18:15:00Z"),
        ("Europe/Berlin", .day, "2026-03-29T10:00:00Z", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"),
        ("Europe/Berlin", .day, "2026-10-25T10:00:00Z", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"),
        ("Europe/Berlin", .week, "2026-11-22T22:59:59Z", "2026-11-15T23:00:00Z", "2026-11-22T23:00:00Z"),
        ("America/New_York", .year, "2026-07-01T00:00:00Z", "2026-01-01T05:00:00Z", "2027-01-01T05:00:00Z"),
        ("UTC", .quarter, "2026-11-23T10:00:00Z", "2026-10-01T00:00:00Z", "2027-01-01T00:00:00Z"),
        // Clocks in São Paulo jumped over midnight: the day began at 01:00 local time.
        ("America/Sao_Paulo", .day, "2018-11-04T12:00:00Z", "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z"),
        // Clocks in Havana went back from 01:00 to 00:00: midnight happened twice.
        ("America/Havana", .day, "2026-11-01T12:00:00Z", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"),
    ])
    func `has the bounds of local calendars`(
        _ zone: String,
        _ kind: PeriodKind,
        _ at: String,
        _ start: String,
        _ end: String
    ) throws {
        let rules = try #require(CalendarRules(timeZone: zone))
        let period = rules.period(kind, containing: try time(at))
        #expect(period.start.rfc3339 == start)
        #expect(period.end?.rfc3339 == end)
        #expect(period.contains(try time(at)))
    }

    @Test func `follows the week's and the fiscal year's start`() throws {
        let rules = try #require(CalendarRules(timeZone: "UTC", weekStart: 7, fiscalYearStart: 4))
        let at = try time("2026-02-10T12:00:00Z")
        #expect(rules.period(.week, containing: at).start.rfc3339 == "2026-02-08T00:00:00Z")
        #expect(rules.period(.year, containing: at).start.rfc3339 == "2025-04-01T00:00:00Z")
        #expect(rules.period(.quarter, containing: at).start.rfc3339 == "2026-01-01T00:00:00Z")
        #expect(rules.period(.total, containing: at).end == nil)
        #expect(rules.period(.month, containing: at).name == "month:2026-02-01")
    }

    @Test func `refuses unknown zones and numbers out of range`() {
        #expect(CalendarRules(timeZone: "Mars/Olympus") == nil)
        #expect(CalendarRules(timeZone: "UTC", weekStart: 0) == nil)
        #expect(CalendarRules(timeZone: "UTC", fiscalYearStart: 13) == nil)
    }

    @Test func `the days of a year follow each other without gap or overlap in every IANA zone`() throws {
        let yearStart = try time("2026-01-01T00:00:00Z")
        for zone in TimeZone.knownTimeZoneIdentifiers {
            let rules = try #require(CalendarRules(timeZone: zone))
            var period = rules.period(.day, containing: yearStart)
            for _ in 0..<366 {
                let end = try #require(period.end)
                let next = rules.period(.day, containing: end)
                #expect(next.start == end, "\(zone) \(period.name)")
                #expect(rules.period(.month, containing: period.start).contains(period.start))
                // Bounds fall on the rollups' grain of 15 minutes.
                #expect(period.start.seconds % 900 == 0, "\(zone) \(period.name)")
                period = next
            }
        }
    }

    @Test func `weeks, months, quarters and fiscal years consist of whole days, without gap or overlap, in every zone`()
        throws
    {
        let start = try time("2025-06-15T00:00:00Z")
        for (number, zone) in TimeZone.knownTimeZoneIdentifiers.enumerated() {
            // Every start of a week and of a fiscal year has its turn.
            let rules = try #require(
                CalendarRules(timeZone: zone, weekStart: number % 7 + 1, fiscalYearStart: number % 12 + 1)
            )
            for kind in [PeriodKind.week, .month, .quarter, .year] {
                var period = rules.period(kind, containing: start)
                for _ in 0..<(kind == .week ? 60 : 3) {
                    let end = try #require(period.end)
                    // Day by day from its start one arrives at its end.
                    var day = rules.period(.day, containing: period.start)
                    #expect(day.start == period.start, "\(zone) \(period.name)")
                    while let dayEnd = day.end, dayEnd < end { day = rules.period(.day, containing: dayEnd) }
                    #expect(day.end == end, "\(zone) \(period.name)")
                    let next = rules.period(kind, containing: end)
                    #expect(next.start == end, "\(zone) \(period.name)")
                    period = next
                }
            }
        }
    }
}
