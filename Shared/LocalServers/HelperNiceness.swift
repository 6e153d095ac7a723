import Glibc

/// Has the processes that a server starts beside itself step back behind others when cores are short.
///
/// Linux shares the cores among sessions first, and by the niceness of threads only within each (`sched(7)`,
/// autogroups). Every process of PostgreSQL begins a session of its own: each connection that works would have as large
/// a share as a whole service, however nice it is, so that its session is told. Where the kernel has no such groups there is
/// nothing to do. The process in which Redis writes its file anew belongs to the session of Redis, and is told itself.
struct HelperNiceness {
    let value: Int
    private var told: Set<pid_t> = []

    init(_ value: Int) {
        self.value = value
    }

    /// Tells it for the children of a process that have begun since the last time.
    ///
    /// Of all that are not root the kernel takes one such wish for a session in a tenth of a second; the others come next
    /// time.
    mutating func tell(childrenOf process: pid_t) {
        let helpers = Orphan.children(of: process)
        told.formIntersection(helpers)
        for helper in helpers where !told.contains(helper) {
            guard getsid(helper) == helper else {
                // It may be about to begin a session: it is looked at again.
                setpriority(__priority_which_t(PRIO_PROCESS.rawValue), id_t(helper), Int32(value))
                continue
            }
            if tellSession(of: helper) { told.insert(helper) }
        }
    }

    private func tellSession(of helper: pid_t) -> Bool {
        let descriptor = open("/proc/\(helper)/autogroup", O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        let text = Array("\(value)".utf8)
        return text.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) } == text.count
    }
}
