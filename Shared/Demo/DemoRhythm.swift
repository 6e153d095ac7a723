internal import Domain

/// When calls happen: in office hours more than at night, on few weekends, more from month to month.
struct DemoRhythm: Sendable {
    private static let slotSeconds: Int64 = 900
    private static let slotsPerDay = 96

    private let start: Timestamp
    private let cumulative: [Int]

    init(days: Int, end: Timestamp) {
        start = end.floored(toSeconds: 86_400).adding(.seconds(-Int64(days) * 86_400))
        let firstDay = floorDivide(start.seconds, 86_400)
        cumulative = DemoRandom.cumulative(
            (0..<days * Self.slotsPerDay).map { slot in
                let day = slot / Self.slotsPerDay
                let isWeekend = (firstDay + Int64(day) + 3) % 7 >= 5
                let growth = 600 + 800 * day / max(days, 1)
                return Self.weight(ofHour: slot % Self.slotsPerDay / 4) * (isWeekend ? 3 : 10) * growth
            }
        )
    }

    /// Jobs run all night, people from seven to seven.
    private static func weight(ofHour hour: Int) -> Int {
        let fromNoon = abs(hour - 13)
        return 6 + max(0, 36 - fromNoon * fromNoon) + (hour == 2 ? 14 : 0)
    }

    /// The time of an event: the events are spread evenly over the weights, so that times ascend.
    func time(of index: Int, among count: Int, using random: inout DemoRandom) -> Timestamp {
        let total = Int128(cumulative.last ?? 1)
        let place = Int(total * Int128(index) / Int128(max(count, 1)))
        var low = 0
        var high = cumulative.count - 1
        while low < high {
            let middle = (low + high) / 2
            if cumulative[middle] > place { high = middle } else { low = middle + 1 }
        }
        let before = low == 0 ? 0 : cumulative[low - 1]
        let width = max(cumulative[low] - before, 1)
        let inside = Int64(Int128(place - before) * 900_000_000 / Int128(width))
        return start.adding(microseconds: Int64(low) * Self.slotSeconds * 1_000_000 + inside)
    }
}
