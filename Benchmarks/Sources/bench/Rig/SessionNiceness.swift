import Glibc

/// What `oliver up` does for its PostgreSQL: each of the server's processes begins a session of its own, which Linux
/// gives as large a share of the cores as a whole service, unless it is told otherwise.
enum SessionNiceness {
    /// Has the sessions of a process's children step back, until this process is ended.
    static func stepBack(childrenOf parent: String) -> Never {
        while true {
            let text = Files.read("/proc/\(parent)/task/\(parent)/children") ?? ""
            for child in text.split(separator: " ").compactMap({ pid_t($0) }) where getsid(child) == child {
                // One that is gone needs nothing any more.
                try? Files.write("10", to: "/proc/\(child)/autogroup")
            }
            usleep(500_000)
        }
    }
}
