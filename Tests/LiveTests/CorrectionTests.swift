import Domain
import Testing

extension LiveSuite {
    @Suite struct CorrectionTests {
        private struct Job: Decodable {
            struct Progress: Decodable { var read, changed: Int, costAfterUsd: String }
            var id, state: String
            var progress: Progress
        }

        /// Events of each of the two models.
        private static let count = Scale.isFull ? 100_000 : 6_000
        private static let to = Timestamp.now.adding(.seconds(86_400)).rfc3339
        private static let from = "2026-01-01T00:00:00Z"

        @Test(.timeLimit(.minutes(10)))
        func `what a price changes reaches rows, rollups and counters once, though pricing is killed`() async throws {
            try await Cluster.with { cluster in
                let key = try await cluster.makeKey("app", workspace: "acme").key
                let admin = try await cluster.makeKey("admin", workspace: "acme", scopes: "admin").key
                try await Self.post(Self.count, of: "house-model", key: key, over: cluster.client(of: .ingest))
                try await Self.post(Self.count, of: "gpt-4o-mini", key: key, over: cluster.client(of: .ingest))
                try await cluster.waitUntilQuiet()
                let before = try await cluster.summary(key: key, from: Self.from, to: Self.to)
                #expect(before.unpricedEvents == Self.count)
                #expect(try await cluster.verifyAtRest().consistent)

                // A price appears: nobody asks for anything else.
                try await Self.override("house-model", "0.000002", key: admin, on: cluster)
                try await Self.killPricing(on: cluster)
                _ = try await eventually("all events have a price", within: .seconds(120)) {
                    let summary = try await cluster.summary(key: key, from: Self.from, to: Self.to)
                    return summary.unpricedEvents == 0 ? true : nil
                }
                try await Self.check(cluster, key, mini: "0.00000015")

                // A price changes, and somebody has everything priced again.
                try await Self.override("gpt-4o-mini", "0.000001", key: admin, on: cluster)
                let job = try await Self.reprice(key: admin, on: cluster)
                for _ in 1...2 { try await Self.killPricing(on: cluster) }
                let done = try await Self.waitUntilDone(job.id, key: admin, on: cluster)
                #expect(done.progress.read == Self.count)
                #expect(done.progress.changed == Self.count)
                try await Self.check(cluster, key, mini: "0.000001")
                #expect(try await cluster.deadLetters().isEmpty)
            }
        }

        /// Checks that every sum is that of 1,000 tokens an event.
        private static func check(_ cluster: Cluster, _ key: String, mini: String) async throws {
            let house = try #require(Money(usd: "0.002")).picoDollars
            let other = try #require(Money(usd: mini)).picoDollars * 1_000
            let sum = Int128(count) * Int128(house + other)
            let summary = try await cluster.summary(key: key, from: from, to: to)
            #expect(summary.costUsd == MoneySum(picoDollars: sum).usd)
            #expect(summary.events == 2 * count)
            let report = try await eventually("the counters follow", within: .seconds(60)) {
                let report = try await cluster.verify()
                guard report.consistent else { throw UnexpectedAnswer(description: "\(report)") }
                return report
            }
            try report.check("acme", sum: sum, events: 2 * count)
        }

        private static func post(_ count: Int, of model: String, key: String, over client: HTTPClient) async throws {
            let now = Timestamp.now
            for start in stride(from: 0, to: count, by: 1_000) {
                let events = (start..<min(start + 1_000, count)).map { index in
                    let time = now.adding(.seconds(-(index % 100_000))).rfc3339
                    return Array(
                        #"{"event_id":"\#(model)-\#(index)","occurred_at":"\#(time)","provider":"openai","model":"\#(model)","usage":{"input_tokens":1000},"team":"t\#(index % 5)"}"#
                            .utf8
                    )
                }
                let answer = try await client.send(BodyShape.array.request(events, key: key))
                #expect(try answer.expecting(202, RecordAnswer.self).accepted == events.count, "\(answer)")
            }
        }

        private static func override(_ model: String, _ rate: String, key: String, on cluster: Cluster) async throws {
            let body =
                #"{"provider":"openai","model":"\#(model)","rates":{"input_cost_per_token":"\#(rate)"},"reason":"contract","valid_from":"2026-01-01T00:00:00Z"}"#
            let answer = try await cluster.client(of: .pricing)
                .send(.post("/v1/prices/overrides", key: key, Array(body.utf8)))
            #expect(answer.status == 201, "\(answer)")
        }

        private static func reprice(key: String, on cluster: Cluster) async throws -> Job {
            let body =
                #"{"from":"\#(from)","to":"\#(to)","filters":{"model":"gpt-4o-mini"},"reason":"contract","apply":true}"#
            return try await cluster.client(of: .pricing).send(.post("/v1/reprice", key: key, Array(body.utf8)))
                .expecting(202)
        }

        private static func waitUntilDone(_ id: String, key: String, on cluster: Cluster) async throws -> Job {
            try await eventually("the job is done", within: .seconds(180), every: .milliseconds(200)) {
                let job: Job = try await cluster.client(of: .pricing).send(.get("/v1/reprice/\(id)", key: key))
                    .expecting(200)
                return job.state == "done" ? job : nil
            }
        }

        private static func killPricing(on cluster: Cluster) async throws {
            try await cluster.kill(.pricing)
            try cluster.start(.pricing)
            try await cluster.waitUntilReady(.pricing)
        }
    }
}
