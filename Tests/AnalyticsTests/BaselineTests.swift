import Calendars
import Domain
import TestSupport
import Testing

@testable import Analytics

@Suite struct `A baseline` {
    @Test(
        arguments: [
            ([5], 5, 0), ([1, 2, 3, 4, 100], 3, 1), ([2, 4], 3, 1), ([1, 2], 2, 0), ([2, 3], 2, 0),
            ([-5, -5, 7], -5, 0),
        ] as [([Int128], Int128, Int128)]
    )
    func `is the median and the median of the distances from it`(_ amounts: [Int128], _ median: Int128, _ off: Int128) {
        let baseline = Baseline(amounts)
        #expect(baseline?.median == median)
        #expect(baseline?.deviation == off)
    }

    @Test func `of nothing there is none`() {
        #expect(Baseline([]) == nil)
    }

    @Test func `is of the same weekday, from the first spend on, eight weeks back at most`() {
        // Day n costs n, and three weeks of nothing come first; halves go to the even number.
        let spend = DailySpend((0..<100).map { $0 < 21 ? 0 : $0 })
        #expect(spend.first == 21)
        #expect(spend.baseline(for: 49, before: 49, least: 4)?.median == 32)
        #expect(spend.baseline(for: 42, before: 42, least: 4) == nil)
        #expect(spend.baseline(for: 99, before: 99, least: 4)?.median == 68)
        // A day to come is told by the weekdays that are over.
        #expect(spend.baseline(for: 110, before: 99, least: 4)?.median == 72)
        #expect(spend.baseline(for: 30, before: 30, least: 4, fallsBack: true)?.median == 25)
        #expect(spend.baseline(for: 21, before: 21, least: 4, fallsBack: true) == nil)
    }

    @Test func `finds nothing in weekly rhythms, and a day that breaks them`() {
        let dollar: Int128 = 1_000_000_000_000
        var random = Seed.generator(for: "rhythm")
        var amounts = (0..<120).map { day in
            (day % 7 < 5 ? 100 : 10) * dollar + Int128.random(in: -dollar...dollar, using: &random)
        }
        let rule = AnomalyRule()
        for day in 0..<120 { #expect(rule.look(at: day, of: DailySpend(amounts)) == nil) }
        // A Saturday like a weekday, though weekdays are like that all the time.
        amounts[103] = 100 * dollar
        #expect(rule.look(at: 103, of: DailySpend(amounts)) != nil)
        // One odd day does not spoil the weeks after it.
        #expect(rule.look(at: 110, of: DailySpend(amounts)) == nil)
        amounts[110] = 0
        #expect(rule.look(at: 110, of: DailySpend(amounts)) != nil)
    }

    @Test func `says nothing about small change`() {
        let spend = DailySpend([Int128](repeating: 1_000, count: 56) + [900_000_000_000])
        #expect(AnomalyRule().look(at: 56, of: spend) == nil)
        var rule = AnomalyRule()
        rule.minimum = .zero
        #expect(rule.look(at: 56, of: spend) != nil)
    }
}

@Suite struct `A forecast` {
    private let dollar: Int128 = 1_000_000_000_000

    @Test func `shares what is still to come among the days that are left as their weekdays do`() {
        // Weekdays cost 1 to 7; today is the second, of which one dollar is spent.
        let amounts = (0..<57).map { Int128($0 % 7 + 1) * dollar }
        var days = amounts
        days[56] = 0
        days.append(dollar)
        // Twice as much as usual is to come: 26 dollars in the proportion 1 to 3 to 4 to 5.
        let forecast = Forecast(
            spent: MoneySum(picoDollars: 30 * dollar),
            total: MoneySum(picoDollars: 56 * dollar + 1),
            history: DailySpend(days),
            daysLeft: 3
        )
        #expect(forecast.days.map { ($0.picoDollars + dollar / 2) / dollar } == [2, 6, 8, 10])
        #expect(forecast.days.reduce(forecast.spent) { $0 + $1 } == forecast.total)
        #expect(forecast.low == forecast.total && forecast.high == forecast.total)
    }

    @Test func `has a range that grows with the square root of the days that are left`() {
        let amounts = (0..<64).map { Int128(10 + ($0 / 7 % 2 == 0 ? 1 : -1)) * dollar }
        let margins = [0, 3].map { left in
            Forecast(spent: .zero, total: .zero, history: DailySpend(amounts), daysLeft: left)
                .margin.picoDollars
        }
        // Median 10, deviation 1: 1.2816 × 1.4826 dollars for one day, twice as much for four.
        #expect(margins[0] / 1_000_000_000 == 1_900)
        #expect(margins[1] / 1_000_000_000 == 3_800)
    }

    @Test func `has a wide range and no days when nothing is known of earlier ones`() {
        let days = [Int128](repeating: 0, count: 56) + [6 * dollar]
        let spent = MoneySum(picoDollars: 6 * dollar)
        let total = MoneySum(picoDollars: 24 * dollar)
        let forecast = Forecast(spent: spent, total: total, history: DailySpend(days), daysLeft: 9)
        #expect(forecast.days.isEmpty)
        #expect(forecast.low == spent)
        #expect(forecast.high.picoDollars == 42 * dollar)
    }
}
