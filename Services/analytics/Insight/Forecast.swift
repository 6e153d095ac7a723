internal import Domain

/// What will have been spent at the end of a period.
///
/// A figure to plan by, not an account: it adds to what was spent the median of each weekday that is left.
struct Forecast: Hashable, Sendable {
    enum Method: String, Sendable {
        /// By the weekdays of the weeks before.
        case weekdayMedian = "weekday_median"
        /// As much in the rest as so far, for its length: nothing is known of days before today.
        case runRate = "run_rate"
    }

    var method: Method
    var spent: MoneySum
    /// What each day that is left will add, today's rest first.
    var rest: [MoneySum]
    /// Half of the range in which it ends in four of five cases, when days are independent of each other.
    var margin: MoneySum

    var total: MoneySum { rest.reduce(spent) { $0 + $1 } }
    /// No less than what was spent.
    var low: MoneySum { max(spent, total - margin) }
    var high: MoneySum { total + margin }

    /// How many standard deviations lie on each side of the middle of four cases in five.
    private static let quantile = 1.281_551_565_545

    /// - Parameters:
    ///   - spent: What was spent in the period so far.
    ///   - history: The days before today, and today.
    ///   - daysLeft: How many days follow today in the period.
    ///   - elapsed: The part of the period that is over, of `length`, in the same unit; more than none.
    ///   - length: The period.
    init(spent: MoneySum, history: DailySpend, daysLeft: Int, elapsed: Int64, length: Int64) {
        self.spent = spent
        let today = history.amounts.count - 1
        var rest: [MoneySum] = []
        var variance = 0.0
        for day in today...today + daysLeft {
            guard let baseline = history.baseline(for: day, before: today, least: 3, fallsBack: true) else { break }
            // What today had already is no part of its rest.
            let left = day == today ? max(0, baseline.median - history.amounts[today]) : baseline.median
            rest.append(MoneySum(picoDollars: left))
            variance += Double(baseline.spread) * Double(baseline.spread)
        }
        guard rest.isEmpty else {
            method = .weekdayMedian
            self.rest = rest
            margin = MoneySum(picoDollars: Int128((Self.quantile * variance.squareRoot()).rounded()))
            return
        }
        method = .runRate
        let product = spent.picoDollars.multipliedReportingOverflow(by: Int128(max(length - elapsed, 0)))
        let left = product.overflow ? 0 : product.partialValue / Int128(max(elapsed, 1))
        self.rest = [MoneySum(picoDollars: left)]
        margin = MoneySum(picoDollars: max(left, 0))
    }
}
