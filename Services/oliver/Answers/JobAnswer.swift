internal import Domain

/// Work on the ledger that corrects many events.
struct JobAnswer: Decodable, Sendable {
    let id: String
    let kind: String
    let state: String
    /// `nil` for all workspaces.
    let workspace: String?
    let from: String
    let to: String
    let filters: [String: [String]]
    let reason: String
    let author: String
    let key: String
    let progress: Progress
    /// The time of the last event that was looked at.
    let position: String?
    let createdAt: String
    let finishedAt: String?
    let failure: String?
    let reverses: String?
    let reversedBy: String?

    struct Progress: Decodable, Sendable {
        let read: Int
        let changed: Int
        let costBeforeUSD: MoneySum
        let costAfterUSD: MoneySum
        let unpricedBefore: Int
        let unpricedAfter: Int
    }

    /// Whether nobody works on it any more.
    var isEnded: Bool { state != "pending" && state != "running" }
    var isDone: Bool { state == "done" }

    /// How far it is, on one line.
    var progressLine: String {
        let place = position.map { ", at \($0)" } ?? ""
        let difference = progress.costAfterUSD.less(progress.costBeforeUSD)
        return
            "job \(id) \(state): \(progress.read) read, \(progress.changed) changed, \(difference.signed) USD\(place)"
    }

    /// Everything about it.
    var text: String {
        var rows = [
            ["  kind", kind], ["  workspace", workspace ?? "(all)"], ["  from", from], ["  to", to],
        ]
        for (name, values) in filters.sorted(by: { $0.key < $1.key }) {
            rows.append(["  \(name)", values.joined(separator: ", ")])
        }
        rows += [
            ["  reason", reason], ["  author", author], ["  key", key],
            ["  unpriced", "\(progress.unpricedBefore) before, \(progress.unpricedAfter) after"],
            ["  cost", "\(progress.costBeforeUSD.shown) before, \(progress.costAfterUSD.shown) after"],
            ["  created", createdAt],
        ]
        for (name, value) in [
            ("finished", finishedAt), ("failure", failure), ("takes back job", reverses),
            ("taken back by job", reversedBy),
        ] {
            if let value { rows.append(["  \(name)", value]) }
        }
        return progressLine + "\n" + TextTable(facts: rows).text
    }

    /// One line for each job.
    static func table(_ jobs: [JobAnswer]) -> String {
        let header = ["ID", "KIND", "STATE", "WORKSPACE", "READ", "CHANGED", "DIFFERENCE", "CREATED AT", "REASON"]
        let rows = jobs.map { job in
            [
                job.id, job.kind, job.state, job.workspace ?? "(all)", String(job.progress.read),
                String(job.progress.changed),
                job.progress.costAfterUSD.less(job.progress.costBeforeUSD).signed, job.createdAt, job.reason,
            ]
        }
        return TextTable([header] + rows).text
    }
}

/// What a repricing would do.
struct PreviewAnswer: Decodable, Sendable {
    /// Whether all events of the range were looked at.
    let complete: Bool
    let events: Int
    let changed: Int
    let costBeforeUSD: MoneySum
    let costAfterUSD: MoneySum
    let differenceUSD: MoneySum
    let unpricedBefore: Int
    let unpricedAfter: Int
    let rows: [Row]
    let rowsIncomplete: Bool?

    struct Row: Decodable, Sendable {
        let team: String?
        let model: String
        let events: Int
        let changed: Int
        let costBeforeUSD: MoneySum
        let costAfterUSD: MoneySum
        let differenceUSD: MoneySum
    }

    /// Before and after by team and model, and the sums.
    var text: String {
        let header = ["TEAM", "MODEL", "EVENTS", "CHANGED", "BEFORE USD", "AFTER USD", "DIFFERENCE"]
        let lines = rows.map { row in
            [
                row.team ?? "(none)", row.model, String(row.events), String(row.changed), row.costBeforeUSD.shown,
                row.costAfterUSD.shown, row.differenceUSD.signed,
            ]
        }
        let total = [
            "all", "", String(events), String(changed), costBeforeUSD.shown, costAfterUSD.shown, differenceUSD.signed,
        ]
        var text = TextTable([header] + lines + [total]).text
        if rowsIncomplete == true { text += "\nThere are more teams and models than are shown: the sums count all." }
        if unpricedBefore + unpricedAfter > 0 {
            text += "\nEvents without a price: \(unpricedBefore) before, \(unpricedAfter) after."
        }
        if !complete { text += "\nThe range has more events than a preview looks at: preview it in parts." }
        return text + "\nNothing was changed. --apply with --reason does it."
    }
}

/// What has no price.
struct UnpricedAnswer: Decodable, Sendable {
    let provider: String
    let model: String
    let quantity: String?
    let reason: String?
    let events: Int
    let firstSeen: String
    let lastSeen: String

    static func table(_ groups: [UnpricedAnswer]) -> String {
        let header = ["PROVIDER", "MODEL", "QUANTITY", "WHY", "EVENTS", "FIRST SEEN", "LAST SEEN"]
        let rows = groups.map { group in
            [
                group.provider, group.model, group.quantity ?? "(all)", group.reason ?? "", String(group.events),
                group.firstSeen, group.lastSeen,
            ]
        }
        return TextTable([header] + rows).text
    }
}

extension MoneySum {
    /// The sum with its sign, for differences.
    var signed: String { picoDollars > 0 ? "+\(shown)" : shown }
}
