/// A day of the proleptic Gregorian calendar.
package struct CivilDate: Hashable, Sendable {
    /// Year, month 1–12 and day of the month 1–31.
    package var year, month, day: Int

    package init(year: Int, month: Int, day: Int) {
        self.year = year
        self.month = month
        self.day = day
    }

    /// The day that lies so many days after 1970-01-01.
    ///
    /// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
    package init(daysSince1970 days: Int64) {
        let shifted = days + 719_468
        let era = floorDivide(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = Int(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
        month = Int(shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9)
        year = Int(yearOfEra + era * 400) + (month <= 2 ? 1 : 0)
    }

    /// Days since 1970-01-01; the inverse of `init(daysSince1970:)`.
    package var daysSince1970: Int64 {
        let shiftedYear = Int64(month <= 2 ? year - 1 : year)
        let era = floorDivide(shiftedYear, 400)
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = Int64((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1)
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// Days in the month, leap years counted.
    package static func daysInMonth(year: Int, month: Int) -> Int {
        switch month {
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

extension Timestamp: CustomStringConvertible {
    /// Reads an RFC 3339 date-time (`2026-11-23T10:00:00.25Z`, `…+05:45`); digits beyond microseconds are cut.
    package init?(rfc3339 text: String) {
        var text = text
        guard let microseconds = text.withUTF8({ DateTimeReader($0).microseconds() }) else { return nil }
        self.init(microseconds: microseconds)
    }

    /// RFC 3339 in UTC; with microseconds only when there are any.
    package var rfc3339: String {
        text(hasMicroseconds: microseconds != floorDivide(microseconds, 1_000_000) * 1_000_000).string
    }

    /// RFC 3339 in UTC, with six digits of the second or without; earlier than the year 0 there is none.
    package func text(hasMicroseconds: Bool) -> ShortText {
        let day = floorDivide(seconds, 86_400)
        let date = CivilDate(daysSince1970: day)
        let time = UInt64(seconds - day * 86_400)
        var text = ShortText()
        text.append(UInt64(max(0, date.year)), width: 4)
        text.append("-", UInt64(date.month), width: 2)
        text.append("-", UInt64(date.day), width: 2)
        text.append("T", time / 3_600, width: 2)
        text.append(":", time / 60 % 60, width: 2)
        text.append(":", time % 60, width: 2)
        if hasMicroseconds { text.append(".", UInt64(microseconds - seconds * 1_000_000), width: 6) }
        text.append("Z")
        return text
    }

    package var description: String { rfc3339 }
}

/// Reads a date-time where it stands: the buffer is only used while `withUTF8` lends it.
private struct DateTimeReader {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var index = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    /// Microseconds since 1970, or `nil` when the text is no date-time.
    consuming func microseconds() -> Int64? {
        guard let days = date(), skip("T") || skip("t") || skip(" "), let time = secondsOfDay(),
            let micros = fraction(),
            let offset = offsetSeconds(), index == bytes.count
        else { return nil }
        return (days * 86_400 + time - offset) * 1_000_000 + micros
    }

    private mutating func date() -> Int64? {
        guard let year = number(digits: 4), skip("-"), let month = number(digits: 2), (1...12).contains(month),
            skip("-"),
            let day = number(digits: 2), (1...CivilDate.daysInMonth(year: year, month: month)).contains(day)
        else { return nil }
        return CivilDate(year: year, month: month, day: day).daysSince1970
    }

    /// A leap second counts as the one before it.
    private mutating func secondsOfDay() -> Int64? {
        guard let hour = number(digits: 2), hour < 24, skip(":"), let minute = number(digits: 2), minute < 60,
            skip(":"),
            let second = number(digits: 2), second <= 60
        else { return nil }
        return Int64(hour * 3_600 + minute * 60 + min(second, 59))
    }

    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard index < bytes.count, bytes[index] == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    private mutating func number(digits: Int) -> Int? {
        guard index + digits <= bytes.count else { return nil }
        var value = 0
        for byte in bytes[index..<index + digits] {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
        }
        index += digits
        return value
    }

    /// Microseconds of the optional fraction; `nil` when a point has no digits behind it.
    private mutating func fraction() -> Int64? {
        guard skip(".") else { return 0 }
        var value: Int64 = 0
        var digits = 0
        while let digit = number(digits: 1) {
            if digits < 6 { value = value * 10 + Int64(digit) }
            digits += 1
        }
        guard digits > 0 else { return nil }
        for _ in min(digits, 6)..<6 { value *= 10 }
        return value
    }

    private mutating func offsetSeconds() -> Int64? {
        if skip("Z") || skip("z") { return 0 }
        let sign: Int64 = skip("-") ? -1 : 1
        guard sign == -1 || skip("+") else { return nil }
        guard let hours = number(digits: 2), hours < 24, skip(":"), let minutes = number(digits: 2), minutes < 60
        else { return nil }
        return sign * Int64(hours * 3_600 + minutes * 60)
    }
}
