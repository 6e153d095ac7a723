import FoundationEssentials
import Glibc

/// The folder of one Oliver: its data, its secrets and what commands need to find it.
///
/// One process at a time holds it.
///
/// ```
/// DIR/lock        held by the running process, and its number
/// DIR/run.json    the addresses while it runs
/// DIR/admin.key   the administrator's API key
/// DIR/secrets/    the passwords of the private servers
/// DIR/redis/  DIR/postgres/
/// DIR/redis.removed/   second names of Redis' files while it runs (`SlowRemoval`)
/// ```
package final class HomeFolder: Sendable {
    /// The absolute path, without symbolic links.
    package let path: String
    private let lock: Int32

    /// The folder to use when nobody names one: `~/.oliver`, or `/var/lib/oliver` for root, into whose home the
    /// account of PostgreSQL cannot go.
    package static var defaultPath: String {
        if ServerAccount.isRoot { return "/var/lib/oliver" }
        let home = ProcessInfo.processInfo.environment["HOME"] ?? ""
        return home.isEmpty ? "/var/tmp/oliver-\(geteuid())" : "\(home)/.oliver"
    }

    /// Makes the folder when it is missing and takes it for this process until the object is released.
    ///
    /// - Throws: `alreadyRunning` when another process has it; `folder` when it cannot be made or written.
    package init(path: String = HomeFolder.defaultPath) throws {
        // As root the account of the servers passes through, without seeing what is there.
        let mode: mode_t = ServerAccount.isRoot ? 0o711 : 0o700
        let isNew = !Files.exists(path)
        try Files.makeFolder(path, mode: mode)
        self.path = try Self.resolve(path)
        if !isNew { try Self.adopt(self.path) }
        lock = try Self.takeLock(self.path)
        do {
            unlink(runFile)
            try Files.makeFolder(secrets, mode: 0o700)
        } catch {
            close(lock)
            throw error
        }
    }

    deinit {
        unlink(runFile)
        // A child that has been forked a moment ago, and is not yet another program, has a copy of the descriptor.
        flock(lock, LOCK_UN)
        close(lock)
    }

    /// Where the administrator's API key is kept.
    package var adminKeyFile: String { "\(path)/admin.key" }
    /// Where the addresses of the running Oliver are kept.
    package var runFile: String { "\(path)/run.json" }
    private var secrets: String { "\(path)/secrets" }

    /// A random secret of 256 bits in hexadecimal, made at the first call for its name and the same ever after.
    package func secret(named name: String) throws -> String {
        let file = "\(secrets)/\(name)"
        if let kept = Files.read(file)?.split(separator: "\n").first { return String(kept) }
        let secret = Secrets.random()
        try Files.write(secret + "\n", to: file)
        return secret
    }

    /// Writes a file into the folder in one step, readable by the owner only.
    package func write(_ text: String, to name: String) throws {
        try Files.write(text, to: "\(path)/\(name)")
    }

    private static func resolve(_ path: String) throws -> String {
        guard let resolved = realpath(path, nil) else { throw Files.failure("find", path) }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// Checks that a folder that was there before can be written, and lets the servers' account pass through our own.
    private static func adopt(_ path: String) throws {
        var status = stat()
        guard stat(path, &status) == 0 else { throw Files.failure("look at", path) }
        guard access(path, W_OK | X_OK) == 0 else { throw Files.failure("write into", path) }
        guard ServerAccount.isRoot, status.st_uid == 0, status.st_mode & S_IXOTH == 0 else { return }
        guard chmod(path, (status.st_mode & 0o7777) | S_IXOTH) == 0 else {
            throw Files.failure("set the mode of", path)
        }
    }

    private static func takeLock(_ folder: String) throws -> Int32 {
        let file = "\(folder)/lock"
        let descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Files.failure("open", file) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            let holder = Orphan.identifier(in: file).map { " (process \($0))" } ?? ""
            throw LocalServersError(
                .alreadyRunning,
                "Oliver already runs on \(folder)\(holder). Stop it first, or choose another folder with --home."
            )
        }
        let line = Array("\(getpid())\n".utf8)
        ftruncate(descriptor, 0)
        guard pwrite(descriptor, line, line.count, 0) == line.count else { throw Files.failure("write", file) }
        return descriptor
    }
}
