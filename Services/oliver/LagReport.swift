internal import ServiceRuntime
internal import Streams

/// The lag of every stage, summed over partitions or one by one, as text and as JSON.
struct LagReport {
    /// One stage's figures.
    struct Row: Equatable {
        var stream: String
        var group: String
        /// `nil` when all partitions are summed up.
        var partition: String?
        var behind = 0
        var pending = 0
        var behindMilliseconds = 0
        var oldestPendingMilliseconds = 0
        var consumers: Set<String> = []
    }

    let rows: [Row]

    init(_ lags: [StreamLag], byPartition: Bool) {
        var rows: [String: Row] = [:]
        var order: [String] = []
        for lag in lags {
            let partition = byPartition ? lag.partition.description : nil
            let key = "\(lag.stream.rawValue) \(lag.group.rawValue) \(partition ?? "")"
            if rows[key] == nil {
                rows[key] = Row(stream: lag.stream.rawValue, group: lag.group.rawValue, partition: partition)
                order.append(key)
            }
            rows[key]?.add(lag)
        }
        self.rows = order.compactMap { rows[$0] }
    }

    /// A table for a terminal.
    var table: String {
        let header = ["STREAM", "GROUP", "PARTITION", "BEHIND", "SECONDS", "PENDING", "OLDEST PENDING", "CONSUMERS"]
        let lines =
            [header]
            + rows.map { row in
                [
                    row.stream, row.group, row.partition ?? "all", String(row.behind + row.pending),
                    seconds(row.behindMilliseconds), String(row.pending), seconds(row.oldestPendingMilliseconds),
                    String(row.consumers.count),
                ]
            }
        return TextTable(lines).text
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

    private func seconds(_ milliseconds: Int) -> String {
        "\(milliseconds / 1_000).\(milliseconds / 100 % 10)"
    }
}

extension LagReport.Row {
    fileprivate mutating func add(_ lag: StreamLag) {
        behind += lag.behind
        pending += lag.pending
        behindMilliseconds = max(behindMilliseconds, lag.behindMilliseconds)
        oldestPendingMilliseconds = max(oldestPendingMilliseconds, lag.oldestPendingMilliseconds)
        consumers.formUnion(lag.consumers.map(\.name))
    }

    fileprivate func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("stream", stream)
        writer.member("group", group)
        if let partition { writer.member("partition", partition) }
        writer.member("entries_behind", behind + pending)
        writer.member("undelivered", behind)
        writer.member("pending", pending)
        writer.key("seconds_behind")
        writer.raw(decimalSeconds(behindMilliseconds))
        writer.key("oldest_pending_seconds")
        writer.raw(decimalSeconds(oldestPendingMilliseconds))
        writer.key("consumers")
        writer.beginArray()
        for consumer in consumers.sorted() { writer.string(consumer) }
        writer.endArray()
        writer.endObject()
    }

    private func decimalSeconds(_ milliseconds: Int) -> String {
        let fraction = String(milliseconds % 1_000)
        return "\(milliseconds / 1_000).\(String(repeating: "0", count: 3 - fraction.utf8.count))\(fraction)"
    }
}
