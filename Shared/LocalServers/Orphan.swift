import Glibc

/// A server of an earlier run that still lives on the same folder.
///
/// That takes more than the death of its parent, which its supervisor notices; but a machine may be that slow, or the
/// supervisor may be busy stopping it.
enum Orphan {
    /// Ends the process that the file names, if it is a server on this folder, and waits until it is gone.
    static func end(namedBy pidFile: String, folder: String, signal: Int32) async throws {
        guard let process = identifier(in: pidFile), owns(process, folder) else { return }
        kill(process, signal)
        for step in 0..<1_000 {
            guard owns(process, folder) else { return }
            if step == 600 { kill(process, SIGKILL) }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw LocalServersError(
            .startFailed,
            "Process \(process) of an earlier start still uses \(folder) and does not end."
        )
    }

    /// The process number in the first line of the file.
    static func identifier(in pidFile: String) -> pid_t? {
        guard let line = Files.read(pidFile, limit: 4_096, isFollowing: false)?.split(separator: "\n").first
        else { return nil }
        return pid_t(line.trimmingPrefix { $0 == " " }).flatMap { $0 > 1 ? $0 : nil }
    }

    /// Whether the process lives, is of the folder's owner, and was started with a file of this folder among its arguments.
    ///
    /// Who may write a number into a file of that folder must not have others' processes ended or slowed down.
    static func owns(_ process: pid_t, _ folder: String) -> Bool {
        var (living, own) = (stat(), stat())
        guard stat("/proc/\(process)", &living) == 0, lstat(folder, &own) == 0, living.st_uid == own.st_uid
        else { return false }
        // The arguments of a zombie are empty. Unlike its working folder, they may be read by everybody.
        guard let arguments = Files.read("/proc/\(process)/cmdline", limit: 1 << 16) else { return false }
        return arguments.split(separator: "\0").contains { $0.hasPrefix(folder + "/") }
    }

    /// The children of a process.
    static func children(of process: pid_t) -> [pid_t] {
        let text = Files.read("/proc/\(process)/task/\(process)/children", limit: 1 << 16) ?? ""
        return text.split(separator: " ").compactMap { pid_t($0) }
    }
}
