@testable import Alerts
import Domain
import Testing

@Suite struct DeliveryRulesTests {
    private let now = ManualWallClock.start

    @Test func `a window lets some go at once and the rest at its end`() {
        let rules = DeliveryRules()
        var state = DeliveryRules.State()
        for second in 0..<3 {
            let time = now.adding(.seconds(second))
            #expect(rules.earliest(state, now: time) == time)
            rules.delivered(&state, at: time)
        }
        #expect(rules.earliest(state, now: now.adding(.seconds(3))) == now.adding(.seconds(60)))
        #expect(rules.earliest(state, now: now.adding(.seconds(61))) == now.adding(.seconds(61)))
        rules.delivered(&state, at: now.adding(.seconds(61)))
        #expect(state.windowMessages == 1)
        // A clock that went back begins a new window instead of waiting for ever.
        rules.delivered(&state, at: now)
        #expect(state.windowStart == now && state.windowMessages == 1)
    }

    @Test func `waits double with jitter up to a quarter of an hour and end after a day`() {
        let rules = DeliveryRules()
        var state = DeliveryRules.State()
        var time = now
        var waits: [Int64] = []
        while let next = rules.failed(&state, isRetriable: true, since: now, at: time, random: 999) {
            waits.append(next.seconds - time.seconds)
            time = next
        }
        #expect(waits.prefix(5) == [1, 4, 8, 16, 32] && waits.allSatisfy { $0 <= 900 })
        #expect(time.seconds - now.seconds > 85_000)
        #expect(rules.failed(&state, isRetriable: false, since: now, at: now, random: 0) == nil && state.failures == 0)
    }
}
