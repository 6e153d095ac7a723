import HTTPTypes
import Logging
import ServiceRuntime
import Streams
import Synchronization
import Testing

@testable import Ingest

@Suite struct `A full queue` {
    @Test func `is told with a short wait while nobody knows how fast it drains`() {
        var drain = Drain()
        for used in [1_000, 1_100, 1_099, 1_098, 1_097] {
            #expect(drain.wait(used: used, limit: 900, interval: .milliseconds(500)) == .seconds(5))
        }
    }

    @Test func `is told with the time that it needs to drain, of five seconds at most`() {
        var drain = Drain()
        // 50 go in half a second.
        let waits = [1_200, 1_150, 1_100, 1_050, 1_000, 950, 910].map {
            drain.wait(used: $0, limit: 750, interval: .milliseconds(500))
        }
        #expect(waits[..<4].allSatisfy { $0 == .seconds(5) })
        #expect(waits[4...5] == [.milliseconds(2_500), .seconds(2)])
        #expect(waits[6] > .milliseconds(1_500) && waits[6] < .seconds(2))
        #expect(drain.wait(used: 760, limit: 750, interval: .milliseconds(500)) == .seconds(1))
        #expect(drain.wait(used: 1_199, limit: 100, interval: .milliseconds(500)) == .seconds(5))
        #expect(drain.wait(used: 1_300, limit: 750, interval: .milliseconds(500)) == .seconds(5))
    }

    @Test func `is refused until there is room`() async throws {
        let producer = FullProducer()
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let gate = PressureGate(producer: producer, logger: logger)
        try gate.check()
        for (used, isFull) in [(95, true), (91, true), (90, false), (91, true), (10, false)] {
            producer.used.withLock { $0 = used }
            await gate.look()
            if isFull {
                let problem = #expect(throws: Problem.self) { try gate.check() }
                #expect(problem?.status == .serviceUnavailable && problem?.retryAfter == .seconds(5))
            } else {
                try gate.check()
            }
        }
    }
}

/// Streams whose server may use 100 bytes.
private final class FullProducer: StreamProducer {
    let used = Mutex(0)
    let partitioning = Partitioning.standard

    func claim(_ claims: [Claim]) async -> [ClaimOutcome] { [] }
    func settleReports() async throws -> Int { 0 }
    func publish(_ notices: [Notice]) async throws {}
    func pressure() async throws -> StreamPressure {
        StreamPressure(usedMemory: used.withLock { $0 }, memoryLimit: 100, rawEntries: 0, pricedEntries: 0)
    }
}
