internal import Domain

/// The middle of some amounts and how far they usually lie from it: median and median absolute deviation.
///
/// One or two odd days among them change neither.
struct Baseline: Hashable, Sendable {
    /// What is usual, in pico-dollars.
    let median: Int128
    /// Half of the amounts lie no further from the median than this.
    let deviation: Int128

    /// - Parameter amounts: At least one, else there is no middle.
    init?(_ amounts: [Int128]) {
        guard let median = Self.median(amounts) else { return nil }
        self.median = median
        deviation = Self.median(amounts.map { $0 < median ? median - $0 : $0 - median }) ?? 0
    }

    /// The standard deviation that a normal distribution with this deviation has (1.4826 times as much).
    var spread: Int128 { DecimalText.divideHalfToEven(deviation * 14_826, by: 10_000) }

    /// The middle one, or the mean of the two middle ones, half a pico-dollar to the even one.
    static func median(_ amounts: [Int128]) -> Int128? {
        guard !amounts.isEmpty else { return nil }
        let sorted = amounts.sorted()
        let middle = sorted.count / 2
        if sorted.count % 2 == 1 { return sorted[middle] }
        return DecimalText.divideHalfToEven(sorted[middle - 1] + sorted[middle], by: 2)
    }
}

/// What a scope spent on each of some days in a row, in pico-dollars.
struct DailySpend: Hashable, Sendable {
    let amounts: [Int128]
    /// The first day on which anything was spent: there is nothing to learn from those before.
    let first: Int

    /// Weeks that are looked back.
    static let weeks = 8

    init(_ amounts: [Int128]) {
        self.amounts = amounts
        first = amounts.firstIndex { $0 != 0 } ?? amounts.count
    }

    /// What is usual on a day: by the same weekday in the eight weeks before `end`, of which at least `least` are known.
    ///
    /// Where too few are known all days of these weeks serve, when `fallsBack` says so.
    func baseline(for day: Int, before end: Int, least: Int, fallsBack: Bool = false) -> Baseline? {
        var amounts: [Int128] = []
        var earlier = day - 7
        while earlier >= end { earlier -= 7 }
        while earlier >= first, amounts.count < Self.weeks {
            amounts.append(self.amounts[earlier])
            earlier -= 7
        }
        if amounts.count >= least { return Baseline(amounts) }
        guard fallsBack, first < end else { return nil }
        return Baseline(Array(self.amounts[max(first, end - 7 * Self.weeks)..<end]))
    }
}
