package import Domain

/// Rates that replace the usual ones while a window of time is open.
struct OffPeakPricing: Hashable, Sendable {
    /// The rates, by their key in the map.
    var rates: [PriceExtras.NamedRate] = []
    var windows: [Window] = []
    /// The zone whose calendar the weekdays are read in; UTC when `nil`.
    var weekdayZone: String?

    /// Times of the day in UTC, on some days of the week.
    struct Window: Hashable, Sendable {
        /// Seconds since midnight, inclusive.
        var start: Int64
        /// Seconds since midnight, exclusive; at most the start means past midnight, the start itself the whole day.
        var end: Int64
        /// Bit 1 is Monday, bit 7 is Sunday.
        var weekdays: UInt8

        static let everyDay: UInt8 = 0b1111_1110
    }

    func rate(_ family: RateFamily) -> Rate? {
        rates.first { $0.name == family.rawValue }?.rate
    }

    /// Whether a window is open, and whether the zone of the weekdays was unknown.
    func isOpen(at time: Timestamp, zones: ZoneOffsets) -> (open: Bool, zoneUnknown: Bool) {
        let offset = weekdayZone.map { zones.offset($0, time) } ?? 0
        let day = floorDivide(time.seconds + (offset ?? 0), 86_400)
        // 1970-01-01 was a Thursday, day 4 of the week.
        let weekday = (day + 3) - floorDivide(day + 3, 7) * 7 + 1
        let second = time.seconds - floorDivide(time.seconds, 86_400) * 86_400
        let open = windows.contains { window in
            guard window.weekdays & (1 << UInt8(weekday)) != 0 else { return false }
            return window.start < window.end
                ? second >= window.start && second < window.end
                : second >= window.start || second < window.end
        }
        return (open, offset == nil)
    }
}

extension OffPeakPricing.Window {
    /// Reads `16:30-00:30`; `nil` when it is malformed.
    init?(hours text: String, weekdays: UInt8) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard
            parts.count == 2, let start = Self.seconds(parts[0]), let end = Self.seconds(parts[1])
        else { return nil }
        self.init(start: start, end: end, weekdays: weekdays)
    }

    private static func seconds(_ text: Substring) -> Int64? {
        let parts = text.filter { $0 != " " }.split(separator: ":", omittingEmptySubsequences: false)
        guard
            parts.count == 2, let hour = Int64(parts[0]), let minute = Int64(parts[1]),
            (0...23).contains(hour) || (hour == 24 && minute == 0), (0...59).contains(minute)
        else { return nil }
        return (hour * 3_600 + minute * 60) % 86_400
    }

    /// The bit of a weekday, which a map writes as 1–7 from Monday or by its English name.
    static func weekdayBit(_ text: String) -> UInt8? {
        if let number = UInt8(text) { return (1...7).contains(number) ? 1 << number : nil }
        let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
        let index = names.firstIndex { text.lowercased().hasPrefix($0) }
        return index.map { 1 << UInt8($0 + 1) }
    }
}

/// How far zones are ahead of UTC; the calendar of off-peak prices needs it.
///
/// The engine has no zone database: a service hands in one, and the default knows zones that never change their offset.
package struct ZoneOffsets: Sendable {
    /// Seconds ahead of UTC of a zone at a time; `nil` for a zone that is not known.
    package let offset: @Sendable (_ zone: String, _ time: Timestamp) -> Int64?

    package init(offset: @escaping @Sendable (_ zone: String, _ time: Timestamp) -> Int64?) {
        self.offset = offset
    }

    /// Zones without summer time.
    package static let fixed = ZoneOffsets { zone, _ in fixedOffsets[zone] }

    private static let fixedOffsets: [String: Int64] = [
        "UTC": 0, "Etc/UTC": 0, "GMT": 0, "Asia/Shanghai": 28_800, "PRC": 28_800, "Asia/Hong_Kong": 28_800,
        "Asia/Singapore": 28_800, "Asia/Taipei": 28_800, "Asia/Tokyo": 32_400, "Asia/Seoul": 32_400,
        "Asia/Kolkata": 19_800, "Asia/Dubai": 14_400,
    ]
}
