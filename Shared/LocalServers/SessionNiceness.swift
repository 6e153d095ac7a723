import Glibc

/// Has the sessions of a server's processes step back behind others when cores are short.
///
/// Linux shares the cores among sessions first, and by the niceness of threads only within each (`sched(7)`,
/// autogroups). Every process of PostgreSQL begins a session of its own: each connection that works would have as large
/// a share as a whole service, however nice it is. Where the kernel has no such groups there is nothing to do.
struct SessionNiceness {
    let value: Int
    private var told: Set<pid_t> = []

    init(_ value: Int) {
        self.value = value
    }

    /// Tells it for the children of a process that have begun sessions since the last time.
    ///
    /// Of all that are not root the kernel takes one such wish in a tenth of a second; the others come next time.
    mutating func tell(childrenOf process: pid_t) {
        let leaders = Orphan.children(of: process).filter { getsid($0) == $0 }
        told.formIntersection(leaders)
        for leader in leaders where !told.contains(leader) && tell(leader) {
            told.insert(leader)
        }
    }

    private func tell(_ leader: pid_t) -> Bool {
        let descriptor = open("/proc/\(leader)/autogroup", O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        let text = Array("\(value)".utf8)
        return text.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) } == text.count
    }
}
