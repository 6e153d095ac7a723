import Calendars
import CoreMetrics
import Domain
import Ledger
import Postgres
import Streams
import TestSupport
import Testing
import Wire

@testable import Analytics

@Suite(.timeLimit(.minutes(2))) struct `The scan for anomalies` {
    private let calendar = CalendarRules(timeZone: "America/Los_Angeles") ?? .standard
    private let models = ["gpt-4o", "o1", nil]
    private let teams = ["growth", "core", nil]

    /// Sixty days before the clock's, two days in it of one team's twenty times as much.
    private func entries(_ clock: ManualClock) -> [LedgerEntry] {
        var random = Seed.generator(for: "scan")
        let today = calendar.date(at: clock.timestamp).daysSince1970
        return (0..<60).flatMap { back in
            (0..<6).map { number in
                let start = calendar.start(of: CivilDate(daysSince1970: today - Int64(back)))
                let isOdd = back == 1 || back == 20
                let cost = Int64(isOdd && number == 0 ? 20_000 : 1_000) + Int64.random(in: 0..<100, using: &random)
                return makeEntry(
                    Int64(back * 6 + number),
                    team: teams[number % 3],
                    model: models[number % 2] ?? "o1",
                    at: start.adding(.seconds(Int64(number) * 3_600)),
                    cost: cost * 1_000_000_000
                )
            }
        }
    }

    @Test func `tells once of each workspace's day, when it is over there`() async throws {
        try await withLedger { ledger, _ in
            let clock = ManualClock()
            _ = try await ledger.append(entries(clock), writer: "a")
            let streams = InMemoryStreams(now: { 1_795_428_000_000 })
            try await streams.prepare()
            let scan = AnomalyScan(
                ledger: ledger,
                producer: streams,
                calendars: { ["acme": calendar, "empty": .standard] },
                clock: ManualTime(clock: clock),
                factory: NOOPMetricsHandler.instance,
                logger: .quiet
            )
            let runner = makeRunner(scan, ledger, as: "a", by: clock)
            for _ in 0..<30 {
                await runner.look()
                clock.advance(by: .seconds(3_600))
            }
            let reader = streams.reader(of: .notices, for: .alerts, as: "test")
            let notices = try await reader.read(limit: 100, wait: .milliseconds(1)).map { try NoticeEntry($0.payload) }
            #expect(notices.map(\.id) == ["anomaly:acme:2026-11-22"])
            let notice = try #require(notices.first)
            #expect(notice.kind == "spend_anomaly")
            #expect(notice.title.hasPrefix("workspace acme spent $25."))
            let facts = Dictionary(notice.facts.map { ($0.name, $0.value) }) { $1 }
            #expect(facts["also"]?.contains("team growth $21.") == true)
        }
    }

    /// The same by hand: each day of each scope beside the sorted sums of its weekdays, from the events themselves.
    @Test func `finds what a plain computation over all events finds`() async throws {
        try await withLedger { ledger, _ in
            let clock = ManualClock()
            let all = entries(clock)
            _ = try await ledger.append(all, writer: "a")
            let today = calendar.date(at: clock.timestamp).daysSince1970
            var query = LedgerQuery(workspaces: ["acme"], from: clock.timestamp, to: clock.timestamp)
            query.calendar = calendar
            var rule = AnomalyRule()
            rule.minimum = MoneySum(picoDollars: 1)
            let found = try await AnomalyFinder(ledger: ledger)
                .find(query, by: [.team, .model], on: (today - 25)...(today - 1), of: calendar, rule: rule)
            var expected: Set<String> = []
            for dimension in [LedgerDimension.team, .model] {
                for (key, events) in Dictionary(grouping: all, by: { dimension.value(of: $0.priced) }) {
                    let days = Dictionary(grouping: events) {
                        calendar.date(at: $0.priced.event.occurredAt).daysSince1970
                    }
                    .mapValues { $0.reduce(Int128(0)) { $0 + Int128($1.priced.cost.money?.picoDollars ?? 0) } }
                    for day in (today - 25)...(today - 1) {
                        let before = (1...8).map { day - Int64(7 * $0) }.compactMap { days[$0] }.sorted()
                        let spent = days[day] ?? 0
                        let middle = Double(before[(before.count - 1) / 2] + before[before.count / 2]) / 2
                        let off = before.map { abs(Double($0) - middle) }.sorted()
                        let deviation = (off[(off.count - 1) / 2] + off[off.count / 2]) / 2
                        let margin = max(3.5 * 1.4826 * deviation, middle / 4)
                        if abs(Double(spent) - middle) > margin {
                            expected.insert("\(dimension.name) \(key ?? "-") \(day)")
                        }
                    }
                }
            }
            #expect(Set(found.map { "\($0.dimension.name) \($0.key ?? "-") \($0.day.daysSince1970)" }) == expected)
            #expect(!expected.isEmpty)
        }
    }
}
