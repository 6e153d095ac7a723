internal import Domain

/// What will have been spent at the end of a period, and on which days.
///
/// A figure to plan by, not an account. How much is the forecast that budgets show too; the days that are left share it as
/// their weekdays usually do.
struct Forecast: Hashable, Sendable {
    var spent: MoneySum
    var total: MoneySum
    /// What each day that is left will add, today's rest first; none when nothing is known of days before today.
    var days: [MoneySum]
    /// Half of the range in which it ends in four of five cases, when days are independent of each other.
    var margin: MoneySum

    /// No less than what was spent.
    var low: MoneySum { max(spent, total - margin) }
    var high: MoneySum { total + margin }

    /// How many standard deviations lie on each side of the middle of four cases in five.
    private static let quantile = 1.281_551_565_545

    /// - Parameters:
    ///   - spent: What was spent in the period so far.
    ///   - total: What it will be when it goes on so.
    ///   - history: The days before today, and today.
    ///   - daysLeft: How many days follow today in the period.
    init(spent: MoneySum, total: MoneySum, history: DailySpend, daysLeft: Int) {
        self.spent = spent
        self.total = total
        let rest = (total - spent).picoDollars
        let today = history.amounts.count - 1
        var usual: [Int128] = []
        var variance = 0.0
        for day in today...today + daysLeft {
            guard let baseline = history.baseline(for: day, before: today, least: 3, fallsBack: true) else { break }
            // What today had already is no part of its rest.
            usual.append(max(0, day == today ? baseline.median - history.amounts[today] : baseline.median))
            variance += Double(baseline.spread) * Double(baseline.spread)
        }
        days = Self.share(rest, as: usual).map { MoneySum(picoDollars: $0) }
        let deviation = Int128((Self.quantile * variance.squareRoot()).rounded())
        margin = MoneySum(picoDollars: usual.isEmpty ? max(rest, 0) : deviation)
    }

    /// Parts an amount in the proportion of others, evenly when these are all zero; what does not divide is the last one's.
    private static func share(_ amount: Int128, as others: [Int128]) -> [Int128] {
        // Forty bits are enough for a proportion, and leave room for the product.
        let shift = max(0, Int128.bitWidth - others.reduce(0, |).leadingZeroBitCount - 40)
        var weights = others.map { $0 >> shift }
        if weights.allSatisfy({ $0 == 0 }) { weights = others.map { _ in 1 } }
        let sum = weights.reduce(0, +)
        var left = amount
        var shares: [Int128] = []
        for weight in weights {
            let product = amount.multipliedReportingOverflow(by: weight)
            let part = product.overflow ? amount / sum * weight : product.partialValue / sum
            shares.append(part)
            left -= part
        }
        if let last = weights.lastIndex(where: { $0 > 0 }) { shares[last] += left }
        return shares
    }
}
