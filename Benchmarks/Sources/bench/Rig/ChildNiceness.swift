import Glibc

/// What `oliver up` does for its servers: the processes that they start step back behind those that people wait for.
///
/// Each process of PostgreSQL begins a session of its own, which Linux gives as large a share of the cores as a whole
/// service, unless it is told otherwise; the child of Redis that writes its file anew stays in that of Redis.
enum ChildNiceness {
    /// Has the children of the processes step back, until this process is ended.
    static func stepBack(childrenOf parents: [String]) -> Never {
        while true {
            for parent in parents {
                let text = Files.read("/proc/\(parent)/task/\(parent)/children") ?? ""
                for child in text.split(separator: " ").compactMap({ pid_t($0) }) { stepBack(child) }
            }
            usleep(500_000)
        }
    }

    /// One that is gone needs nothing any more.
    private static func stepBack(_ child: pid_t) {
        if getsid(child) == child {
            try? Files.write("10", to: "/proc/\(child)/autogroup")
        } else {
            setpriority(__priority_which_t(PRIO_PROCESS.rawValue), id_t(child), 10)
        }
    }
}
