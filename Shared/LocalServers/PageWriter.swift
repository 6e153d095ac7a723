import BlockingExecutor
import CSpawn
import Glibc

/// Has the pages that tables grew by written to the disk a few at a time.
///
/// PostgreSQL leaves new pages to the kernel, which writes half a minute's of them at once: hundreds of megabytes, for
/// which the next fsync of any file on an ext4 file system waits, Redis' among them (decision 0020). Here their writing is
/// begun early (`sync_file_range(2)`): nobody waits for it, and it promises nothing that PostgreSQL's own fsync does not.
actor PageWriter {
    private let executor = BlockingExecutor()
    private let folder: String
    /// When each file had changed that was looked at last, in nanoseconds since 1970.
    private var changes: [String: Int] = [:]
    /// Smaller numbers are tables of the system.
    private static let firstOwnNumber = 16_384

    nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }

    /// - Parameter data: The folder of a PostgreSQL cluster.
    init(data: String) {
        folder = "\(data)/base"
    }

    /// Begins to write what is new since the last time.
    ///
    /// - Returns: Whether anything was.
    func write() -> Bool {
        var found: [String: Int] = [:]
        var hasWritten = false
        for database in Files.names(in: folder) {
            for name in Files.names(in: "\(folder)/\(database)") where Self.isOwn(name) {
                let path = "\(folder)/\(database)/\(name)"
                guard let change = Self.change(of: path) else { continue }
                if changes[path] == change {
                    found[path] = change
                } else if Self.write(path) {
                    (found[path], hasWritten) = (change, true)
                }
            }
        }
        changes = found
        return hasWritten
    }

    /// Files are called `16393`, `16393.1`, `16393_fsm`.
    private static func isOwn(_ name: String) -> Bool {
        Int(name.prefix { $0.isNumber }).map { $0 >= firstOwnNumber } ?? false
    }

    private static func change(of path: String) -> Int? {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return status.st_mtim.tv_sec &* 1_000_000_000 &+ status.st_mtim.tv_nsec
    }

    private static func write(_ path: String) -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return sync_file_range(descriptor, 0, 0, oliver_sync_file_range_write) == 0
    }
}
