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

    var size: Int { Files.size(path) }

    /// Opens the log for a child to append to.
    ///
    /// The caller closes the descriptor.
    func openForAppending() throws -> Int32 {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw Files.failure("write", path) }
        return descriptor
    }

    /// Moves a grown log aside and empties it in place: the server keeps its descriptor, which appends.
    func rotateIfLarge() {
        guard size > limit, let text = Files.read(path, from: size - limit, limit: limit) else { return }
        try? Files.write(text, to: path + ".1")
        truncate(path, 0)
    }

    /// The last lines written since the log had this size.
    func tail(from offset: Int, lines: Int = 15) -> String {
        let start = max(offset, size - (1 << 16))
        let text = Files.read(path, from: start, limit: 1 << 16) ?? ""
        return text.split(separator: "\n").suffix(lines).joined(separator: "\n")
    }
}
