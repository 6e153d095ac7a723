internal import Streams

/// How the lag of stages went while somebody looked: what a live table shows beside the figures.
struct LagTrend {
    /// Samples remembered of each stage.
    static let width = 40

    /// One stage's past.
    struct Stage: Equatable {
        /// What was behind, and when, in milliseconds since some start.
        var samples: [(at: Int, behind: Int)] = []

        static func == (left: Stage, right: Stage) -> Bool {
            left.samples.elementsEqual(right.samples) { $0 == $1 }
        }
    }

    private struct Key: Hashable {
        var stream: StreamKind
        var group: ConsumerGroup
        var partition: Partition?
    }

    private var stages: [Key: Stage] = [:]

    /// Remembers what was seen at a time, in milliseconds since some start.
    mutating func add(_ rows: [StageLag], at time: Int) {
        for row in rows {
            let key = Key(stream: row.stream, group: row.group, partition: row.partition)
            var samples = stages[key]?.samples ?? []
            samples.append((time, row.behind))
            stages[key] = Stage(samples: samples.suffix(Self.width))
        }
    }

    /// The past of a row's stage.
    func stage(_ row: StageLag) -> Stage {
        stages[Key(stream: row.stream, group: row.group, partition: row.partition)] ?? Stage()
    }
}

extension LagTrend.Stage {
    /// Entries by which the lag has grown in each second of the last five samples; `nil` when there is but one.
    var changePerSecond: Int? {
        let recent = samples.suffix(5)
        guard let first = recent.first, let last = recent.last, last.at > first.at else { return nil }
        return (last.behind - first.behind) * 1_000 / (last.at - first.at)
    }

    /// The change as text.
    var change: String {
        changePerSecond.map { $0 > 0 ? "+\($0)" : String($0) } ?? "-"
    }

    /// How long the rest will take at this pace; `-` when there is none, `never` when it does not shrink.
    var timeToDrain: String {
        guard let behind = samples.last?.behind, behind > 0, let change = changePerSecond else { return "-" }
        guard change < 0 else { return "never" }
        let seconds = (behind - change - 1) / -change
        return seconds < 120 ? "\(seconds) s" : seconds < 7_200 ? "\(seconds / 60) min" : "\(seconds / 3_600) h"
    }

    /// The samples as bars of eight heights, the highest for the largest of them.
    var sparkline: String {
        let bars = Array("▁▂▃▄▅▆▇█")
        let top = max(1, samples.map(\.behind).max() ?? 1)
        return String(samples.map { bars[min(bars.count - 1, $0.behind * (bars.count - 1) / top)] })
    }
}
