import Glibc

/// A program with its arguments, which reach it as they are: no shell looks at them.
struct Command: Sendable {
    /// The absolute path of the program.
    var executable: String
    var arguments: [String]
    /// Variables beside `PATH`, `LC_ALL` and `TZ`.
    ///
    /// Nothing else is inherited, so that a server does not depend on who starts it.
    var environment: [String: String]

    init(_ executable: String, _ arguments: [String], environment: [String: String] = [:]) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
    }

    /// The same command under another account, and ended by `signal` when its parent dies.
    func under(_ account: ServerAccount?, deathSignal signal: String? = nil) -> Command {
        var prefix: [String] = []
        if let account {
            prefix += ["--reuid", "\(account.user)", "--regid", "\(account.group)", "--init-groups"]
        }
        if let signal { prefix += ["--pdeathsig", signal] }
        if prefix.isEmpty { return self }
        return Command("/usr/bin/setpriv", prefix + ["--", executable] + arguments, environment: environment)
    }

    /// Runs the command to its end.
    ///
    /// Its output goes to the log, when there is one.
    func run(as account: ServerAccount? = nil, input: String? = nil, log: ServerLog? = nil) async throws -> ExitStatus {
        let output = try log?.openForAppending()
        defer { if let output { close(output) } }
        let process = try SpawnedProcess(under(account), output: output)
        // A pipe holds 64 KiB: enough for the statements that the helpers here are given.
        if let input { process.write(input) }
        process.closeInput()
        return await process.exit.wait()
    }

    /// Runs the command and throws, with the end of its output, when it fails.
    func runChecked(as account: ServerAccount? = nil, input: String? = nil, log: ServerLog) async throws {
        let start = log.size
        let status = try await run(as: account, input: input, log: log)
        guard status == .exited(0) else {
            throw LocalServersError(.command, "\(executable) failed (\(status)).\n\(log.tail(from: start))")
        }
    }
}
