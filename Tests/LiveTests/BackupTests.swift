import FoundationEssentials
import LocalServers
import Synchronization
import TestSupport
import Testing

extension LiveSuite {
    @Suite struct BackupTests {
        private static let day = "from=2026-01-01T00:00:00Z&to=2027-01-01T00:00:00Z"

        @Test(.timeLimit(.minutes(5)))
        func `a backup is restored into an empty installation: equal sums, counters rebuilt, old keys work`()
            async throws
        {
            try await withScratchFolder { folder in
                let file = "\(folder)/oliver.dump"
                let (key, before) = try await Self.backUp(to: file)
                let home = "\(folder)/home"
                let restored = try await Self.oliver(["restore", file, "--home", home], folder)
                #expect(restored.status == .exited(0), "\(restored.output)")
                // What holds events is not replaced by accident.
                let again = try await Self.oliver(["restore", file, "--home", home], folder)
                #expect(again.status != .exited(0))
                #expect(again.output.contains("--replace"), "\(again.output)")
                try await Self.check(home: home, key: key, equals: before, folder)
            }
        }

        private static func backUp(to file: String) async throws -> (key: String, SummaryAnswer) {
            let result = Mutex<(String, SummaryAnswer)?>(nil)
            try await Cluster.with { cluster in
                let key = try await cluster.makeKey("backup", workspace: "acme").key
                for number in 0..<50 {
                    let event = BadInputTests.event("backup-\(number)")
                    #expect(try await cluster.client(of: .ingest).send(.record(event, key: key)).status == 202)
                }
                try await cluster.waitUntilQuiet()
                // While everything runs.
                let backup = try await cluster.oliver("backup", file)
                #expect(backup.status == .exited(0), "\(backup.output)")
                let path = "/v1/analytics/summary?workspace=acme&\(day)"
                let summary = try await cluster.client(of: .analytics).send(.get(path, key: key))
                    .expecting(200, SummaryAnswer.self)
                result.withLock { $0 = (key, summary) }
            }
            return try #require(result.withLock { $0 })
        }

        private static func check(home: String, key: String, equals before: SummaryAnswer, _ folder: String)
            async throws
        {
            let port = try freePort()
            let program = try Executables.program(
                "oliver",
                ["up", "--home", home, "--port", "\(port)"],
                environment: ["OLIVER_PRICING_SYNC": "false"],
                log: "\(folder)/up.log"
            )
            try program.start()
            do {
                let client = HTTPClient(port: port, patience: .seconds(10))
                _ = try await eventually("`up` is ready", within: .seconds(90)) {
                    try await client.send(.get("/readyz")).status == 200 ? true : nil
                }
                let path = "/v1/analytics/summary?workspace=acme&\(day)"
                let after = try await client.send(.get(path, key: key)).expecting(200, SummaryAnswer.self)
                #expect(after == before)
                #expect(after.events == 50)
                // An id of before is still the same event.
                let duplicate = try await client.send(.record(BadInputTests.event("backup-0"), key: key))
                #expect(duplicate.status == 202)
                _ = try await eventually("counters are rebuilt", within: .seconds(60)) {
                    let report = try await oliver(["ledger", "verify", "--home", home], folder)
                    return report.status == .exited(0) ? true : nil
                }
                #expect(try await client.send(.get(path, key: key)).expecting(200, SummaryAnswer.self) == before)
            } catch {
                await program.kill9()
                throw ClusterFailure(underlying: error, logs: program.output())
            }
            #expect(await program.terminate() == .exited(0), "\(program.output())")
        }

        private static func oliver(_ arguments: [String], _ folder: String) async throws -> Cluster.CommandResult {
            let log = "\(folder)/command-\(Secrets.random().prefix(16)).log"
            let program = try Executables.program("oliver", arguments, log: log)
            try program.start()
            let status = await program.waitForExit()
            let output = (try? String(contentsOf: URL(filePath: log), encoding: .utf8)) ?? ""
            return Cluster.CommandResult(status: status, output: output)
        }
    }
}
