import Glibc
import Logging

/// Runs one private server: starts it, watches it and stops it.
///
/// Start and stop are called one after the other by one owner. The port is chosen at the first start and kept for later
/// ones of the same host, so that clients find a restarted server again.
actor ServerHost {
    private let recipe: any ServerRecipe
    private let logger: Logger
    private let patience: Duration
    private let clock = ContinuousClock()
    private var process: SpawnedProcess?
    private var isStopping = false
    private(set) var port: UInt16?

    /// Prepares a host whose starts may take as long as `patience`, recovery after a crash included.
    init(_ recipe: any ServerRecipe, patience: Duration = .seconds(60), logger: Logger) {
        self.recipe = recipe
        self.patience = patience
        self.logger = logger
    }

    /// Whether the server was started and has not ended.
    var isRunning: Bool {
        process.map { $0.exit.status == nil } ?? false
    }

    /// The port of the running server.
    func runningPort() throws -> UInt16 {
        guard let port, isRunning else {
            throw LocalServersError(.unexpectedExit, "\(recipe.name) does not run.")
        }
        return port
    }

    /// The process number of the server itself.
    var serverIdentifier: pid_t? {
        guard isRunning, let server = Orphan.identifier(in: recipe.pidFile), Orphan.owns(server, recipe.folder)
        else { return nil }
        return server
    }

    /// Starts the server and returns its port once it answers.
    func start() async throws -> UInt16 {
        if let port, isRunning { return port }
        try await recipe.prepare()
        recipe.log.rotateIfLarge()
        try await Orphan.end(namedBy: recipe.pidFile, folder: recipe.folder, signal: recipe.orphanSignal)
        let deadline = clock.now.advanced(by: patience)
        while true {
            let chosen = try port ?? Ports.free()
            switch try await attempt(on: chosen, until: deadline) {
            case .ready:
                port = chosen
                logger.debug(
                    "server ready",
                    metadata: ["server.name": "\(recipe.name)", "server.port": "\(chosen)"]
                )
                return chosen
            case .mayWorkLater:
                try await clock.sleep(for: .milliseconds(100))
            case .failed(let reason):
                throw LocalServersError(.startFailed, "\(recipe.name) did not start: \(reason)")
            }
        }
    }

    /// Stops the server and waits until it is gone.
    ///
    /// The supervisor insists, so this takes bounded time.
    func stop() async {
        guard let process else { return }
        isStopping = true
        process.write(Supervisor.Order.keep.rawValue + "\n")
        process.closeInput()
        let status = await process.exit.wait()
        self.process = nil
        logger.debug("server stopped", metadata: ["server.name": "\(recipe.name)", "server.status": "\(status)"])
    }

    /// Kills the server, and what it started, with SIGKILL, and waits until they are gone.
    func killNow() async {
        guard let process, let server = serverIdentifier else { return }
        let helpers = Orphan.children(of: server)
        kill(server, SIGKILL)
        for helper in helpers { kill(helper, SIGKILL) }
        _ = await process.exit.wait()
        self.process = nil
    }

    /// Sends a signal to the server itself, such as SIGSTOP.
    func signal(_ signal: Int32) {
        guard let server = serverIdentifier else { return }
        kill(server, signal)
    }

    /// Returns when the task is cancelled, and throws `unexpectedExit` when the server ends by itself before.
    ///
    /// Keeps the log small meanwhile, and sees to the server's upkeep.
    func watch() async throws {
        guard let process else { return }
        try await withThrowingTaskGroup { group in
            group.addTask { [recipe, clock] in
                while !Task.isCancelled {
                    recipe.log.rotateIfLarge()
                    try? await clock.sleep(for: .seconds(60))
                }
            }
            if let server = serverIdentifier {
                group.addTask { [recipe] in await recipe.upkeep.run(for: server) }
            }
            let status = await process.exit.waitUnlessCancelled()
            group.cancelAll()
            if let status, !isStopping {
                throw LocalServersError(
                    .unexpectedExit,
                    "\(recipe.name) ended by itself (\(status)). Its last words, from \(recipe.log.path):\n"
                        + recipe.log.tail(from: 0)
                )
            }
        }
    }

    private enum Outcome {
        case ready
        case mayWorkLater
        case failed(String)
    }

    private func attempt(on port: UInt16, until deadline: ContinuousClock.Instant) async throws -> Outcome {
        let logStart = recipe.log.size
        let process = try await spawn(on: port)
        self.process = process
        isStopping = false
        do {
            while process.exit.status == nil {
                if await recipe.isReady(port: port) { return .ready }
                if clock.now > deadline {
                    await stop()
                    return .failed("no answer within \(patience). Log:\n\(recipe.log.tail(from: logStart))")
                }
                try await clock.sleep(for: .milliseconds(10))
            }
        } catch {
            await stop()
            throw error
        }
        self.process = nil
        let words = recipe.log.tail(from: logStart)
        if isPassing(words), clock.now < deadline { return .mayWorkLater }
        return .failed("\(process.exit.status.map(String.init(describing:)) ?? "ended"). Log:\n\(words)")
    }

    private func spawn(on port: UInt16) async throws -> SpawnedProcess {
        let command = Supervisor.wrap(
            try await recipe.command(port: port),
            plan: recipe.stopPlan,
            as: recipe.account,
            scratch: recipe.isScratch ? recipe.folder : nil
        )
        let output = try recipe.log.openForAppending()
        defer { close(output) }
        return try SpawnedProcess(command, output: output)
    }

    /// Whether a failed start is one that passes: somebody took the port, or the last helpers of a killed server are
    /// still going away.
    private func isPassing(_ words: String) -> Bool {
        ["already in use", "shared memory block", "could not create any TCP/IP sockets"].contains { words.contains($0) }
    }
}
