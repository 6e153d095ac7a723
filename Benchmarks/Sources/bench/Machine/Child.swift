import Glibc

/// A program that this process started and ends.
///
/// It ends with this process too, even when that is killed: `setpriv` asks the kernel for it. It has a session of its own,
/// as daemons have: Linux shares out the cores among sessions, and those of one session have one share together.
final class Child {
    let identifier: pid_t
    private var status: Int32?

    /// Starts a program, with its output in a log file.
    ///
    /// - Parameters:
    ///   - command: The program's path or name, and its arguments.
    ///   - environment: Added to this process's own.
    ///   - account: Under which account, when this process is root.
    ///   - input: A file for the program to read.
    ///   - output: The file that its output is added to.
    ///   - errors: Another file for its messages.
    /// - Throws: when it cannot be started.
    init(
        _ command: [String],
        environment: [String: String] = [:],
        account: String? = nil,
        input: String = "/dev/null",
        output: String,
        errors: String? = nil
    ) throws {
        var words = ["setsid", "setpriv", "--pdeathsig", "TERM"]
        if let account, geteuid() == 0 {
            words += ["--reuid", account, "--regid", account, "--init-groups"]
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let writing = O_WRONLY | O_CREAT | O_APPEND
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, input, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, writing, 0o600)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errors ?? output, writing, 0o600)
        let arguments = CStrings(words + ["--"] + command)
        let variables = CStrings(Self.merged(environment))
        defer {
            arguments.release()
            variables.release()
        }
        var child: pid_t = 0
        let failure = posix_spawnp(&child, "setsid", &actions, nil, arguments.pointers, variables.pointers)
        guard failure == 0 else {
            throw BenchError("cannot start \(command.first ?? ""): \(String(cString: strerror(failure)))")
        }
        identifier = child
    }

    /// Whether it has not ended yet.
    var isRunning: Bool { poll() == nil }

    /// Sends a signal, while it runs.
    func signal(_ number: Int32) {
        if isRunning { kill(identifier, number) }
    }

    /// Waits for the end.
    ///
    /// - Returns: the exit status; 128 and more for a signal.
    @discardableResult
    func wait(seconds: Double = 60) throws -> Int32 {
        let deadline = Clock.now + seconds
        while true {
            if let status = poll() { return status }
            guard Clock.now < deadline else { throw BenchError("process \(identifier) does not end") }
            usleep(2_000)
        }
    }

    /// Ends it: politely, and after some seconds for good.
    func stop(_ number: Int32 = SIGTERM) {
        signal(number)
        if (try? wait(seconds: 20)) == nil {
            signal(SIGKILL)
            _ = try? wait(seconds: 5)
        }
    }

    private func poll() -> Int32? {
        if let status { return status }
        var word: Int32 = 0
        guard waitpid(identifier, &word, WNOHANG) == identifier else { return nil }
        let signal = word & 0x7F
        status = signal == 0 ? (word >> 8) & 0xFF : 128 + signal
        return status
    }

    private static func merged(_ added: [String: String]) -> [String] {
        var result: [String] = []
        var entry = environ
        while let text = entry.pointee {
            let line = String(cString: text)
            if !added.keys.contains(where: { line.hasPrefix("\($0)=") }) { result.append(line) }
            entry += 1
        }
        return result + added.map { "\($0)=\($1)" }
    }
}

extension Child {
    /// Runs a program to its end and returns what it printed.
    ///
    /// - Throws: what it printed, when its status is not zero.
    static func output(
        _ command: [String],
        environment: [String: String] = [:],
        input: String? = nil,
        seconds: Double = 300
    ) throws -> String {
        let base = "\(Scratch.path)/command"
        let files = (input: "\(base).in", output: "\(base).out", errors: "\(base).err")
        unlink(files.output)
        unlink(files.errors)
        if let input { try Files.write(input, to: files.input) }
        let child = try Child(
            command,
            environment: environment,
            input: input == nil ? "/dev/null" : files.input,
            output: files.output,
            errors: files.errors
        )
        let status = try child.wait(seconds: seconds)
        let text = Files.read(files.output) ?? ""
        guard status == 0 else {
            let name = command.prefix(3).joined(separator: " ")
            throw BenchError("\(name) ended with status \(status): \(text)\(Files.read(files.errors) ?? "")")
        }
        return text
    }
}

/// A null-terminated array of C strings.
private struct CStrings {
    let pointers: [UnsafeMutablePointer<CChar>?]

    init(_ texts: [String]) {
        pointers = texts.map { strdup($0) } + [nil]
    }

    func release() {
        for pointer in pointers { free(pointer) }
    }
}
