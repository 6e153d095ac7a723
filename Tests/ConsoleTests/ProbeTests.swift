import Domain
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceRuntime
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

@Suite(.timeLimit(.minutes(1))) struct `The door that the probe goes through` {
    @Test func `takes the key along, and a body for POST`() async throws {
        let seen = Mutex<[String]>([])
        let answer: @Sendable (Request) async throws -> Response = { request in
            let body = String(buffer: try await request.readBody(limit: 65_536))
            let words = [request.method.rawValue, request.head.path, request.headers[.authorization], body]
            seen.withLock { $0.append(words.map { $0 ?? "" }.joined(separator: " ")) }
            return Response(status: .accepted, body: ResponseBody(byteBuffer: ByteBuffer(string: "{}")))
        }
        try await withServer(answer) { port in
            let door = ProbeDoor(url: "http://127.0.0.1:\(port)/base", key: "olv_key")
            let read = try await door.send("/v1/usage?limit=1", nil)
            let written = try await door.send("/v1/record", [])
            #expect((read.status, written.status) == (202, 202) && read.body == Array("{}".utf8))
            _ = try await door.send("/v1/record", Array("[1]".utf8))
        }
        #expect(
            seen.withLock { $0 } == [
                "GET /base/v1/usage?limit=1 Bearer olv_key ", "POST /base/v1/record Bearer olv_key ",
                "POST /base/v1/record Bearer olv_key [1]",
            ]
        )
    }
}
