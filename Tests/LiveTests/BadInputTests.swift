import Domain
import LocalServers
import TestSupport
import Testing

extension LiveSuite {
    /// What clients get wrong, or try; each test ends with the check that nothing was harmed.
    @Suite struct BadInputTests {
        @Test(.timeLimit(.minutes(5)))
        func `refuses bad requests and bad items, and keeps the good ones beside them`() async throws {
            try await Cluster.with { cluster in
                let keys = try await Keys(cluster)
                let client = cluster.client(of: .ingest)
                var kept = 0
                for bad in BadRequest.all(keys) {
                    let answer = try await client.send(bad.request)
                    try bad.check(answer)
                    // The next request of this client, and of others, is served as ever.
                    let good = try await client.send(.record(Self.event("after-\(kept)"), key: keys.record))
                    #expect(try good.expecting(202, RecordAnswer.self).accepted == 1, "after \(bad.name)")
                    kept += 1
                }
                for bad in BadItem.all {
                    kept += try await Self.check(bad, number: kept, key: keys.record, over: client)
                }
                kept += try await Self.checkConflict(key: keys.record, over: client)
                kept += try await Self.checkForeignWorkspaces(keys, over: client)
                try await Self.checkUnharmed(cluster, key: keys.record, events: kept)
            }
        }

        @Test(.timeLimit(.minutes(5)))
        func `refuses a revoked key within a second`() async throws {
            try await Cluster.with { cluster in
                let key = try await cluster.makeKey("short", workspace: "acme")
                let client = cluster.client(of: .ingest)
                let before = try await client.send(.record(Self.event("before"), key: key.key))
                #expect(try before.expecting(202, RecordAnswer.self).accepted == 1)
                let result = try await cluster.oliver("keys", "revoke", key.id)
                #expect(result.status == .exited(0), "\(result.output)")
                let revoked = ContinuousClock.now
                var accepted = 0
                _ = try await eventually("the key is refused", within: .seconds(5), every: .milliseconds(10)) {
                    let answer = try await client.send(.record(Self.event("during-\(accepted)"), key: key.key))
                    if answer.status == 202 { accepted += 1 }
                    return answer.status == 401 ? true : nil
                }
                #expect(revoked.duration(to: .now) < .seconds(1))
                let late = try await client.send(.record(Self.event("late"), key: key.key))
                #expect(late.status == 401)
                let reader = try await cluster.makeKey("reader", workspace: "acme").key
                try await Self.checkUnharmed(cluster, key: reader, events: 1 + accepted)
            }
        }

        /// Posts a bad item between two good ones; returns how many were kept.
        private static func check(_ bad: BadItem, number: Int, key: String, over client: HTTPClient) async throws -> Int
        {
            let body = "[\(event("before-\(number)")),\(bad.text),\(event("behind-\(number)"))]"
            let answer = try await client.send(.record(body, key: key)).expecting(202, RecordAnswer.self)
            #expect(answer.items.map(\.status) == ["accepted", "rejected", "accepted"], "\(bad.name): \(answer.items)")
            #expect(answer.rejected == 1 && answer.accepted == 2, "\(bad.name)")
            let problem = try #require(answer.items[1].problem, "\(bad.name)")
            #expect(problem.type == "urn:oliver:problem:invalid-event", "\(bad.name)")
            #expect(problem.status == 422, "\(bad.name)")
            let parameters = problem.invalidParameters ?? []
            #expect(parameters.contains { $0.name == bad.field && $0.code == bad.code }, "\(bad.name): \(parameters)")
            return 2
        }

        private static func checkConflict(key: String, over client: HTTPClient) async throws -> Int {
            let first = try await client.send(.record(event("conflict"), key: key)).expecting(202, RecordAnswer.self)
            #expect(first.accepted == 1)
            let same = try await client.send(.record(event("conflict"), key: key)).expecting(202, RecordAnswer.self)
            #expect(same.items.map(\.status) == ["duplicate"])
            let other = event("conflict", usage: #"{"input_tokens":2}"#)
            let answer = try await client.send(.record(other, key: key)).expecting(202, RecordAnswer.self)
            #expect(answer.items.map(\.status) == ["rejected"])
            #expect(answer.items.first?.problem?.slug == "conflict")
            #expect(answer.items.first?.problem?.status == 409)
            return 1
        }

        private static func checkForeignWorkspaces(_ keys: Keys, over client: HTTPClient) async throws -> Int {
            let foreign = event("foreign", more: #""workspace":"globex","#)
            let own = event("own", more: #""workspace":"acme","#)
            let answer = try await client.send(.record("[\(foreign),\(own)]", key: keys.record))
            let items = try answer.expecting(202, RecordAnswer.self).items
            #expect(items.map(\.status) == ["rejected", "accepted"])
            #expect(items.first?.problem?.slug == "forbidden")
            #expect(items.first?.problem?.status == 403)
            return 1
        }

        /// Checks that exactly the good events are in the ledger, and that everything still works.
        static func checkUnharmed(_ cluster: Cluster, key: String, events: Int) async throws {
            try await cluster.waitUntilQuiet()
            #expect(try await cluster.deadLetters().isEmpty)
            let report = try await cluster.verifyAtRest()
            #expect(report.consistent, "\(report)")
            #expect(report.workspaces.first { $0.workspace == "acme" }?.events == events)
            #expect(report.workspaces.allSatisfy { $0.workspace == "acme" || $0.events == 0 }, "\(report.workspaces)")
            let to = Timestamp.now.adding(.seconds(86_400)).rfc3339
            let summary = try await cluster.summary(key: key, from: "2026-01-01T00:00:00Z", to: to)
            #expect(summary.events == events)
            for service in ServiceName.allCases {
                #expect(cluster.isRunning(service), "\(service.rawValue) ended: \(cluster.logs())")
            }
        }

        /// A good event.
        static func event(_ id: String, usage: String = #"{"input_tokens":1}"#, more: String = "") -> String {
            #"{"event_id":"\#(id)",\#(more)"provider":"openai","model":"gpt-4o-mini","usage":\#(usage)}"#
        }
    }
}

/// The keys that bad requests are made with.
struct Keys: Sendable {
    /// May record in acme.
    let record: String
    /// May only read in acme.
    let read: String
    /// Was revoked.
    let revoked: String

    init(_ cluster: Cluster) async throws {
        record = try await cluster.makeKey("record", workspace: "acme").key
        read = try await cluster.makeKey("read", workspace: "acme", scopes: "read").key
        _ = try await cluster.makeKey("other", workspace: "globex")
        let short = try await cluster.makeKey("revoked", workspace: "acme")
        let result = try await cluster.oliver("keys", "revoke", short.id)
        #expect(result.status == .exited(0), "\(result.output)")
        revoked = short.key
        let client = cluster.client(of: .ingest)
        _ = try await eventually("the key is refused", within: .seconds(2)) {
            try await client.send(.record("{}", key: short.key)).status == 401 ? true : nil
        }
    }
}
