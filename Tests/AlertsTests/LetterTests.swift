@testable import Alerts
import Domain
import Testing
import Wire

@Suite struct LetterTests {
    private let links = ConsoleLinks(base: "https://oliver.example.com")

    private func alerts(_ new: NewAlert...) -> [Alert] {
        new.enumerated().map { $1.alert(id: Int64($0 + 1), state: .pending, at: ManualWallClock.start) }
    }

    @Test func `markup in names stays text`() {
        let letter = AlertLetter(
            alerts(.crossing(50, name: "<script>alert('x')</script>&\""), .notice("n")),
            links: links
        )
        #expect(!letter.html.contains("<script>") && letter.html.contains("&lt;script&gt;alert(&#39;x&#39;)"))
        #expect(letter.html.contains("Prices changed: &lt;b&gt;") && letter.subject == "[Oliver] 2 alerts")
        #expect(letter.text.contains("https://oliver.example.com/budgets/b1"))
        let slack = String(
            decoding: AlertPayloads.slack(alerts(.crossing(50, name: "<!channel>")), links: links),
            as: UTF8.self
        )
        #expect(!slack.contains("<!channel>") && slack.contains("&lt;!channel&gt; is at 50% of $100.00"))
    }

    @Test func `amounts read well`() {
        let texts = ["0", "0.000001", "0.25", "1.005", "1234567.891", "-12.5", "999999999999"].map { text in
            AlertText.dollars(MoneySum(usd: text) ?? .zero)
        }
        #expect(
            texts == ["$0.00", "$0.000001", "$0.250000", "$1.00", "$1,234,567.89", "-$12.50", "$999,999,999,999.00"]
        )
    }

    @Test func `periods read well`() {
        let names = ["month:2026-11-01", "day:2026-11-23", "quarter:2026-10-01", "total", "week:2026-11-23"]
        #expect(
            names.map(AlertText.period) == [
                "November 2026", "2026-11-23", "quarter from 2026-10-01", "in total", "week from 2026-11-23",
            ]
        )
    }

    @Test func `the latest limit counts most`() {
        let stories = AlertStory.stories(
            of: alerts(.crossing(100, version: 1), .crossing(50, version: 2), .crossing(80, version: 2))
        )
        #expect(stories.count == 1 && stories[0].foremost.crossing?.key.threshold == 80)
        #expect(stories[0].otherThresholds == [50, 100])
    }
}
