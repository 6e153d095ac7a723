package import Logging
import Glibc

/// A private PostgreSQL server on the loopback interface, with its data in a folder.
///
/// The first start makes a cluster (UTF-8, byte order collation, passwords by SCRAM) with one database. It lives no
/// longer than this process. Under root it runs as the account `postgres`.
package final class LocalPostgres: Sendable {
    /// The role that owns everything in the cluster.
    package static let user = "oliver"
    /// The database that the first start makes.
    package static let database = "oliver"

    /// What survives a power cut.
    package enum Durability: Sendable {
        /// Every committed transaction.
        case full
        /// Perhaps nothing: faster, and only for tests. A crash of the server alone still loses nothing committed
        /// that reached the operating system.
        case none
    }

    /// How the server is set up.
    package struct Configuration: Sendable {
        /// The folder for all files of the server; made when missing.
        package var folder: String
        /// The password of `user`.
        ///
        /// It must stay the same as long as the folder lives.
        package var secret: String
        /// What survives a power cut.
        package var durability = Durability.full
        /// Connections at the same time.
        package var connectionLimit = 60
        /// The server's page cache in MiB.
        package var sharedBuffers = 256
        /// Whether the server may be ended roughly, and its folder removed when this process dies.
        ///
        /// For tests.
        package var isScratch = false

        package init(folder: String, secret: String) {
            self.folder = folder
            self.secret = secret
        }
    }

    private let host: ServerHost
    let recipe: PostgresRecipe
    let secret: String

    /// Prepares a server; nothing is touched before `start()`.
    ///
    /// - Throws: `missingBinary` or `missingAccount`.
    package init(_ configuration: Configuration, logger: Logger) throws {
        secret = configuration.secret
        recipe = try PostgresRecipe(configuration)
        host = ServerHost(recipe, logger: logger)
    }

    /// Starts the server, if it does not run, and returns the URL of its database once it answers.
    ///
    /// The port stays the same for later starts of this object.
    @discardableResult
    package func start() async throws -> String {
        url(port: try await host.start(), database: Self.database)
    }

    /// Stops the server after it has rolled back what was open.
    package func stop() async { await host.stop() }

    /// Stops the server and starts it on the same port.
    package func restart() async throws {
        await host.stop()
        try await start()
    }

    /// Kills the server with SIGKILL, as a crash would.
    ///
    /// `start()` brings it back on the same port.
    package func kill9() async { await host.killNow() }

    /// Watches the running server until the task is cancelled.
    ///
    /// - Throws: `unexpectedExit` when the server ends by itself.
    package func watch() async throws { try await host.watch() }

    /// Makes an empty database beside the first one and returns its URL.
    ///
    /// The name is a plain identifier.
    package func createDatabase(_ name: String) async throws -> String {
        try await execute("CREATE DATABASE \(name) TEMPLATE template0")
        return url(port: try await host.runningPort(), database: name)
    }

    /// Drops a database and ends the sessions in it.
    package func dropDatabase(_ name: String) async throws {
        try await execute("DROP DATABASE IF EXISTS \(name) WITH (FORCE)")
    }

    /// Runs one statement in the first database, with the `psql` of the server.
    package func execute(_ statement: String) async throws {
        try await Command(
            "\(recipe.cluster.programs)/psql",
            ["--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--command", statement],
            environment: [
                "PGHOST": "127.0.0.1", "PGPORT": "\(try await host.runningPort())", "PGUSER": Self.user,
                "PGPASSWORD": secret, "PGDATABASE": Self.database,
            ]
        ).runChecked(log: recipe.log)
    }

    private func url(port: UInt16, database: String) -> String {
        "postgres://\(Self.user):\(secret)@127.0.0.1:\(port)/\(database)"
    }
}

struct PostgresRecipe: ServerRecipe {
    let name = "PostgreSQL"
    let folder: String
    let log: ServerLog
    let account: ServerAccount?
    let stopPlan: Supervisor.StopPlan
    let orphanSignal = SIGINT
    let isScratch: Bool
    let cluster: PostgresCluster
    /// Nobody who posts an event or asks for a preflight waits for it.
    private static let niceness = 10

    init(_ configuration: LocalPostgres.Configuration) throws {
        folder = configuration.folder
        isScratch = configuration.isScratch
        log = ServerLog(path: "\(configuration.folder)/postgres.log")
        account = try ServerAccount.forServers()
        cluster = PostgresCluster(
            configuration: configuration,
            programs: try Programs.postgresFolder(),
            account: account,
            log: log
        )
        let first = configuration.isScratch ? "QUIT" : "INT"
        stopPlan = .init(first: first, firstPatience: 60, second: "QUIT", secondPatience: 20)
    }

    var pidFile: String { "\(cluster.data)/postmaster.pid" }

    var upkeep: Upkeep {
        Upkeep(
            helperNiceness: Self.niceness,
            growingData: cluster.configuration.durability == .full ? cluster.data : nil
        )
    }

    func prepare() async throws {
        try await makeOwnFolder()
        try await cluster.make()
    }

    func command(port: UInt16) async throws -> Command {
        let settings = cluster.settings(port: port, walCompression: try await cluster.walCompression())
        try Files.write(settings, to: "\(cluster.data)/postgresql.conf", owner: account)
        let server = ["\(cluster.programs)/postgres", "-D", cluster.data]
        return Command("/usr/bin/nice", ["-n", "\(Self.niceness)"] + server)
    }

    /// Reads what `pg_ctl` reads: the server writes its number, its port and, in line 8, its state into this file.
    func isReady(port: UInt16) -> Bool {
        guard let text = Files.read(pidFile, limit: 4_096, isFollowing: false) else { return false }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count >= 8, lines[3] == "\(port)", lines[7].hasPrefix("ready") else { return false }
        // A killed server leaves its file behind: the one that wrote this must live.
        return pid_t(lines[0]).map { Orphan.owns($0, folder) } ?? false
    }
}
