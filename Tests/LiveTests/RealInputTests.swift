import Domain
import FoundationEssentials
import TestSupport
import Testing

extension LiveSuite {
    @Suite struct RealInputTests {
        /// An event of the fixture as one of the users reports it.
        private struct Report {
            let vector: Vector
            let user: Int

            var team: Int { user % 5 }
            var workspace: Int { min(team / 2, 2) }

            /// Without a time of its own the event happens when it arrives.
            var text: [UInt8] {
                let time = vector.occurredAt.map { #""occurred_at":"\#($0)","# } ?? ""
                let head = #"{"event_id":"\#(vector.id)",\#(time)"team":"team-\#(team)","user":"u-\#(user)","#
                return Array("\(head)\(vector.members)}".utf8)
            }
        }

        private static let workspaces = ["acme", "globex", "initech"]
        private static let from = "2026-01-01T00:00:00Z"

        @Test(.timeLimit(.minutes(5)))
        func `stores the exact cost of every real event that 20 users in 5 teams of 3 workspaces post`() async throws {
            let reports = try Vector.tokenCases().enumerated().map { Report(vector: $1, user: $0 % 20) }
            // The times in the fixture are of 2026: they must not age out of what ingest takes.
            let options = Cluster.Options(ofService: [.ingest: ["OLIVER_INGEST_ACCEPTED_PAST": "36500d"]])
            try await Cluster.with(options) { cluster in
                var keys: [String] = []
                for workspace in Self.workspaces {
                    keys.append(try await cluster.makeKey("real-\(workspace)", workspace: workspace).key)
                }
                try await withThrowingTaskGroup { group in
                    for (index, key) in keys.enumerated() {
                        let own = reports.filter { $0.workspace == index }.map(\.text)
                        let client = cluster.client(of: .ingest)
                        group.addTask { try await Self.post(own, key: key, over: client) }
                    }
                    try await group.waitForAll()
                }
                try await cluster.waitUntilQuiet()
                let verified = try await cluster.verifyAtRest()
                #expect(verified.consistent, "\(verified)")
                for (index, key) in keys.enumerated() {
                    let own = reports.filter { $0.workspace == index }
                    try await Self.check(own, index, on: cluster, key: key)
                    let sum = own.reduce(Int128(0)) { $0 + Int128($1.vector.cost ?? 0) }
                    try verified.check(Self.workspaces[index], sum: sum, events: own.count)
                }
                #expect(try await cluster.deadLetters().isEmpty)
            }
        }

        /// Posts in all shapes a body can have, from one event to hundreds.
        private static func post(_ events: [[UInt8]], key: String, over client: HTTPClient) async throws {
            var rest = events[...]
            var turn = 0
            while !rest.isEmpty {
                let shape = BodyShape.allCases[turn % BodyShape.allCases.count]
                let batch = Array(rest.prefix(shape == .single ? 1 : 20 + turn * 7))
                rest = rest.dropFirst(batch.count)
                turn += 1
                let answer = try await client.send(shape.request(batch, key: key)).expecting(202, RecordAnswer.self)
                #expect(answer.accepted == batch.count, "\(shape): \(answer.items.first { $0.status != "accepted" })")
            }
        }

        private static func check(_ reports: [Report], _ index: Int, on cluster: Cluster, key: String) async throws {
            let to = Timestamp.now.adding(.seconds(86_400)).rfc3339
            let rows = try await cluster.usage(key: key, from: from, to: to)
            #expect(rows.count == reports.count)
            let byID = Dictionary(rows.map { ($0.eventId, $0) }) { first, _ in first }
            var wrong: [String] = []
            for report in reports {
                let cost = report.vector.cost.map { usd(Int128($0)) }
                guard let row = byID[report.vector.id] else {
                    wrong.append("\(report.vector.id) is missing")
                    continue
                }
                let isRight =
                    row.costUsd == cost && row.team == "team-\(report.team)" && row.user == "u-\(report.user)"
                    && row.workspace == workspaces[index] && (row.costStatus == "unpriced") == (cost == nil)
                if !isRight { wrong.append("\(row) should cost \(cost ?? "null")") }
            }
            #expect(wrong.isEmpty, "\(wrong.count) wrong rows: \(wrong.prefix(5))")
            let summary = try await cluster.summary(key: key, from: from, to: to)
            #expect(summary.costUsd == usd(reports.reduce(Int128(0)) { $0 + Int128($1.vector.cost ?? 0) }))
            #expect(summary.events == reports.count)
            #expect(summary.unpricedEvents == reports.count { $0.vector.cost == nil })
        }
    }
}
