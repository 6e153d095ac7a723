internal import Backends
internal import ServiceRuntime
internal import Streams

/// The lag of every stage, summed over partitions or one by one, as text and as JSON.
struct LagReport {
    let rows: [StageLag]

    init(_ lags: [StreamLag], byPartition: Bool) {
        rows = StageLag.summing(lags, byPartition: byPartition)
    }

    /// A table for a terminal.
    var table: String {
        TextTable([Self.header] + rows.map(Self.cells)).text
    }

    /// The table with what `trend` knows of each stage: its speed, when it will be done, and how it went.
    func table(_ trend: LagTrend) -> String {
        let lines = rows.map { row in
            let stage = trend.stage(row)
            return Self.cells(row) + [stage.change, stage.timeToDrain, stage.sparkline]
        }
        return TextTable([Self.header + ["CHANGE/S", "DONE IN", "BEHIND, UP TO NOW"]] + lines).text
    }

    private static let header = [
        "STREAM", "GROUP", "PARTITION", "BEHIND", "SECONDS", "PENDING", "OLDEST PENDING", "CONSUMERS",
    ]

    private static func cells(_ row: StageLag) -> [String] {
        [
            row.stream.rawValue, row.group.rawValue, row.partition?.description ?? "all", String(row.behind),
            seconds(row.behindMilliseconds), String(row.pending), seconds(row.oldestPendingMilliseconds),
            String(row.consumers.count),
        ]
    }

    /// One JSON document: `{"stages":[…]}`, times in seconds.
    var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("stages")
        writer.beginArray()
        for row in rows { row.write(to: &writer) }
        writer.endArray()
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private static func seconds(_ milliseconds: Int) -> String {
        "\(milliseconds / 1_000).\(milliseconds / 100 % 10)"
    }
}

extension StageLag {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.lagMembers(self)
        writer.key("consumers")
        writer.beginArray()
        for consumer in consumers { writer.string(consumer.name) }
        writer.endArray()
        writer.endObject()
    }
}
