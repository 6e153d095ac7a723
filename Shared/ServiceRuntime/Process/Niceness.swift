import FoundationEssentials
import Glibc

/// How far this process steps back behind others when cores are short.
enum Niceness {
    /// Sets it for all threads of the process, and so for those that they start.
    ///
    /// On Linux it belongs to a thread, and the pool of the concurrency runtime may run already. Where it is not allowed
    /// all stays as it was: it makes nothing wrong, only slower for others.
    static func apply(_ value: Int) {
        guard value != 0, let threads = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task") else {
            return
        }
        for thread in threads.compactMap({ id_t($0) }) {
            setpriority(__priority_which_t(PRIO_PROCESS.rawValue), thread, Int32(value))
        }
    }
}
