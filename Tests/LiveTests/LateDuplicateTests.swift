import Domain
import Redis
import Testing

extension LiveSuite {
    @Suite struct LateDuplicateTests {
        private static let from = "2026-01-01T00:00:00Z"

        @Test(.timeLimit(.minutes(5)))
        func `keeps one row and one count of an id that comes again after its window was lost`() async throws {
            let vectors = try Vector.tokenCases().filter { $0.occurredAt == nil && $0.cost != nil }.prefix(300)
            let now = Timestamp.now
            let to = now.adding(.seconds(86_400)).rfc3339
            try await Cluster.with { cluster in
                let key = try await cluster.makeKey("late", workspace: "acme").key
                let client = cluster.client(of: .ingest)
                let first = vectors.map { Self.event($0, at: now.adding(.seconds(-7_200))) }
                try await Self.post(Array(first), key: key, over: client)
                try await cluster.waitUntilQuiet()
                let before = try await cluster.usage(key: key, from: Self.from, to: to)

                try await Self.forgetIDs(on: cluster)
                // A third comes again as it was, a third with another time, in another month even, a third not at all.
                let same = Array(first.prefix(100))
                let moved = vectors.dropFirst(100).prefix(100).enumerated().map { index, vector in
                    Self.event(vector, at: now.adding(.seconds(index % 2 == 0 ? -3_600 : -40 * 86_400)))
                }
                try await Self.post(same + moved, key: key, over: client)
                try await cluster.waitUntilQuiet()
                try await Self.checkUnchanged(before, vectors, on: cluster, key: key, to: to)

                // Once more at the same time from two clients: each id is claimed once, and is late once more.
                try await Self.forgetIDs(on: cluster)
                async let other: Void = Self.send(moved, key: key, over: cluster.client(of: .ingest))
                try await Self.send(moved, key: key, over: client)
                try await other
                try await cluster.waitUntilQuiet()
                try await Self.checkUnchanged(before, vectors, on: cluster, key: key, to: to)
                #expect(try await cluster.deadLetters().isEmpty)
            }
        }

        private static func event(_ vector: Vector, at time: Timestamp) -> [UInt8] {
            let head = #"{"event_id":"\#(vector.id)","occurred_at":"\#(time.rfc3339)","team":"growth","#
            return Array("\(head)\(vector.members)}".utf8)
        }

        private static func post(_ events: [[UInt8]], key: String, over client: HTTPClient) async throws {
            let answer = try await client.send(BodyShape.array.request(events, key: key))
            #expect(try answer.expecting(202, RecordAnswer.self).accepted == events.count, "\(answer)")
        }

        private static func send(_ events: [[UInt8]], key: String, over client: HTTPClient) async throws {
            let answer = try await client.send(BodyShape.lines.request(events, key: key))
            #expect(try answer.expecting(202, RecordAnswer.self).rejected == 0, "\(answer)")
        }

        /// Makes Redis forget the ids, as it does a day later.
        private static func forgetIDs(on cluster: Cluster) async throws {
            let script = """
                local keys = redis.call('KEYS', 'id:*')
                for _, key in ipairs(keys) do redis.call('DEL', key) end
                return #keys
                """
            let replies = try await cluster.sendToRedis([RedisCommand("EVAL", script, "0")])
            #expect((replies.first?.integer ?? 0) >= 100, "\(replies)")
        }

        private static func checkUnchanged(
            _ before: [UsagePage.Item],
            _ vectors: ArraySlice<Vector>,
            on cluster: Cluster,
            key: String,
            to: String
        ) async throws {
            let sum = vectors.reduce(Int128(0)) { $0 + Int128($1.cost ?? 0) }
            // The correction of the counters follows the ledger's transaction by a moment.
            let report = try await eventually("the counters are corrected", within: .seconds(30)) {
                let report = try await cluster.verify()
                guard report.consistent else { throw UnexpectedAnswer(description: "\(report)") }
                return report
            }
            try report.check("acme", sum: sum, events: vectors.count)
            let rows = try await cluster.usage(key: key, from: from, to: to)
            #expect(rows.map(\.identity).sorted() == before.map(\.identity).sorted())
        }
    }
}

extension UsagePage.Item {
    /// What must not change.
    fileprivate var identity: String { "\(kind) \(eventId) \(occurredAt) \(costUsd ?? "null")" }
}
