import BlockingExecutor
import Glibc

/// Frees the space of files that Redis has removed a little at a time.
///
/// Redis removes a gigabyte at once when it has written its file anew. A file system that frees so much keeps the next fsync
/// of any file waiting, for 0.1 s and more where it tells the disk what is free (decision 0022). A second name keeps each
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
    ///   - kept: A folder for the second names, on the same file system and in one that only this account can write, since
    ///     what is there is removed. What an earlier run has left there goes too.
    init(folder: String, kept: String) {
        self.folder = folder
        self.kept = kept
    }

    /// Keeps what is new, and frees one step of what has been removed.
    ///
    /// - Returns: Whether there was something to free.
    func advance() -> Bool {
        keep()
        return isOwn && Self.files(in: kept).contains { free($0) }
    }

    /// Gives all second names up: what is removed from now on is freed at once.
    func leave() {
        guard isOwn else { return }
        for name in Self.files(in: kept) { unlink("\(kept)/\(name)") }
        rmdir(kept)
    }

    /// A file that cannot be kept is removed at once, as it always was.
    private func keep() {
        let names = Self.files(in: folder)
        guard !names.isEmpty, mkdir(kept, 0o700) == 0 || isOwn else { return }
        for name in names { link("\(folder)/\(name)", "\(kept)/\(name)") }
    }

    /// Shortens a file that has no other name, or removes what is left of it.
    private func free(_ name: String) -> Bool {
        let path = "\(kept)/\(name)"
        let descriptor = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var file = stat()
        guard fstat(descriptor, &file) == 0, file.st_mode & S_IFMT == S_IFREG, file.st_nlink == 1 else { return false }
        // The last name may be that of Redis, when somebody else has just removed ours.
        guard Self.names(path, file), !Self.names("\(folder)/\(name)", file) else { return false }
        let left = Int(file.st_size) - Self.step
        return left > 0 && ftruncate(descriptor, left) == 0 || unlink(path) == 0
    }

    /// Whether the folder of second names is one, and this account's.
    private var isOwn: Bool {
        var status = stat()
        return lstat(kept, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR && status.st_uid == geteuid()
    }

    private static func names(_ path: String, _ file: stat) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && (status.st_dev, status.st_ino) == (file.st_dev, file.st_ino)
    }

    private static func files(in folder: String) -> [String] {
        Files.names(in: folder).filter { $0.hasPrefix("appendonly.aof.") && !$0.hasSuffix(".manifest") }
    }
}
