import Domain
import Synchronization

/// The `Date` header's text, made once a second.
final class DateHeader: Sendable {
    private struct Cached {
        var second: Int64 = .min
        var text = ""
    }

    private let clock: any WallClock
    private let cached = Mutex(Cached())

    init(clock: any WallClock) {
        self.clock = clock
    }

    var text: String {
        let second = clock.now.seconds
        return cached.withLock { cached in
            if cached.second != second {
                cached = Cached(second: second, text: imfDate(seconds: second))
            }
            return cached.text
        }
    }
}

private let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
private let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

/// A date as HTTP writes it (RFC 9110 §5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
func imfDate(seconds: Int64) -> String {
    let days = floorDivide(seconds, 86400)
    let time = seconds - days * 86400
    let date = CivilDate(daysSince1970: days)
    let weekday = weekdays[Int(days - floorDivide(days, 7) * 7)]
    let clock = [time / 3600, time / 60 % 60, time % 60].map { twoDigits(Int($0)) }.joined(separator: ":")
    return "\(weekday), \(twoDigits(date.day)) \(months[date.month - 1]) \(date.year) \(clock) GMT"
}

private func twoDigits(_ number: Int) -> String {
    number < 10 ? "0\(number)" : String(number)
}
