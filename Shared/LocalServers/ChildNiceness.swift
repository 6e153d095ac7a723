import Glibc

/// Has the processes that a server starts step back behind others when cores are short: the child of Redis that writes
/// its file anew, and everything in PostgreSQL.
///
/// Linux shares the cores among sessions first, and by the niceness of threads only within each (`sched(7)`,
/// autogroups). Every process of PostgreSQL begins a session of its own: each connection that works would have as large
/// a share as a whole service, however nice it is. So what leads a session speaks for it, where the kernel listens.
struct ChildNiceness {
    private struct Child: Hashable {
        let identifier: pid_t
        let leadsSession: Bool
    }

    let value: Int32
    private var told: Set<Child> = []

    init(_ value: Int32) {
        self.value = value
    }

    /// Tells the children of a process that are new, or lead a session since the last time.
    ///
    /// Of all that are not root the kernel takes one wish for a session in a tenth of a second; the others come next time.
    mutating func tell(childrenOf process: pid_t) {
        let children = Orphan.children(of: process).map { Child(identifier: $0, leadsSession: getsid($0) == $0) }
        told.formIntersection(children)
        for child in children where !told.contains(child) && tell(child) {
            told.insert(child)
        }
    }

    private func tell(_ child: Child) -> Bool {
        guard child.leadsSession else {
            return setpriority(__priority_which_t(PRIO_PROCESS.rawValue), id_t(child.identifier), value) == 0
        }
        let descriptor = open("/proc/\(child.identifier)/autogroup", O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        let text = Array("\(value)".utf8)
        return text.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) } == text.count
    }
}
