import BlockingExecutor
import Glibc

/// Frees the space of files that Redis has removed a little at a time.
///
/// Redis removes a gigabyte at once when it has written its file anew. A file system that frees so much keeps the next fsync
/// of any file waiting, for 0.1 s and more where it tells the disk what is free (decision 0021). A second name keeps each
/// file when Redis removes its own; once the second is the last, the file is shortened step by step.
actor SlowRemoval {
    /// Bytes that are freed at a time: some milliseconds.
    static let step = 16 << 20

    private let executor = BlockingExecutor()
    private let folder: String
    private let kept: String

    nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }

    /// - Parameters:
    ///   - folder: Where Redis has its files.
    ///   - kept: Where the second names are, on the same file system; what an earlier run has left there is removed too.
    init(folder: String, kept: String) {
        self.folder = folder
        self.kept = kept
    }

    /// Keeps what is new, and frees one step of what has been removed.
    ///
    /// - Returns: Whether there was something to free.
    func advance() -> Bool {
        keep()
        return Files.names(in: kept).contains { free("\(kept)/\($0)") }
    }

    /// A file that cannot be kept is removed at once, as it always was.
    private func keep() {
        let names = Files.names(in: folder).filter { $0.hasPrefix("appendonly.aof.") && !$0.hasSuffix(".manifest") }
        guard !names.isEmpty, mkdir(kept, 0o700) == 0 || errno == EEXIST else { return }
        for name in names { link("\(folder)/\(name)", "\(kept)/\(name)") }
    }

    /// - Returns: `false` for a file that has another name, or is none of ours.
    private func free(_ path: String) -> Bool {
        let descriptor = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_nlink == 1 else {
            return false
        }
        let left = Int(status.st_size) - Self.step
        return left > 0 ? ftruncate(descriptor, left) == 0 : unlink(path) == 0
    }
}
