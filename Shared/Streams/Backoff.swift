/// How long to wait before trying again: doubling from `initial` up to `maximum`, with jitter.
package struct Backoff: Hashable, Sendable {
    package var initial: Duration
    package var maximum: Duration

    /// From 100 milliseconds to 5 seconds.
    package static let standard = Backoff(initial: .milliseconds(100), maximum: .seconds(5))

    package init(initial: Duration, maximum: Duration) {
        self.initial = initial
        self.maximum = maximum
    }

    /// The wait after so many failures in a row, at least 1: between a half and all of the doubled time.
    ///
    /// `random` is evenly distributed, so that replicas that failed together do not return together.
    package func delay(failures: Int, random: UInt64) -> Duration {
        let doublings = min(max(failures, 1) - 1, 30)
        let full = min(initial * (1 << doublings), maximum)
        return full / 2 + full / 2 * Int(random % 1_000) / 1_000
    }
}

/// The time and the chance that loops depend on, so that tests can set both.
package struct LoopTime: Sendable {
    /// Time since some start, never going back.
    package var now: @Sendable () -> Duration
    /// Waits so long, or throws `CancellationError`.
    package var sleep: @Sendable (Duration) async throws -> Void
    /// Any number, evenly distributed.
    package var random: @Sendable () -> UInt64

    package init(
        now: @escaping @Sendable () -> Duration,
        sleep: @escaping @Sendable (Duration) async throws -> Void,
        random: @escaping @Sendable () -> UInt64
    ) {
        self.now = now
        self.sleep = sleep
        self.random = random
    }

    /// The system's clock and generator.
    package static var system: LoopTime { LoopTime(ContinuousClock()) }

    /// A given clock, and by default the system's generator.
    package init<C: Clock>(
        _ clock: C,
        random: @escaping @Sendable () -> UInt64 = { UInt64.random(in: .min ... .max) }
    ) where C.Duration == Duration {
        let start = clock.now
        self.init(
            now: { start.duration(to: clock.now) },
            sleep: { try await clock.sleep(for: $0) },
            random: random
        )
    }
}
