import Demo
import Domain
import Ledger
import Streams
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct DemoTests {
    private let events = DemoEvents(.init(count: 20_000, days: 28, end: testDay, seed: 7))

    @Test func `the same settings give the same events, each of them alone`() {
        let again = DemoEvents(events.settings)
        #expect([0, 17, 19_999].allSatisfy { again[$0] == events[$0] })
        #expect(events.entry(5, partition: 1) == again.entry(5, partition: 1))
        var other = events.settings
        other.seed = 8
        #expect(DemoEvents(other)[17] != events[17])
    }

    @Test func `times ascend within the days, with fewer events at night and on weekends`() {
        let times = events.map(\.event.occurredAt)
        #expect(times == times.sorted())
        #expect(times.allSatisfy { $0 >= testDay.adding(.seconds(-28 * 86_400)) && $0 < testDay })
        func share(_ isWanted: (Int64) -> Bool) -> Double {
            Double(times.count { isWanted($0.seconds) }) / Double(times.count)
        }
        #expect(share { ($0 / 86_400 + 3) % 7 >= 5 } < 0.15)
        #expect(share { $0 / 3_600 % 24 < 6 } < 0.2)
    }

    @Test func `many people use all models, for calls of all sizes`() {
        #expect(Set(events.map(\.event.model)).filter { !$0.hasSuffix("-preview") }.count == 20)
        #expect(Set(events.map(\.event.identity.user)).count > 900)
        #expect(Set(events.map(\.event.identity.team)).count == 20)
        #expect(Set(events.compactMap { $0.event.usage[.outputTokens] }).count > 500)
        #expect(Set(events.map { SeriesName($0) }).count > 4_000)
        let unpriced = events.count { $0.cost.money == nil }
        #expect((10..<200).contains(unpriced))
        for key in ["customer", "env", "feature"] {
            let values = Set(events.compactMap { $0.event.identity.tags.first { $0.key == key }?.value })
            #expect(values.count >= 3)
        }
    }

    private struct SeriesName: Hashable {
        var user: String?
        var project: String?
        var model: String
        var tier: String?

        init(_ priced: PricedEvent) {
            user = priced.event.identity.user
            project = priced.event.identity.project
            model = priced.event.model
            tier = priced.event.attributes.serviceTier
        }
    }

    @Test func `laying them twice changes nothing`() async throws {
        let ledger = InMemoryLedgerStore()
        let few = DemoEvents(.init(count: 900, days: 3, end: testDay, users: 20))
        let load = DemoLoad(few, into: ledger, partitioning: .standard, batch: 200)
        #expect(try await load.run() == 900)
        #expect(try await load.run() == 0)
        #expect(try await ledger.totals(everything(["demo"])).events == 900)
    }
}
