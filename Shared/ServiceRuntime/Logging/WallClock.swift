package import Domain
import Glibc

/// Tells the time of day.
package protocol WallClock: Sendable {
    /// The present time.
    var now: Timestamp { get }
}

/// The machine's clock.
package struct SystemWallClock: WallClock {
    package init() {}

    package var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }
}

/// Tells how long something has been running, unmoved by changes of the time of day.
package protocol UptimeClock: Sendable {
    /// The time since some fixed point.
    var uptime: Duration { get }
}

/// The machine's monotonic clock.
package struct SystemUptimeClock: UptimeClock {
    package init() {}

    package var uptime: Duration {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}
