import TestSupport
import Testing

/// What the journal says must be in the ledger, held against what is there.
struct LoadOutcome {
    /// What one workspace must hold.
    struct Expectation {
        var costs: [String: Int64?] = [:]
        var sum: Int128 = 0
        var unpriced = 0
    }

    private let workspaces: [String]
    private let fates: [Journal.Fate]
    private let ids: [String]
    private let faults: [String]
    private(set) var expectations: [Expectation]

    init(_ journal: Journal, workspaces: [String]) {
        self.workspaces = workspaces
        let record = journal.record
        fates = record.fates
        faults = record.faults
        ids = record.events.map(\.id)
        expectations = Array(repeating: Expectation(), count: workspaces.count)
        for event in record.events {
            expectations[event.workspace].costs[event.id] = .some(event.cost)
            expectations[event.workspace].sum += Int128(event.cost ?? 0)
            if event.cost == nil { expectations[event.workspace].unpriced += 1 }
        }
    }

    /// Sizes, for the log of the run.
    var figures: String {
        let sent = fates.reduce(0) { $0 + $1.sent }
        let duplicates = fates.reduce(0) { $0 + $1.duplicate }
        let ambiguous = fates.filter(\.isAmbiguous).count
        return
            "\(ids.count) events, \(sent) sends, \(duplicates) duplicates, \(ambiguous) with an attempt of unknown end"
    }

    /// Checks what the clients were told.
    func check() {
        #expect(faults.isEmpty, "\(faults.count) wrong answers: \(faults.prefix(5)); \(Scale.note)")
        let twice = zip(ids, fates).filter { $1.accepted > 1 }.map(\.0)
        #expect(twice.isEmpty, "accepted twice: \(twice.prefix(5)); \(Scale.note)")
        // A first answer may be lost on its way; then the next attempt is told `duplicate`, and nobody `accepted`.
        let never = zip(ids, fates).filter { $1.accepted == 0 && !($1.isAmbiguous && $1.duplicate > 0) }.map(\.0)
        #expect(never.isEmpty, "never accepted: \(never.count), \(never.prefix(5)); \(Scale.note)")
    }

    /// Checks the ledger rows and the summary of one workspace.
    func check(_ index: Int, on cluster: Cluster, key: String, from: String, to: String) async throws {
        let expected = expectations[index]
        let rows = try await cluster.usage(key: key, from: from, to: to)
        #expect(rows.count == expected.costs.count, "\(workspaces[index]); \(Scale.note)")
        var seen: Set<String> = []
        var wrong: [String] = []
        for row in rows {
            if !seen.insert(row.eventId).inserted { wrong.append("\(row.eventId) is there twice") }
            guard let cost = expected.costs[row.eventId] else {
                wrong.append("\(row.eventId) was never posted")
                continue
            }
            if row.costUsd != cost.map({ usd(Int128($0)) }) {
                wrong.append("\(row.eventId) costs \(row.costUsd ?? "null"), not \(cost.map(String.init) ?? "null") p$")
            }
        }
        #expect(wrong.isEmpty, "\(wrong.count) wrong rows: \(wrong.prefix(5)); \(Scale.note)")
        let missing = expected.costs.keys.filter { !seen.contains($0) }
        #expect(missing.isEmpty, "\(missing.count) lost: \(missing.prefix(5)); \(Scale.note)")
        let summary = try await cluster.summary(key: key, from: from, to: to)
        #expect(summary.costUsd == usd(expected.sum), "\(Scale.note)")
        #expect(summary.events == expected.costs.count, "\(Scale.note)")
        #expect(summary.unpricedEvents == expected.unpriced, "\(Scale.note)")
    }

    /// Checks the ledger's, the rollups' and the counters' sums of all workspaces.
    func checkVerified(on cluster: Cluster) async throws {
        let report = try await cluster.verifyAtRest()
        #expect(report.consistent, "\(report); \(Scale.note)")
        for (name, expected) in zip(workspaces, expectations) {
            try report.check(name, sum: expected.sum, events: expected.costs.count)
        }
    }
}

extension VerifyAnswer {
    /// Checks that ledger, rollups and the counter of a workspace hold this sum.
    func check(_ name: String, sum: Int128, events: Int) throws {
        let report = try #require(workspaces.first { $0.workspace == name }, "no report of \(name)")
        let counter = try #require(
            report.counters.first { $0.scope == "workspace:\(name)" && $0.period == "total" },
            "no counter of \(name)"
        )
        let text = usd(sum)
        #expect(report.events == events, "\(name); \(Scale.note)")
        #expect(report.ledgerUsd == text, "\(name); \(Scale.note)")
        #expect(report.rollupsUsd == text, "\(name); \(Scale.note)")
        #expect(counter.counterUsd == text, "\(name); \(Scale.note)")
        #expect(counter.ledgerUsd == text, "\(name); \(Scale.note)")
        #expect(counter.counterEvents == events, "\(name); \(Scale.note)")
        #expect(report.consistent, "\(name); \(Scale.note)")
    }
}
