internal import Calendars
internal import Domain
package import PriceBook

extension ZoneOffsets {
    /// The zones of the system's database.
    package static let calendars = ZoneOffsets { zone, time in
        CalendarRules(timeZone: zone)?.offsetSeconds(at: time)
    }
}
