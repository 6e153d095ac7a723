import Domain
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct `The manual clock` {
    @Test func `wakes those whose time has come, and no others`() async throws {
        let clock = ManualClock()
        let early = Task { try await clock.sleep(for: .seconds(10)) }
        let late = Task { try await clock.sleep(for: .seconds(11)) }
        await clock.waitForSleepers(2)
        clock.advance(by: .seconds(10))
        try await early.value
        await clock.waitForSleepers(1)
        late.cancel()
        await #expect(throws: CancellationError.self) { try await late.value }
        #expect(clock.timestamp == Timestamp(seconds: 1_795_428_010))
    }

    @Test func `does not sleep until a time that has passed, nor when cancelled before`() async throws {
        let clock = ManualClock()
        clock.advance(by: .seconds(5))
        try await clock.sleep(until: .init(offset: .seconds(5)))
        let cancelled = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await clock.sleep(for: .seconds(1))
        }
        await #expect(throws: CancellationError.self) { try await cancelled.value }
    }
}
