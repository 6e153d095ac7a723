import CEpoll
import FoundationEssentials
import Glibc

/// What `oliver up` does for its PostgreSQL, until this process is ended.
enum PostgresUpkeep {
    /// Looks after a server and the data in its folder.
    static func run(server: String, data: String) -> Never {
        var changes: [String: Int] = [:]
        while true {
            stepBack(childrenOf: server)
            writePages(of: data, &changes)
            usleep(200_000)
        }
    }

    /// Each of the server's processes begins a session of its own, which Linux gives as large a share of the cores as a
    /// whole service, unless it is told otherwise.
    private static func stepBack(childrenOf parent: String) {
        let text = Files.read("/proc/\(parent)/task/\(parent)/children") ?? ""
        for child in text.split(separator: " ").compactMap({ pid_t($0) }) where getsid(child) == child {
            // One that is gone needs nothing any more.
            try? Files.write("10", to: "/proc/\(child)/autogroup")
        }
    }

    /// Pages that tables grew by are written a few at a time, rather than half a minute's at once.
    private static func writePages(of data: String, _ changes: inout [String: Int]) {
        let files = FileManager.default
        for database in (try? files.contentsOfDirectory(atPath: "\(data)/base")) ?? [] {
            for name in (try? files.contentsOfDirectory(atPath: "\(data)/base/\(database)")) ?? [] {
                let path = "\(data)/base/\(database)/\(name)"
                var status = stat()
                // Smaller numbers are tables of the system.
                guard Int(name.prefix { $0.isNumber }) ?? 0 >= 16_384, lstat(path, &status) == 0 else { continue }
                let change = status.st_mtim.tv_sec * 1_000_000_000 + status.st_mtim.tv_nsec
                guard changes.updateValue(change, forKey: path) != change else { continue }
                let descriptor = open(path, O_RDONLY | O_CLOEXEC)
                guard descriptor >= 0 else { continue }
                // SYNC_FILE_RANGE_WRITE
                sync_file_range(descriptor, 0, 0, 2)
                close(descriptor)
            }
        }
    }
}
