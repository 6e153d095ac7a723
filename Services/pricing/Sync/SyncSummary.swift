internal import PriceBook
internal import ServiceRuntime

/// What a sync changed, as JSON of bounded size.
enum SyncSummary {
    /// Keys of one kind of change at most: the counts say how many there are.
    static let limit = 50

    static func json(_ plan: SyncPlan) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        write("opened", plan.isBaseline ? [] : plan.opened.map(\.key), to: &writer)
        write("changed", plan.changed.map(\.key), to: &writer)
        write("closed", plan.closed, to: &writer)
        writer.key("quarantined")
        writer.beginArray()
        for proposal in plan.proposals.prefix(limit) {
            writer.beginObject()
            writer.member("key", proposal.key)
            writer.member("detail", proposal.findings.detail)
            writer.endObject()
        }
        writer.endArray()
        writer.key("warnings")
        writer.beginArray()
        for warning in plan.warnings.prefix(limit) { writer.string("\(warning.key): \(warning.detail)") }
        writer.endArray()
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private static func write(_ name: String, _ keys: [String], to writer: inout JSONWriter) {
        writer.key(name)
        writer.beginArray()
        for key in keys.prefix(limit) { writer.string(key) }
        writer.endArray()
    }
}

extension [GuardFinding] {
    /// The guards' names, each once.
    var guards: [String] {
        reduce(into: []) { names, finding in
            if !names.contains(finding.kind.rawValue) { names.append(finding.kind.rawValue) }
        }
    }

    /// All findings in words, the first ones when there are many.
    var detail: String {
        let shown = prefix(10).map(\.detail).joined(separator: " ")
        return count > 10 ? shown + " (\(count - 10) more)" : shown
    }
}
