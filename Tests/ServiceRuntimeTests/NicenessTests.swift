import FoundationEssentials
import Glibc
@testable import ServiceRuntime
import Testing

struct `A niceness` {
    @Test func `is set for the process and for the session that it leads`() async {
        await #expect(processExitsWith: .success) {
            setsid()
            try #require(getsid(0) == getpid())
            Niceness.apply(7)
            #expect(getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0) == 7)
            guard let session = try? String(contentsOfFile: "/proc/self/autogroup", encoding: .utf8) else { return }
            #expect(session.hasSuffix(" nice 7\n"))
        }
    }

    @Test func `of a session that another process leads stays as it is`() async {
        await #expect(processExitsWith: .success) {
            let before = try? String(contentsOfFile: "/proc/self/autogroup", encoding: .utf8)
            try #require(getsid(0) != getpid())
            Niceness.apply(7)
            #expect((try? String(contentsOfFile: "/proc/self/autogroup", encoding: .utf8)) == before)
        }
    }
}
