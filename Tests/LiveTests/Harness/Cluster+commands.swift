import FoundationEssentials
import LocalServers
import Logging
import Redis
import TestSupport

extension Cluster {
    /// What a command printed, and how it ended.
    struct CommandResult {
        let status: ExitStatus?
        let output: String
    }

    /// Runs the command line on this cluster, as an operator does.
    func oliver(_ arguments: String...) async throws -> CommandResult {
        try await oliver(arguments)
    }

    /// Runs a command that must succeed, and decodes the document that it prints.
    func oliver<Value: Decodable>(_ type: Value.Type, _ arguments: String...) async throws -> Value {
        let result = try await oliver(arguments)
        // Log lines may stand around the document, which is one line.
        guard let line = result.output.split(separator: "\n").last(where: { $0.hasPrefix("{") }) else {
            throw UnexpectedAnswer(description: "oliver \(arguments) printed: \(result.output)")
        }
        do {
            return try jsonDecoder().decode(type, from: Data(line.utf8))
        } catch {
            throw UnexpectedAnswer(description: "oliver \(arguments) printed \(line): \(error)")
        }
    }

    /// Runs the command line with a list of arguments.
    func oliver(_ arguments: [String]) async throws -> CommandResult {
        let log = "\(folder)/command-\(Secrets.random().prefix(16)).log"
        let program = try Executables.program(
            "oliver",
            arguments,
            environment: ["OLIVER_REDIS_URL": redisURL, "OLIVER_POSTGRES_URL": postgresURL],
            log: log,
            from: commandFolder
        )
        try program.start()
        let status = await program.waitForExit()
        let output = (try? String(contentsOf: URL(filePath: log), encoding: .utf8)) ?? ""
        return CommandResult(status: status, output: output)
    }

    /// Makes a key; the workspace too when it is missing.
    func makeKey(_ name: String, workspace: String, scopes: String = "record,read") async throws -> KeyAnswer {
        try await oliver(
            KeyAnswer.self,
            "keys",
            "create",
            "--name",
            name,
            "--source-app",
            "live-tests",
            "--workspace",
            workspace,
            "--scopes",
            scopes,
            "--json"
        )
    }

    /// Waits until no stage has anything left to do.
    func waitUntilQuiet(within limit: Duration = .seconds(180)) async throws {
        _ = try await eventually("lag and pending are 0", within: limit, every: .milliseconds(200)) {
            let lag = try await oliver(LagAnswer.self, "lag", "--json")
            if lag.isQuiet { return true }
            throw UnexpectedAnswer(description: "\(lag.stages.filter { $0.entriesBehind > 0 || $0.pending > 0 })")
        }
    }

    /// Entries that were given up on.
    func deadLetters() async throws -> [DeadAnswer.Letter] {
        try await oliver(DeadAnswer.self, "dead", "list", "--json").items
    }

    /// What the ledger, its rollups and the counters say.
    func verify() async throws -> VerifyAnswer {
        try await oliver(VerifyAnswer.self, "ledger", "verify", "--json")
    }

    /// What they say once everything is at rest: a counter that nobody used before is made a moment after its first event.
    func verifyAtRest(within limit: Duration = .seconds(30)) async throws -> VerifyAnswer {
        try await eventually("counters agree with the ledger", within: limit) {
            let report = try await verify()
            guard report.consistent else { throw UnexpectedAnswer(description: "\(report)") }
            return report
        }
    }

    /// All ledger rows that a key may see.
    func usage(key: String, from: String, to: String) async throws -> [UsagePage.Item] {
        let client = client(of: .analytics, patience: .seconds(60))
        var items: [UsagePage.Item] = []
        var after = ""
        while true {
            let path = "/v1/usage?limit=1000&from=\(from)&to=\(to)\(after)"
            let page = try await client.send(.get(path, key: key)).expecting(200, UsagePage.self)
            items += page.items
            guard let next = page.next else { return items }
            after = "&after=\(next)"
        }
    }

    /// The sums that a key may see.
    func summary(key: String, from: String, to: String) async throws -> SummaryAnswer {
        let client = client(of: .analytics, patience: .seconds(60))
        return try await client.send(.get("/v1/analytics/summary?from=\(from)&to=\(to)", key: key)).expecting(200)
    }

    /// Sends commands to Redis by hand.
    func sendToRedis(_ commands: [RedisCommand]) async throws -> [RedisReply] {
        let pool = RedisPool(try RedisConfiguration(url: redisURL), logger: .quiet)
        do {
            let replies = try await pool.pipeline(commands)
            await pool.close()
            return replies
        } catch {
            await pool.close()
            throw error
        }
    }
}
