import Streams
import Testing

@testable import OliverCommands

private func lag(_ partition: Int, behind: Int, pending: Int, milliseconds: Int) -> StreamLag {
    StreamLag(
        stream: .raw,
        group: .pricing,
        partition: Partition(number: partition),
        behind: behind,
        pending: pending,
        oldestPendingMilliseconds: milliseconds / 2,
        behindMilliseconds: milliseconds,
        consumers: [ConsumerLag(name: "one", pending: pending, idleMilliseconds: 5)]
    )
}

@Suite struct `A lag report` {
    private let lags = [
        lag(0, behind: 3, pending: 2, milliseconds: 1_500), lag(1, behind: 10, pending: 0, milliseconds: 12_345),
    ]

    @Test func `adds partitions up and keeps the longest delay`() {
        let report = LagReport(lags, byPartition: false)
        #expect(report.rows.count == 1)
        #expect(report.rows.first?.undelivered == 13)
        #expect(report.rows.first?.behind == 15)
        #expect(report.rows.first?.pending == 2)
        #expect(report.rows.first?.behindMilliseconds == 12_345)
        #expect(report.json.contains(#""entries_behind":15,"undelivered":13,"pending":2,"seconds_behind":12.345"#))
        #expect(report.table.contains("12.3"))
    }

    @Test func `shows partitions one by one when asked`() {
        #expect(LagReport(lags, byPartition: true).rows.map(\.partition?.description) == ["p00", "p01"])
    }

    @Test func `a live table says how fast a stage gets on and when it is done`() {
        var trend = LagTrend()
        for (second, behind) in [(0, 800), (1, 600), (2, 400)] {
            trend.add(
                LagReport([lag(0, behind: behind, pending: 0, milliseconds: 0)], byPartition: false).rows,
                at: second * 1_000
            )
        }
        let rows = LagReport([lag(0, behind: 400, pending: 0, milliseconds: 0)], byPartition: false).rows
        let stage = trend.stage(rows[0])
        #expect(stage.change == "-200")
        #expect(stage.timeToDrain == "2 s")
        #expect(stage.sparkline == "█▆▄")
        #expect(LagTrend.Stage(samples: [(0, 1), (1_000, 5)]).timeToDrain == "never")
        #expect(LagTrend.Stage(samples: [(0, 5), (1_000, 0)]).timeToDrain == "-")
        #expect(LagTrend.Stage(samples: [(0, 5)]).change == "-")
    }
}
