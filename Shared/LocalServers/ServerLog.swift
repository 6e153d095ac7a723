import Glibc

/// A server's log file, kept below a size.
package struct ServerLog: Sendable {
    /// Where it is.
    package let path: String
    /// Above this many bytes the log moves to `path.1`, replacing the one before.
    let limit: Int

    init(path: String, limit: Int = 8 << 20) {
        self.path = path
        self.limit = limit
    }

    /// In bytes; 0 when there is none.
    var size: Int { withOpenLog(O_RDONLY) { _, size in size } ?? 0 }

    /// Opens the log for a child to append to; what has its name and is not the log moves aside.
    ///
    /// The caller closes the descriptor.
    func openForAppending() throws -> Int32 {
        if let descriptor = withOpenLog(O_WRONLY | O_APPEND, { log, _ in duplicate(log) }) { return descriptor }
        rename(path, path + ".1")
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Files.failure("write", path) }
        return descriptor
    }

    /// Moves a grown log aside and empties it in place: the server keeps its descriptor, which appends.
    func rotateIfLarge() {
        withOpenLog(O_RDWR) { descriptor, size in
            guard size > limit, let text = Files.read(descriptor, from: size - limit, limit: limit) else { return }
            try? Files.write(text, to: path + ".1")
            ftruncate(descriptor, 0)
        }
    }

    /// The last lines written since the log had this size.
    func tail(from offset: Int, lines: Int = 15) -> String {
        let text = withOpenLog(O_RDONLY) { descriptor, size in
            Files.read(descriptor, from: max(offset, size - (1 << 16)), limit: 1 << 16)
        }
        return (text ?? "").split(separator: "\n").suffix(lines).joined(separator: "\n")
    }

    /// Opens the log while `body` runs, and nothing else that its name may lead to.
    ///
    /// Its folder can be that of the server's account, which must not have root read, empty or write to a file of its choice: only
    /// a plain file that this account made, and that has no other name, is the log.
    private func withOpenLog<Value>(_ mode: Int32, _ body: (_ descriptor: Int32, _ size: Int) -> Value?) -> Value? {
        Files.withPlainFile(path, mode | O_NOFOLLOW) { descriptor, status in
            guard status.st_nlink == 1, status.st_uid == geteuid() else { return nil }
            return body(descriptor, Int(status.st_size))
        }
    }

    private func duplicate(_ descriptor: Int32) -> Int32? {
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        return copy >= 0 ? copy : nil
    }
}
