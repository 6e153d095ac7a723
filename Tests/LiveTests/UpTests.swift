import FoundationEssentials
import Glibc
import LocalServers
import TestSupport
import Testing

extension LiveSuite {
    @Suite struct UpTests {
        private static let event = """
            {"event_id": "first-call", "workspace": "default", "team": "growth", "user": "u-42",
             "provider": "openai", "model": "gpt-4o-mini",
             "usage": {"input_tokens": 1200, "cache_read_tokens": 800, "output_tokens": 300}}
            """

        @Test(.timeLimit(.minutes(5)))
        func `serves all on one port, finds its data again, and leaves no process behind however it ends`() async throws
        {
            try await withScratchFolder { folder in
                let home = "\(folder)/home"
                let port = try freePort()
                let program = try Executables.program(
                    "oliver",
                    ["up", "--home", home, "--port", "\(port)"],
                    environment: ["OLIVER_PRICING_SYNC": "false"],
                    log: "\(folder)/up.log"
                )
                do {
                    try await Self.tell(program, home: home, port: port, folder: folder)
                } catch {
                    await program.kill9()
                    throw ClusterFailure(underlying: error, logs: program.output())
                }
                await program.kill9()
            }
        }

        private static func tell(_ program: SupervisedProgram, home: String, port: Int, folder: String) async throws {
            try await start(program, port: port)
            let key = try adminKey(home)
            let client = HTTPClient(port: port)
            let answer = try await client.send(.record(event, key: key)).expecting(202, RecordAnswer.self)
            #expect(answer.accepted == 1)
            #expect(try await client.send(.record(event, key: key)).expecting(202, RecordAnswer.self).duplicates == 1)
            try await checkSummary(port: port, key: key)
            try await checkSecondStart(home: home, folder: folder)

            let stopping = ContinuousClock.now
            #expect(await program.terminate() == .exited(0), "\(program.output())")
            #expect(stopping.duration(to: .now) < .seconds(10))
            #expect(processes(of: home) == [])

            try await start(program, port: port)
            try await checkSummary(port: port, key: key)
            #expect(try adminKey(home) == key)

            await program.kill9()
            _ = try await eventually("redis and postgres end when `up` is killed", within: .seconds(20)) {
                let left = processes(of: home)
                if left.isEmpty { return true }
                throw UnexpectedAnswer(description: "\(left)")
            }
            try await start(program, port: port)
            try await checkSummary(port: port, key: key)
            // The id is remembered over all of this.
            let again = try await HTTPClient(port: port).send(.record(event, key: key))
            #expect(try again.expecting(202, RecordAnswer.self).duplicates == 1)
            #expect(await program.terminate() == .exited(0), "\(program.output())")
            #expect(processes(of: home) == [])
        }

        private static func start(_ program: SupervisedProgram, port: Int) async throws {
            try program.start()
            let client = HTTPClient(port: port, patience: .seconds(10))
            _ = try await eventually("`up` is ready", within: .seconds(90)) {
                guard program.isRunning else { throw UnexpectedAnswer(description: program.output()) }
                return try await client.send(.get("/readyz")).status == 200 ? true : nil
            }
        }

        private static func adminKey(_ home: String) throws -> String {
            let path = "\(home)/admin.key"
            var status = stat()
            try #require(stat(path, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o600)
            let text = try String(contentsOf: URL(filePath: path), encoding: .utf8)
            return String(text.prefix { !$0.isWhitespace })
        }

        private static func checkSummary(port: Int, key: String) async throws {
            let client = HTTPClient(port: port)
            let summary = try await eventually("the summary has the event", within: .seconds(30)) {
                let path = "/v1/analytics/summary?workspace=default"
                let summary = try await client.send(.get(path, key: key)).expecting(200, SummaryAnswer.self)
                return summary.events > 0 ? summary : nil
            }
            #expect(summary.costUsd == "0.000300000000")
            #expect(summary.events == 1)
            #expect(summary.inputTokens == 1_200)
            #expect(summary.outputTokens == 300)
        }

        private static func checkSecondStart(home: String, folder: String) async throws {
            let second = try Executables.program(
                "oliver",
                ["up", "--home", home, "--port", "\(try freePort())"],
                log: "\(folder)/second.log"
            )
            try second.start()
            #expect(await second.waitForExit() == .exited(1), "\(second.output())")
            #expect(second.output().contains("already runs"), "\(second.output())")
        }

        /// The command lines of all processes that name the folder, those of `oliver up` itself excepted.
        private static func processes(of home: String) -> [String] {
            let numbers = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
            return numbers.filter { Int($0) != nil }.compactMap { number in
                guard let data = try? Data(contentsOf: URL(filePath: "/proc/\(number)/cmdline")) else { return nil }
                let words = data.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
                guard words.contains(where: { $0.contains(home) }), !words.contains("up") else { return nil }
                return words.joined(separator: " ")
            }
        }
    }
}
