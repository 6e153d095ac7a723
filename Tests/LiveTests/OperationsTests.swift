import FoundationEssentials
import LocalServers
import Redis
import TestSupport
import Testing

extension LiveSuite {
    @Suite struct OperationsTests {
        private struct Operations: Decodable {
            struct Service: Decodable {
                var service: String
                var version: String
            }

            struct History: Decodable {
                var times: [String]
                var deadLetters: [Int]
            }

            var stages: [LagAnswer.Stage]
            var services: [Service]
            var deadLetters: Int
            var driftMicrodollars: Int
            var history: History
        }

        private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"

        @Test(.timeLimit(.minutes(5)))
        func `lag is the same for everybody, and a trace is found in every log once somebody looks closely`()
            async throws
        {
            try await withScratchFolder { folder in
                let level = "\(folder)/level"
                try Data("info".utf8).write(to: URL(filePath: level))
                var options = Cluster.Options()
                options.environment = ["OLIVER_LOG_LEVEL_FILE": level]
                try await Cluster.with(options) { cluster in
                    let key = try await cluster.makeKey("operations", workspace: "acme").key
                    let admin = try await cluster.oliver(
                        KeyAnswer.self,
                        "keys",
                        "create",
                        "--name",
                        "admin",
                        "--source-app",
                        "live-tests",
                        "--scopes",
                        "admin",
                        "--json"
                    ).key
                    try await Self.checkLag(cluster, key: key, admin: admin)
                    try await Self.checkDeadLetters(cluster, key: key, admin: admin)
                    try await Self.checkTrace(cluster, key: key, level: level)
                }
            }
        }

        /// A pricing that hangs: `oliver lag`, the metrics of ingest and the console tell the same number.
        private static func checkLag(_ cluster: Cluster, key: String, admin: String) async throws {
            try cluster.freeze(.pricing)
            for number in 0..<7 {
                let event = BadInputTests.event("lag-\(number)")
                let answer = try await cluster.client(of: .ingest).send(.record(event, key: key))
                #expect(answer.status == 202)
            }
            let metric = #"oliver_stream_lag_entries{group="pricing",service="ingest",stream="usage:raw"}"#
            _ = try await eventually("all tell that 7 entries wait", within: .seconds(10), every: .milliseconds(200)) {
                let command = try await cluster.oliver(LagAnswer.self, "lag", "--json").stages
                let console = try await operations(cluster, admin).stages
                let metrics = try await cluster.client(of: .ingest).send(.get("/metrics")).text
                let told = [command, console].map { stages in stages.first { $0.group == "pricing" }?.entriesBehind }
                guard told == [7, 7], metrics.contains("\(metric) 7\n") else {
                    throw UnexpectedAnswer(description: "\(told)")
                }
                return true
            }
            try cluster.thaw(.pricing)
            try await cluster.waitUntilQuiet(within: .seconds(60))
            let seen = try await operations(cluster, admin)
            #expect(Set(seen.services.map(\.service)) == Set(ServiceName.allCases.map(\.rawValue)))
            #expect(Set(seen.services.map(\.version)).count == 1)
            #expect(seen.driftMicrodollars == 0)
            #expect(!seen.history.times.isEmpty)
            let denied = try await cluster.client(of: .console).send(.get("/v1/operations", key: key))
            #expect(denied.status == 403)
        }

        private static func checkDeadLetters(_ cluster: Cluster, key: String, admin: String) async throws {
            let console = cluster.client(of: .console)
            #expect(try await operations(cluster, admin).deadLetters == 0)
            _ = try await cluster.sendToRedis([.init("XADD", "usage:raw:{p03}", "*", "p", "garbage")])
            let letter = try await eventually("the entry is given up", within: .seconds(30)) {
                let answer = try await console.send(.get("/v1/dead-letters", key: admin))
                return try answer.expecting(200, DeadAnswer.self).items.first
            }
            #expect(letter.stage == "pricing")
            #expect(try await console.send(.get("/v1/dead-letters/\(letter.id)", key: admin)).status == 200)
            let replay = try await console.send(.post("/v1/dead-letters/\(letter.id)/replay", key: admin, []))
            #expect(replay.status == 200, "\(replay)")
            let again = try await eventually("it is given up again", within: .seconds(30)) {
                let answer = try await console.send(.get("/v1/dead-letters", key: admin))
                return try answer.expecting(200, DeadAnswer.self).items.first
            }
            #expect(again.id != letter.id)
            let path = "/v1/dead-letters/\(again.id)/discard"
            #expect(try await console.send(.post(path, key: key, [])).status == 403)
            #expect(try await console.send(.post(path, key: admin, [])).status == 204)
            #expect(try await console.send(.post(path, key: admin, [])).status == 404)
            #expect(try await operations(cluster, admin).deadLetters == 0)
        }

        private static func checkTrace(_ cluster: Cluster, key: String, level: String) async throws {
            try Data("debug\n".utf8).write(to: URL(filePath: level))
            let services: [ServiceName] = [.ingest, .pricing, .budget, .analytics]
            _ = try await eventually("all log more", within: .seconds(10)) {
                services.allSatisfy { log(of: $0, cluster).contains("the level of logging has changed") } ? true : nil
            }
            var request = HTTPRequest.record(BadInputTests.event("traced"), key: key)
            request.headers["traceparent"] = "00-\(trace)-00f067aa0ba902b7-01"
            #expect(try await cluster.client(of: .ingest).send(request).status == 202)
            for service in services {
                _ = try await eventually("\(service) tells of the trace", within: .seconds(20)) {
                    let lines = log(of: service, cluster).split(separator: "\n")
                    return lines.contains { $0.contains(#""trace_id":"\#(trace)""#) } ? true : nil
                }
            }
        }

        private static func log(of service: ServiceName, _ cluster: Cluster) -> String {
            let path = "\(cluster.folder)/\(service.rawValue)-0.log"
            return (try? String(contentsOf: URL(filePath: path), encoding: .utf8)) ?? ""
        }

        private static func operations(_ cluster: Cluster, _ key: String) async throws -> Operations {
            try await cluster.client(of: .console).send(.get("/v1/operations", key: key)).expecting(200)
        }
    }
}
