import FoundationEssentials
import LocalServers
import TestSupport
import Testing

extension LiveSuite {
    @Suite struct AdministrationTests {
        /// A request to each service that a key with all scopes but `admin` may send.
        private static let requests: [(ServiceName, String, body: String?)] = [
            (.ingest, "/v1/upsert", #"{"workspace":"acme"}"#), (.pricing, "/v1/prices?limit=1", nil),
            (.budget, "/v1/budgets", nil), (.analytics, "/v1/usage?limit=1", nil), (.alerts, "/v1/alerts", nil),
            (.console, "/v1/workspaces", nil),
        ]

        private static func request(_ path: String, _ body: String?, key: String) -> HTTPRequest {
            body.map { .post(path, key: key, Array($0.utf8)) } ?? .get(path, key: key)
        }

        /// What the services answer to a key.
        private static func statuses(_ cluster: Cluster, key: String) async throws -> [ServiceName: Int] {
            var statuses: [ServiceName: Int] = [:]
            for (service, path, body) in requests {
                statuses[service] = try await cluster.client(of: service).send(request(path, body, key: key)).status
            }
            return statuses
        }

        /// Waits until all services give one answer to a key.
        private static func all(_ cluster: Cluster, answer status: Int, to key: String, _ what: String) async throws {
            _ = try await eventually(what, within: .seconds(1), every: .milliseconds(10)) {
                let found = try await statuses(cluster, key: key)
                if found.values.allSatisfy({ $0 == status }) { return true }
                throw UnexpectedAnswer(description: "\(found)")
            }
        }

        private struct Upserted: Decodable {
            var created: Int
            var updated: Int
            var unchanged: Int
            var rejected: Int
        }

        private struct Recorded: Decodable {
            struct Item: Decodable {
                struct Problem: Decodable {
                    var type: String
                }
                var status: String
                var problem: Problem?
            }
            var items: [Item]
        }

        @Test(.timeLimit(.minutes(3)))
        func `every service knows a rotated and a revoked key within a second, and the log tells of all`() async throws
        {
            try await Cluster.with { cluster in
                let admin = try await cluster.makeKey("admin", workspace: "acme", scopes: "admin").key
                let console = cluster.client(of: .console)
                let wanted = #"{"name":"bot","source_app":"app","scopes":["record","read","preflight","upsert"]}"#
                let made = try await console.send(.post("/v1/api-keys", key: admin, Array(wanted.utf8)))
                    .expecting(201, KeyAnswer.self)
                try await Self.all(cluster, answer: 200, to: made.key, "the new key is known")
                let path = "/v1/api-keys/\(made.id)"
                let grace = try await console.send(
                    .post("\(path)/rotate", key: admin, Array(#"{"grace_seconds":60}"#.utf8))
                )
                .expecting(200, KeyAnswer.self)
                try await Self.all(cluster, answer: 200, to: grace.key, "the second secret is known")
                try await Self.all(cluster, answer: 200, to: made.key, "the first secret is good in its grace")
                let last = try await console.send(
                    .post("\(path)/rotate", key: admin, Array(#"{"grace_seconds":0}"#.utf8))
                )
                .expecting(200, KeyAnswer.self)
                try await Self.all(cluster, answer: 401, to: grace.key, "the second secret is refused")
                try await Self.all(cluster, answer: 401, to: made.key, "the first secret is refused")
                try await Self.all(cluster, answer: 200, to: last.key, "the third secret is known")
                let revoked = try await console.send(.post("\(path)/revoke", key: admin, []))
                #expect(revoked.status == 200, "\(revoked)")
                try await Self.all(cluster, answer: 401, to: last.key, "the revoked key is refused")
                let check = try await cluster.oliver("audit", "verify", "--workspace", "acme")
                #expect(check.status == .exited(0) && check.output.contains("whole"), "\(check.output)")
                let list = try await cluster.oliver("audit", "list", "--target", made.id)
                for action in ["create", "rotate", "revoke"] {
                    #expect(list.output.contains("api_key.\(action)"), "\(list.output)")
                }
            }
        }

        @Test(.timeLimit(.minutes(3)))
        func `ten thousand users are upserted, and an archived workspace takes no more`() async throws {
            try await Cluster.with { cluster in
                let key = try await cluster.makeKey("bot", workspace: "acme", scopes: "upsert,record").key
                let ingest = cluster.client(of: .ingest)
                let bodies = (0..<10).map { part in
                    let users = (0..<1_000).map { number in
                        let id = part * 1_000 + number
                        return
                            #"{"id":"u-\#(id)","name":"User \#(id)","email":"u\#(id)@example.com","team":"t-\#(id % 40)"}"#
                    }
                    return Array(#"{"users":[\#(users.joined(separator: ","))]}"#.utf8)
                }
                for (round, expected) in [(1, "created"), (2, "unchanged")] {
                    let start = ContinuousClock.now
                    for body in bodies {
                        let answer = try await ingest.send(.post("/v1/upsert", key: key, body)).expecting(
                            200,
                            Upserted.self
                        )
                        #expect((expected == "created" ? answer.created : answer.unchanged) == 1_000, "\(answer)")
                    }
                    print("10,000 users upserted, round \(round): \(ContinuousClock.now - start)")
                }
                let mixed = #"{"teams":[{"id":""},{"id":"t-1","name":"One"}],"users":[{"name":"nobody"}]}"#
                let answer = try await ingest.send(.post("/v1/upsert", key: key, Array(mixed.utf8))).expecting(
                    200,
                    Upserted.self
                )
                #expect(answer.created == 1 && answer.rejected == 2, "\(answer)")
                let archived = try await cluster.oliver("workspaces", "archive", "acme")
                #expect(archived.status == .exited(0), "\(archived.output)")
                let event = #"{"provider":"openai","model":"gpt-4o-mini","usage":{"input_tokens":1}}"#
                let refused = try await eventually("an event is refused", within: .seconds(5)) {
                    let item = try await ingest.send(.record(event, key: key)).expecting(202, Recorded.self).items.first
                    return item?.status == "rejected" ? item : nil
                }
                #expect(refused.problem?.type == "urn:oliver:problem:archived-workspace")
                #expect(try await ingest.send(.post("/v1/upsert", key: key, bodies[0])).status == 409)
                let restored = try await cluster.oliver("workspaces", "restore", "acme")
                #expect(restored.status == .exited(0), "\(restored.output)")
            }
        }
    }
}
