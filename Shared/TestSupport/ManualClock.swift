package import Domain
import Synchronization

/// A clock that stands still until a test moves it.
///
/// It counts from a fixed start, so that it serves as `any Clock<Duration>` and as the source of timestamps at once.
package final class ManualClock: Clock, Sendable {
    /// A point on the clock: the time since its start.
    package struct Instant: InstantProtocol {
        /// The time since the clock's start.
        package let offset: Duration

        package init(offset: Duration) {
            self.offset = offset
        }

        package func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        package func duration(to other: Instant) -> Duration { other.offset - offset }
        package static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }

    private struct Sleeper {
        let deadline: Instant
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct Watcher {
        let count: Int
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var now = Instant(offset: .zero)
        var nextNumber = 0
        var sleepers: [Int: Sleeper] = [:]
        var cancelled: Set<Int> = []
        var watchers: [Watcher] = []
    }

    private let start: Timestamp
    private let state = Mutex(State())

    /// A clock that shows `start`, by default 2026-11-23T10:00:00Z.
    package init(start: Timestamp = Timestamp(seconds: 1_795_428_000)) {
        self.start = start
    }

    package var now: Instant { state.withLock { $0.now } }
    package var minimumResolution: Duration { .nanoseconds(1) }

    /// What the clock shows.
    package var timestamp: Timestamp { start.adding(now.offset) }

    /// Moves the clock on and wakes the sleepers whose time has come, the earliest first.
    package func advance(by duration: Duration) {
        let due = state.withLock { state in
            state.now = state.now.advanced(by: duration)
            let due = state.sleepers.filter { $0.value.deadline <= state.now }
            for number in due.keys { state.sleepers[number] = nil }
            return due.sorted { ($0.value.deadline, $0.key) < ($1.value.deadline, $1.key) }.map(\.value)
        }
        for sleeper in due { sleeper.continuation.resume() }
    }

    /// Waits until so many tasks sleep on the clock: then moving it cannot come too early.
    package func waitForSleepers(_ count: Int = 1) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.sleepers.count >= count { return true }
                state.watchers.append(Watcher(count: count, continuation: continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    package func sleep(until deadline: Instant, tolerance: Duration? = nil) async throws {
        let number = state.withLock { state in
            state.nextNumber += 1
            return state.nextNumber
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { fallAsleep($0, as: number, until: deadline) }
        } onCancel: {
            let sleeper = state.withLock { state in
                guard let sleeper = state.sleepers.removeValue(forKey: number) else {
                    state.cancelled.insert(number)
                    return nil as Sleeper?
                }
                return sleeper
            }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }

    private func fallAsleep(
        _ continuation: CheckedContinuation<Void, any Error>,
        as number: Int,
        until deadline: Instant
    ) {
        let watchers: [Watcher]? = state.withLock { state in
            if state.cancelled.contains(number) || deadline <= state.now { return nil }
            state.sleepers[number] = Sleeper(deadline: deadline, continuation: continuation)
            let count = state.sleepers.count
            let satisfied = state.watchers.filter { $0.count <= count }
            state.watchers.removeAll { $0.count <= count }
            return satisfied
        }
        if let watchers {
            for watcher in watchers { watcher.continuation.resume() }
        } else if state.withLock({ $0.cancelled.remove(number) }) != nil {
            continuation.resume(throwing: CancellationError())
        } else {
            continuation.resume()
        }
    }
}
