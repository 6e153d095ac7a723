import Domain
import Glibc

extension Timestamp {
    /// The machine's time.
    static var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(seconds: Int64(time.tv_sec)).adding(microseconds: Int64(time.tv_nsec) / 1_000)
    }
}
