/// A sync of the price map.
struct SyncAnswer: Decodable, Sendable {
    let id: String
    let cause: String
    let outcome: String
    let detail: String?
    let url: String
    let requestedBy: String
    let startedAt: String
    let finishedAt: String?
    let counts: Counts
    let summary: Summary

    struct Counts: Decodable, Sendable {
        let models: Int
        let opened: Int
        let changed: Int
        let closed: Int
        let unchanged: Int
        let quarantined: Int
        let held: Int
        let warnings: Int
    }

    /// What changed, the first ones of each kind.
    struct Summary: Decodable, Sendable {
        let opened: [String]?
        let changed: [String]?
        let closed: [String]?
        let quarantined: [Question]?
        let warnings: [String]?

        struct Question: Decodable, Sendable {
            let key: String
            let detail: String
        }
    }

    /// Whether the book is as the source wants it.
    var isGood: Bool { ["applied", "unchanged", "not_modified"].contains(outcome) }

    /// The outcome, the counts and what changed.
    var text: String {
        var lines = ["The sync \(id) ended: \(outcome)\(detail.map { ". \($0)" } ?? "")"]
        lines.append("  the price map is \(url)")
        guard outcome == "applied" || outcome == "unchanged" else { return lines.joined(separator: "\n") }
        for (name, count, keys) in [
            ("new", counts.opened, summary.opened), ("changed", counts.changed, summary.changed),
            ("gone", counts.closed, summary.closed),
        ] where count > 0 {
            let keys = keys ?? []
            let more = keys.count < count ? ", …" : ""
            lines.append(
                "  \(count) \(name)\(keys.isEmpty ? "" : ": ")\(keys.joined(separator: ", "))\(keys.isEmpty ? "" : more)"
            )
        }
        lines.append("  \(counts.unchanged) of \(counts.models) models unchanged")
        if counts.quarantined + counts.held > 0 {
            lines.append(
                """
                  \(counts.quarantined) kept out now, \(counts.held) since before: decide with `oliver prices changes`
                """
            )
        }
        lines += (summary.quarantined ?? []).map { "    \($0.key): \($0.detail)" }
        lines += (summary.warnings ?? []).map { "  odd, but let in: \($0)" }
        return lines.joined(separator: "\n")
    }

    /// One line for each sync.
    static func table(_ syncs: [SyncAnswer]) -> String {
        let header = ["ID", "STARTED AT", "CAUSE", "OUTCOME", "NEW", "CHANGED", "GONE", "KEPT OUT", "DETAIL"]
        let rows = syncs.map { sync in
            [
                sync.id, sync.startedAt, sync.cause, sync.outcome, String(sync.counts.opened),
                String(sync.counts.changed), String(sync.counts.closed), String(sync.counts.quarantined),
                sync.detail ?? "",
            ]
        }
        return TextTable([header] + rows).text
    }
}

/// A price that a sync brought and that somebody has to decide about.
struct ChangeAnswer: Decodable, Sendable {
    let id: String
    let state: String
    let key: String
    let kind: String
    let guards: [String]
    let detail: String
    let createdAt: String
    let decidedAt: String?
    let decidedBy: String?
    let note: String?
    let rates: [Rate]

    /// A rate that differs.
    struct Rate: Decodable, Sendable {
        let name: String
        let old: String?
        let new: String?
    }

    /// The change with the rates that differ.
    var text: String {
        var lines = [
            "\(id)  \(state)  \(key) (\(kind)), since \(createdAt)", "  \(guards.joined(separator: ", ")): \(detail)",
        ]
        if let decidedBy {
            let words = note.map { ": \($0)" } ?? ""
            lines.append("  \(state) by \(decidedBy)\(decidedAt.map { " at \($0)" } ?? "")\(words)")
        }
        let rows = rates.map { ["  " + $0.name, $0.old ?? "none", "→", $0.new ?? "none"] }
        if !rows.isEmpty { lines.append(TextTable(rows).text) }
        return lines.joined(separator: "\n")
    }
}
