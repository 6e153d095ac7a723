internal import ArgumentParser
internal import Domain

/// A calendar month in UTC, like `2026-11`.
struct InvoiceMonth: ExpressibleByArgument, Sendable {
    let start: Timestamp
    /// The first moment of the next month.
    let end: Timestamp

    init?(argument: String) {
        guard argument.utf8.count == 7, let start = Timestamp(rfc3339: "\(argument)-01T00:00:00Z"),
            let year = Int(argument.prefix(4)), let month = Int(argument.suffix(2))
        else { return nil }
        self.start = start
        end = start.adding(.seconds(CivilDate.daysInMonth(year: year, month: month) * 86_400))
    }

    /// When an adjustment of the month occurs: on its last day, and in no time zone on the day after.
    var adjustmentTime: Timestamp { end.adding(.seconds(-15 * 3_600)) }
}
