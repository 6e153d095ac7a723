import Glibc
import Synchronization

/// A program that ends with this process, whatever happens to it: how tests run the services as separate processes.
///
/// It has a session of its own, standard input is empty, and its output goes to a log file.
package final class SupervisedProgram: Sendable {
    private let command: Command
    private let log: ServerLog
    private let process = Mutex<SpawnedProcess?>(nil)

    /// Describes the program; `start()` starts it.
    ///
    /// - Parameters:
    ///   - executable: Its absolute path.
    ///   - arguments: Its arguments.
    ///   - environment: Its variables beside `PATH`, `LC_ALL` and `TZ`; nothing is inherited.
    ///   - log: The file that its output and errors are appended to.
    package init(_ executable: String, _ arguments: [String], environment: [String: String], log: String) {
        command = Command(executable, arguments, environment: environment)
        self.log = ServerLog(path: log)
    }

    /// Starts the program, unless it runs.
    package func start() throws {
        try process.withLock { process in
            if let process, process.exit.status == nil { return }
            let plan = Supervisor.StopPlan(first: "TERM", firstPatience: 100, second: "KILL", secondPatience: 10)
            let output = try log.openForAppending()
            defer { close(output) }
            let supervised = Supervisor.wrap(command, plan: plan, as: nil, scratch: nil)
            process = try SpawnedProcess(supervised, output: output)
        }
    }

    /// Whether it was started and has not ended.
    package var isRunning: Bool {
        current.map { $0.exit.status == nil } ?? false
    }

    /// Sends SIGTERM and waits for the end; after ten seconds SIGKILL follows.
    ///
    /// Nil when it was never started.
    @discardableResult
    package func terminate() async -> ExitStatus? {
        guard let current else { return nil }
        current.closeInput()
        return await current.exit.wait()
    }

    /// Kills the program with SIGKILL and waits until it is gone.
    package func kill9() async {
        guard let current else { return }
        current.write(Supervisor.Order.kill.rawValue + "\n")
        _ = await current.exit.wait()
    }

    /// Waits until it ends by itself; nil when the task is cancelled before, or it was never started.
    package func waitForExit() async -> ExitStatus? {
        await current?.exit.waitUnlessCancelled()
    }

    /// The last lines of its output.
    package func output(lines: Int = 50) -> String {
        log.tail(from: 0, lines: lines)
    }

    private var current: SpawnedProcess? {
        process.withLock { $0 }
    }
}
