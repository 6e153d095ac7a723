package import Logging
import Glibc

/// A private Redis server on the loopback interface, with its data in a folder.
///
/// It keeps everything in an append-only file, refuses to evict, and lives no longer than this process. It is part of
/// `oliver up` and of the tests: one implementation, so that the tests test what people run.
package final class LocalRedis: Sendable {
    /// When Redis forces its append-only file to the disk.
    package enum Durability: String, Sendable {
        /// Before each answer: what was answered survives a power cut.
        case always
        /// Once a second: only a power cut can lose what was answered, at most about a second of it.
        case everySecond = "everysec"
    }

    /// How the server is set up.
    package struct Configuration: Sendable {
        /// The folder for all files of the server; made when missing.
        package var folder: String
        /// The password of the server.
        package var secret: String
        /// When data is forced to the disk.
        package var durability = Durability.always
        /// The memory for data, in MiB.
        ///
        /// Redis refuses writes beyond; ingest must refuse earlier.
        package var memoryLimit = 2_048
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
    private let secret: String

    /// Prepares a server; nothing is touched before `start()`.
    ///
    /// - Throws: `missingBinary` or `missingAccount`.
    package init(_ configuration: Configuration, logger: Logger) throws {
        secret = configuration.secret
        host = ServerHost(try RedisRecipe(configuration), logger: logger)
    }

    /// Starts the server, if it does not run, and returns its URL once it answers.
    ///
    /// The port stays the same for later starts of this object.
    @discardableResult
    package func start() async throws -> String {
        "redis://:\(secret)@127.0.0.1:\(try await host.start())/0"
    }

    /// Stops the server.
    ///
    /// What it answered is on the disk.
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

    /// Freezes the server: it keeps its connections and answers nobody.
    package func freeze() async { await host.signal(SIGSTOP) }

    /// Ends a freeze.
    package func thaw() async { await host.signal(SIGCONT) }

    /// The process number of the running server.
    var identifier: pid_t? {
        get async { await host.serverIdentifier }
    }

    /// Watches the running server until the task is cancelled.
    ///
    /// - Throws: `unexpectedExit` when the server ends by itself.
    package func watch() async throws { try await host.watch() }
}

struct RedisRecipe: ServerRecipe {
    let name = "Redis"
    let account: ServerAccount?
    let stopPlan: Supervisor.StopPlan
    let orphanSignal = SIGTERM
    private let configuration: LocalRedis.Configuration
    private let server: String
    private let probe = RedisProbe()

    init(_ configuration: LocalRedis.Configuration) throws {
        self.configuration = configuration
        server = try Programs.redisServer()
        account = try ServerAccount.forServers()
        let first = configuration.isScratch ? "KILL" : "TERM"
        stopPlan = .init(first: first, firstPatience: 50, second: "KILL", secondPatience: 10)
    }

    var folder: String { configuration.folder }
    var log: ServerLog { ServerLog(path: "\(folder)/redis.log") }
    var pidFile: String { "\(folder)/redis.pid" }
    var isScratch: Bool { configuration.isScratch }
    /// The process that writes the file anew takes a core for a second or more, and nobody waits for it.
    var upkeep: Upkeep {
        // Beside its folder, which belongs to another account. That of a scratch server has neighbours, and ends with it.
        let removal = isScratch ? nil : (files: "\(folder)/data/appendonlydir", kept: "\(folder).removed")
        return Upkeep(helperNiceness: 10, removal: removal)
    }

    func prepare() async throws {
        try await makeOwnFolder()
        try Files.makeFolder("\(folder)/data", mode: 0o700)
        try Files.give("\(folder)/data", to: account)
    }

    func command(port: UInt16) throws -> Command {
        let path = "\(folder)/redis.conf"
        try Files.write(settings(port: port), to: path, owner: account)
        return Command(server, [path])
    }

    func isReady(port: UInt16) async -> Bool {
        await probe.answersPing(port: port, secret: configuration.secret)
    }

    /// The configuration, in a file because arguments can be seen by everybody.
    private func settings(port: UInt16) -> String {
        """
        # Written by Oliver at each start.
        bind 127.0.0.1
        port \(port)
        requirepass \(configuration.secret)
        maxclients 1000
        tcp-backlog 128
        dir "\(folder)/data"
        pidfile "\(folder)/redis.pid"
        logfile ""
        loglevel notice
        always-show-logo no
        # The arguments name the folder, by which a server of an earlier start is recognised.
        set-proc-title no
        appendonly yes
        appendfsync \(configuration.durability.rawValue)
        # An event costs ~1,500 bytes of the file, so that the default of 64 MB means a rewrite every two seconds of load.
        # A file of 1 GB is read in some ten seconds; quiet moments are used to make it short again.
        auto-aof-rewrite-min-size 1gb
        # Everybody who posts waits for the fork, and the process that writes the file anew takes a core from them. A hold is kept
        # in one piece, also with the names of a dozen budgets in it, and nothing is compressed: ids of events cannot be.
        hash-max-listpack-value 1024
        hash-max-listpack-entries 128
        rdbcompression no
        save ""
        maxmemory \(configuration.memoryLimit)mb
        maxmemory-policy noeviction

        """
    }
}
