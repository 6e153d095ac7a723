import Domain
import LocalServers
import TestSupport
import Testing

extension LiveSuite {
    /// What happens when the queue cannot take more, is away, or holds what nobody can read.
    @Suite struct PressureTests {
        @Test(.timeLimit(.minutes(5)))
        func `answers 503 with Retry-After while Redis is away, and loses nothing`() async throws {
            try await Cluster.with { cluster in
                let key = try await cluster.makeKey("away", workspace: "acme").key
                let client = cluster.client(of: .ingest)
                let events = (0..<4).map { BadInputTests.event("away-\($0)") }
                #expect(try await client.send(.record(events[0], key: key)).status == 202)

                await cluster.redis.kill9()
                for _ in 0..<3 { try Self.checkUnavailable(try await client.send(.record(events[1], key: key))) }
                try await cluster.redis.start()
                try await Self.post(events[1], key: key, over: client)

                // A server that hangs is worse than one that is gone: the claim may have been done.
                await cluster.redis.freeze()
                try Self.checkUnavailable(try await client.send(.record(events[2], key: key)))
                await cluster.redis.thaw()
                try await Self.post(events[2], key: key, over: client)

                // Without PostgreSQL ingest goes on: it needs it for nothing but new keys.
                await cluster.postgres.kill9()
                #expect(try await client.send(.record(events[3], key: key)).status == 202)
                try await cluster.postgres.start()
                try await BadInputTests.checkUnharmed(cluster, key: key, events: events.count)
            }
        }

        @Test(.timeLimit(.minutes(5)))
        func `answers 503 with Retry-After when the backlog reaches its bound, and goes on when it is worked off`()
            async throws
        {
            let options = Cluster.Options(ofService: [.ingest: ["OLIVER_INGEST_BACKLOG_LIMIT": "1000"]])
            try await Cluster.with(options) { cluster in
                let key = try await cluster.makeKey("bound", workspace: "acme").key
                let client = cluster.client(of: .ingest)
                #expect(try await cluster.stop(.pricing) == .exited(0))
                var accepted = 0
                var refusal: HTTPAnswer?
                while refusal == nil, accepted < 5_000 {
                    let events = (0..<250).map { BadInputTests.event("bound-\(accepted + $0)") }
                    let answer = try await client.send(.record("[\(events.joined(separator: ","))]", key: key))
                    if answer.status == 202 {
                        accepted += try answer.decoded(RecordAnswer.self).accepted
                    } else {
                        refusal = answer
                    }
                }
                try Self.checkUnavailable(try #require(refusal, "\(accepted) events were taken"))
                #expect(accepted >= 1_000 && accepted <= 1_250)
                #expect(cluster.isRunning(.ingest))

                try cluster.start(.pricing)
                try await cluster.waitUntilReady(.pricing)
                try await Self.post(BadInputTests.event("bound-last"), key: key, over: client)
                try await BadInputTests.checkUnharmed(cluster, key: key, events: accepted + 1)
            }
        }

        @Test(.timeLimit(.minutes(5)))
        func `is not held up by clients that send their requests drop by drop`() async throws {
            let limits = ["OLIVER_HTTP_IDLE_TIMEOUT": "3s", "OLIVER_HTTP_REQUEST_TIMEOUT": "3s"]
            try await Cluster.with(Cluster.Options(ofService: [.ingest: limits])) { cluster in
                let key = try await cluster.makeKey("drops", workspace: "acme").key
                let client = cluster.client(of: .ingest)
                var slow: [SlowClient] = []
                for number in 0..<100 {
                    slow.append(try SlowClient(port: cluster.port(of: .ingest), inBody: number % 2 == 0, key: key))
                }
                let start = ContinuousClock.now
                var good = 0
                while slow.contains(where: { !$0.isClosed }), start.duration(to: .now) < .seconds(20) {
                    for index in slow.indices { slow[index].drip() }
                    let sent = ContinuousClock.now
                    let answer = try await client.send(.record(BadInputTests.event("good-\(good)"), key: key))
                    #expect(answer.status == 202)
                    #expect(sent.duration(to: .now) < .seconds(2))
                    good += 1
                    try await Task.sleep(for: .milliseconds(250))
                }
                let open = slow.filter { !$0.isClosed }
                #expect(open.isEmpty, "\(open.count) are open, \(open.count { $0.inBody }) of them in their body")
                try await BadInputTests.checkUnharmed(cluster, key: key, events: good)
            }
        }

        /// Posts an event until it is taken.
        private static func post(_ event: String, key: String, over client: HTTPClient) async throws {
            let counts = try await eventually("the event is taken", within: .seconds(30), every: .milliseconds(100)) {
                let answer = try await client.send(.record(event, key: key)).expecting(202, RecordAnswer.self)
                return answer.rejected == 0 ? answer.accepted + answer.duplicates : nil
            }
            #expect(counts == 1)
        }

        private static func checkUnavailable(_ answer: HTTPAnswer) throws {
            #expect(answer.status == 503, "\(answer)")
            #expect(answer.headers["retry-after"].flatMap { Int($0) }.map { $0 >= 1 } == true, "\(answer.headers)")
            let problem = try answer.decoded(ProblemAnswer.self)
            #expect(problem.slug == "unavailable", "\(answer)")
            #expect(problem.retryAfter != nil)
        }
    }
}

/// A client that never finishes its request (the attack called Slowloris).
private struct SlowClient {
    let inBody: Bool
    private let socket: RawSocket
    private(set) var isClosed = false

    init(port: Int, inBody: Bool, key: String) throws {
        self.inBody = inBody
        socket = try RawSocket(port: port, patience: .seconds(5))
        var head = "POST /v1/record HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(key)\r\n"
        if inBody { head += "Content-Length: 1000\r\n\r\n" }
        try socket.send(Array(head.utf8))
    }

    /// Sends a few more bytes; notices when the server has closed.
    mutating func drip() {
        guard !isClosed else { return }
        do {
            try socket.send(Array((inBody ? " " : "X-A: b\r\n").utf8))
            isClosed = try socket.isClosedByPeer()
        } catch {
            isClosed = true
        }
    }
}
