package import Calendars
package import Directory

extension Workspace {
    /// How it cuts time; by UTC when this machine does not know its zone.
    package var calendar: CalendarRules {
        CalendarRules(timeZone: timeZone, weekStart: weekStart, fiscalYearStart: fiscalYearStart) ?? .standard
    }
}
