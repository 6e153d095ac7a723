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
        #expect(report.rows.first?.behind == 13)
        #expect(report.rows.first?.pending == 2)
        #expect(report.rows.first?.behindMilliseconds == 12_345)
        #expect(report.json.contains(#""entries_behind":15,"undelivered":13,"pending":2,"seconds_behind":12.345"#))
        #expect(report.table.contains("12.3"))
    }

    @Test func `shows partitions one by one when asked`() {
        #expect(LagReport(lags, byPartition: true).rows.map(\.partition) == ["p00", "p01"])
    }
}
