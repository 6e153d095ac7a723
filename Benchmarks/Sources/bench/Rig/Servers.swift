import FoundationEssentials
import Glibc

/// The Redis and PostgreSQL of a home folder, on their own: the servers, data and settings that `oliver up` made.
final class Servers {
    let redis: Child
    let postgres: Child
    private var upkeep: Child?
    private let home: Home
    private let redisAddress: URLComponents
    private var redisClient: RedisClient?

    init(_ home: Home) throws {
        self.home = home
        guard let address = URLComponents(string: home.redisURL) else { throw BenchError("\(home.redisURL) is no URL") }
        redisAddress = address
        redis = try Child(
            ["redis-server", "\(home.path)/redis/redis.conf"],
            account: "postgres",
            output: "\(Scratch.path)/redis.log"
        )
        postgres = try Child(
            ["nice", "-n", "10", "\(home.programs.postgres)/postgres", "-D", "\(home.path)/postgres/data"],
            account: "postgres",
            output: "\(Scratch.path)/postgres.log"
        )
        try waitUntilBothAnswer()
        // They write the numbers of their processes when they are ready.
        upkeep = try Child(
            ["\(home.programs.oliver)/oliver", "upkeep", "--home", home.path],
            output: "\(Scratch.path)/upkeep.log"
        )
    }

    /// Both, rapidly.
    func stop() {
        guard let upkeep, upkeep.isRunning else {
            print(
                "bench: the servers' upkeep has ended by itself; these figures are not those of `oliver up`. See upkeep.log."
            )
            exit(2)
        }
        upkeep.stop()
        redis.stop(SIGTERM)
        postgres.stop(SIGINT)
    }

    private func waitUntilBothAnswer() throws {
        let deadline = Clock.now + 30
        while true {
            do {
                try askRedis(["PING"])
                _ = try sql("SELECT 1")
                return
            } catch {
                guard Clock.now < deadline, redis.isRunning, postgres.isRunning else { throw error }
                usleep(50_000)
            }
        }
    }

    /// Sends one command to Redis.
    @discardableResult
    func askRedis(_ words: [String]) throws -> String {
        let client =
            try redisClient ?? RedisClient(port: redisAddress.port ?? 6_379, password: redisAddress.password)
        // One that failed may have the rest of an answer on its way.
        redisClient = nil
        let answer = try client.send(words)
        redisClient = client
        return answer
    }

    /// Runs SQL and returns what it answers, without decoration.
    @discardableResult
    func sql(_ text: String) throws -> String {
        try Child.output(
            ["\(home.programs.postgres)/psql", "--no-psqlrc", "-qAt", "-v", "ON_ERROR_STOP=1", "-f", "-"],
            environment: environment,
            input: text
        )
    }

    /// For `psql`, which would show a password among its arguments.
    private var environment: [String: String] {
        guard let address = URLComponents(string: home.postgresURL) else { return [:] }
        return [
            "PGHOST": address.host ?? "", "PGPORT": "\(address.port ?? 5_432)", "PGUSER": address.user ?? "",
            "PGPASSWORD": address.password ?? "", "PGDATABASE": String(address.path.dropFirst()),
        ]
    }

    /// When Redis forces its file to the disk: `everysec` or `always`.
    func setFsync(_ policy: String) throws {
        try askRedis(["CONFIG", "SET", "appendfsync", policy])
    }

    /// How often Redis has begun to write its file anew, and whether it does now.
    func rewrites() throws -> (begun: Int, isRewriting: Bool) {
        let fields = try askRedis(["INFO", "persistence"]).split(whereSeparator: \.isNewline)
        func number(_ name: String) throws -> Int {
            guard let field = fields.first(where: { $0.hasPrefix("\(name):") }),
                let number = Int(field.dropFirst(name.count + 1))
            else { throw BenchError("Redis does not tell \(name)") }
            return number
        }
        return (try number("aof_rewrites"), try number("aof_rewrite_in_progress") > 0)
    }

    /// How many of the groups of the usage streams are not done: each has been given all entries and acknowledged them.
    func unfinishedGroups() throws -> Int {
        let script = """
            local open = 0
            for p = 0, 15 do
              for _, kind in ipairs({'usage:raw', 'usage:priced'}) do
                local key = string.format('%s:{p%02d}', kind, p)
                local stream = redis.call('XINFO', 'STREAM', key)
                local last
                for i = 1, #stream, 2 do
                  if stream[i] == 'last-generated-id' then last = stream[i + 1] end
                end
                for _, group in ipairs(redis.call('XINFO', 'GROUPS', key)) do
                  local fields = {}
                  for i = 1, #group, 2 do fields[group[i]] = group[i + 1] end
                  if fields['pending'] > 0 or fields['last-delivered-id'] ~= last then open = open + 1 end
                end
              end
            end
            return open
            """
        let text = try askRedis(["EVAL", script, "0"])
        guard let count = Int(text) else { throw BenchError("Redis says: \(text)") }
        return count
    }

    /// Waits until everything that was accepted is counted and kept.
    func waitUntilAtRest(seconds: Double = 180) throws {
        let deadline = Clock.now + seconds
        while try unfinishedGroups() > 0 {
            guard Clock.now < deadline else { throw BenchError("the stages did not come to rest in \(Int(seconds)) s") }
            usleep(20_000)
        }
    }
}
