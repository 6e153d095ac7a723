import FoundationEssentials
import Glibc
import LocalServers
import TestSupport

/// The services as separate processes over a Redis and a PostgreSQL of their own.
final class Cluster: Sendable {
    /// How the processes are set up.
    struct Options: Sendable {
        /// Further variables for all services.
        var environment: [String: String] = [:]
        /// Further variables for one of them.
        var ofService: [ServiceName: [String: String]] = [:]
        /// Services that are run from another folder than the others.
        var folders: [ServiceName: String] = [:]
        /// The folder of the command line, when it is another than the services'.
        var commandFolder: String?
        /// Whether every service runs twice.
        var isDoubled = false
    }

    let redis: LocalRedis
    let redisURL: String
    let postgres: LocalPostgres
    let postgresURL: String
    let folder: String
    let commandFolder: String?
    private let programs: [ServiceName: SupervisedProgram]
    private let ports: [ServiceName: Int]
    /// The second replicas, if there are any.
    private let seconds: [SupervisedProgram]

    private init(
        _ options: Options,
        redis: (server: LocalRedis, url: String),
        postgres: (server: LocalPostgres, url: String),
        folder: String
    ) throws {
        (self.redis, redisURL) = redis
        (self.postgres, postgresURL) = postgres
        self.folder = folder
        commandFolder = options.commandFolder
        var programs: [ServiceName: SupervisedProgram] = [:]
        var ports: [ServiceName: Int] = [:]
        var seconds: [SupervisedProgram] = []
        for service in ServiceName.allCases {
            var environment = [
                "OLIVER_REDIS_URL": redis.url, "OLIVER_POSTGRES_URL": postgres.url, "OLIVER_HOST": "127.0.0.1",
                // A newer price map than the shipped one would change what events cost.
                "OLIVER_PRICING_SYNC": "false",
            ]
            environment.merge(options.environment) { $1 }
            environment.merge(options.ofService[service] ?? [:]) { $1 }
            let port = try freePort(besides: ports.values)
            programs[service] = try Self.program(
                service,
                replica: 0,
                port: port,
                environment,
                folder: folder,
                from: options.folders[service]
            )
            ports[service] = port
            guard options.isDoubled else { continue }
            // Nobody asks the second replica: any port will do.
            seconds.append(try Self.program(service, replica: 1, port: 0, environment, folder: folder))
        }
        self.programs = programs
        self.ports = ports
        self.seconds = seconds
    }

    private static func program(
        _ service: ServiceName,
        replica: Int,
        port: Int,
        _ environment: [String: String],
        folder: String,
        from executables: String? = nil
    ) throws -> SupervisedProgram {
        let name = "\(service.rawValue)-\(replica)"
        let own = ["OLIVER_PORT": "\(port)", "OLIVER_INSTANCE": name]
        return try Executables.program(
            service.rawValue,
            environment: environment.merging(own) { $1 },
            log: "\(folder)/\(name).log",
            from: executables
        )
    }

    /// Starts everything, lends it and ends it again.
    ///
    /// Redis writes each claim to the disk before it answers; PostgreSQL each commit.
    static func with(_ options: Options = Options(), _ body: (Cluster) async throws -> Void) async throws {
        try await withPrivateRedis(durability: .always) { redis, redisURL in
            try await withPrivatePostgres(durability: .full) { postgres, postgresURL in
                try await withScratchFolder { folder in
                    let cluster = try Cluster(
                        options,
                        redis: (redis, redisURL),
                        postgres: (postgres, postgresURL),
                        folder: folder
                    )
                    do {
                        for service in ServiceName.allCases { try cluster.start(service) }
                        for second in cluster.seconds { try second.start() }
                        for service in ServiceName.allCases { try await cluster.waitUntilReady(service) }
                        try await body(cluster)
                    } catch {
                        await cluster.end()
                        throw ClusterFailure(underlying: error, logs: cluster.logs())
                    }
                    await cluster.end()
                }
            }
        }
    }

    /// Starts a service; it is ready when `waitUntilReady` says so.
    func start(_ service: ServiceName) throws {
        try program(service).start()
    }

    /// Waits until a service says that it is ready.
    func waitUntilReady(_ service: ServiceName) async throws {
        let client = client(of: service, patience: .seconds(10))
        _ = try await eventually("\(service.rawValue) is ready", within: .seconds(120)) {
            guard isRunning(service) else { return nil as Bool? }
            return try await client.send(.get("/readyz")).status == 200 ? true : nil
        }
    }

    /// Whether the process lives.
    func isRunning(_ service: ServiceName) -> Bool {
        programs[service]?.isRunning ?? false
    }

    /// Kills a service with SIGKILL.
    func kill(_ service: ServiceName) async throws {
        try await program(service).kill9()
    }

    /// Stops a service with SIGTERM.
    @discardableResult
    func stop(_ service: ServiceName) async throws -> ExitStatus? {
        try await program(service).terminate()
    }

    /// A client of a service.
    func client(of service: ServiceName, patience: Duration = .seconds(30)) -> HTTPClient {
        HTTPClient(port: port(of: service), patience: patience)
    }

    /// The port that a service listens on.
    func port(of service: ServiceName) -> Int { ports[service] ?? 0 }

    /// The last words of all services.
    func logs() -> String {
        programs.map { service, program in
            "--- \(service.rawValue) (\(program.isRunning ? "running" : "ended"))\n\(program.output(lines: 12))"
        }.sorted().joined(separator: "\n")
    }

    private func program(_ service: ServiceName) throws -> SupervisedProgram {
        guard let program = programs[service] else { throw TookTooLong(description: "no \(service.rawValue)") }
        return program
    }

    private func end() async {
        await withTaskGroup { group in
            for program in Array(programs.values) + seconds { group.addTask { await program.kill9() } }
        }
    }
}

/// What a test failed with, and what the services had to say.
struct ClusterFailure: Error, CustomStringConvertible {
    let underlying: any Error
    let logs: String

    var description: String { "\(underlying); \(Scale.note)\n\(logs)" }
}

/// A loopback port on which nobody listens, below those that the kernel gives to outgoing connections.
func freePort(besides taken: some Collection<Int> = []) throws -> Int {
    for _ in 0..<1_000 {
        let port = Int.random(in: 20_000..<32_000)
        guard !taken.contains(port) else { continue }
        // Whoever can be connected to listens.
        if (try? RawSocket(port: port)) == nil { return port }
    }
    throw TookTooLong(description: "no free port")
}
