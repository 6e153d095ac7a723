import Domain
import Synchronization
import TestSupport
import Testing

@testable import Console

/// Answers as Oliver does, or wrongly.
private final class FakeDoor: ProbeTarget {
    let asked = Mutex<[String]>([])
    let cost: String
    let isVisible: Bool

    init(cost: String = "0.000000150000", isVisible: Bool = true) {
        self.cost = cost
        self.isVisible = isVisible
    }

    func send(_ path: String, _ body: [UInt8]?) async throws -> (status: Int, body: [UInt8]) {
        let name = String(path.prefix { $0 != "?" })
        asked.withLock { $0.append(name) }
        let text =
            switch name {
            case "/v1/estimate": #"{"items":[{"status":"priced","cost_usd":"0.000000150000"}]}"#
            case "/v1/record": #"{"accepted":1,"duplicates":0,"rejected":0,"items":[]}"#
            case "/v1/usage":
                isVisible ? #"{"items":[{"event_id":"p","cost_usd":"\#(cost)"}],"next":null}"# : #"{"items":[]}"#
            case "/v1/preflight": #"{"decision":"allow","hold_id":"h"}"#
            default: "{}"
            }
        return (name == "/v1/record" ? 202 : 200, Array(text.utf8))
    }
}

@Suite struct `A round of the probe` {
    private func run(_ door: FakeDoor, patience: Duration = .zero) async throws -> Duration {
        try await ProbeRound(target: door, id: "p", patience: patience, clock: ContinuousClock())
            .run(at: Timestamp(seconds: 1_795_428_000))
    }

    @Test func `records, reads back, holds and releases`() async throws {
        let door = FakeDoor()
        #expect(try await run(door) == .zero)
        let asked = door.asked.withLock { $0 }
        #expect(asked == ["/v1/estimate", "/v1/record", "/v1/usage", "/v1/preflight", "/v1/holds/h/release"])
    }

    @Test func `finds a cost that is wrong, and an event that is in no report`() async throws {
        await #expect(throws: ProbeMismatch.self) { try await run(FakeDoor(cost: "0.000000150001")) }
        await #expect(throws: ProbeMismatch.self) { try await run(FakeDoor(isVisible: false)) }
    }
}
