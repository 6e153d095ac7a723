import Glibc
import ServiceLifecycle

/// Ends the process some seconds after a stop has begun, whatever then still hangs.
///
/// It uses the kernel's alarm clock, which needs no thread: a process that is stuck has none to spare. It must be the last
/// service of its group, since that one hears first of a stop. What follows a part that failed is a stop too.
struct StopDeadline: Service {
    let seconds: UInt32

    func run() async throws {
        try? await gracefulShutdown()
        alarm(seconds)
    }
}
