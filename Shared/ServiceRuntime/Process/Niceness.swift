import FoundationEssentials
import Glibc

/// How far this process steps back behind others when cores are short.
///
/// Where it is not allowed all stays as it was: it makes nothing wrong, only slower for others.
enum Niceness {
    /// Sets it for the process, and for its session when it leads one.
    static func apply(_ value: Int) {
        guard value != 0 else { return }
        applyToThreads(value)
        applyToSession(value)
    }

    /// Sets it for all threads of the process, and so for those that they start.
    ///
    /// On Linux it belongs to a thread, and the pool of the concurrency runtime may run already.
    private static func applyToThreads(_ value: Int) {
        let threads = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")
        for thread in (threads ?? []).compactMap({ id_t($0) }) {
            setpriority(__priority_which_t(PRIO_PROCESS.rawValue), thread, Int32(value))
        }
    }

    /// Linux shares the cores among sessions first, and by the niceness of threads only within each (`sched(7)`,
    /// autogroups): what leads a session, as daemons do, speaks for it.
    private static func applyToSession(_ value: Int) {
        guard getsid(0) == getpid() else { return }
        let descriptor = open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        let text = Array("\(value)".utf8)
        // Of all that are not root the kernel takes one such wish in a tenth of a second.
        for _ in 0..<10 {
            let count = text.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 || errno != EAGAIN { return }
            usleep(50_000)
        }
    }
}
