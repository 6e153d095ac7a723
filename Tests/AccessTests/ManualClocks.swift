import Domain
import ServiceRuntime
import Synchronization

/// Both clocks of a test, moved by hand.
final class ManualClocks: WallClock, UptimeClock {
    private let elapsed = Mutex(Duration.seconds(1000))
    private let start = Timestamp(seconds: 1_800_000_000)

    var uptime: Duration {
        elapsed.withLock { $0 }
    }

    var now: Timestamp {
        start.adding(uptime)
    }

    func advance(by duration: Duration) {
        elapsed.withLock { $0 += duration }
    }
}
