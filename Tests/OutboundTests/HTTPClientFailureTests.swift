import TestSupport
import Testing

@testable import Outbound

/// When servers are slow, large, gone or many are asked at once.
@Suite(.timeLimit(.minutes(2))) struct HTTPClientFailureTests {
    private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    @Test(arguments: ["declared", "chunked"])
    func `takes an answer up to the limit and not a byte more`(_ kind: String) async throws {
        try await WebServer.with { server in
            let client = HTTPClient()
            func request(_ size: Int) -> HTTPClient.Request { .init(.get, "\(server.url)/\(kind)/\(size)") }
            #expect(try await client.send(request(5_000), bytes: 5_000).body.count == 5_000)
            let error = try #require(await client.failure(request(5_001), bytes: 5_000))
            #expect(error.code == .tooLarge && error.status == 200 && !error.isRetriable)
            // The client goes on after that.
            #expect(try await client.send(request(7), bytes: 7).body.count == 7)
        }
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5000000000\r\n\r\n",
    ])
    func `reads nothing that has no end`(_ beginning: String) async throws {
        let serve: @Sendable (inout RawServer.Peer) async throws -> Void = { peer in
            _ = try await peer.request()
            try await peer.send(beginning)
            while true { try await peer.send("X-Long: \(String(repeating: "x", count: 1_000))\r\n") }
        }
        try await RawServer.with(serve) { server in
            #expect(await HTTPClient().failure(HTTPClient.Request(.get, server.url))?.code == .tooLarge)
        }
    }

    @Test func `tells a server that is not there from one that is late`() async throws {
        let client = HTTPClient()
        let gone = try #require(await client.failure(HTTPClient.Request(.get, "http://127.0.0.1:1/")))
        #expect(gone.code == .unreachable && gone.isRetriable && gone.status == nil)
        #expect(gone.message == "Failed to connect to 127.0.0.1 port 1: Couldn't connect to server")
        let serve: @Sendable (inout RawServer.Peer) async throws -> Void = { peer in
            guard try await peer.request() else { return }
            if peer.last.contains("/interim") { try await peer.send("HTTP/1.1 103 Early Hints\r\n\r\n") }
            if peer.last.contains("/stalls") { try await peer.send("HTTP/1.1 201 OK\r\nContent-Length: 9\r\n\r\nabc") }
            await peer.close()
        }
        try await RawServer.with(serve) { server in
            for (path, status) in [("/silent", nil), ("/interim", nil), ("/stalls", 201)] as [(String, Int?)] {
                let start = ContinuousClock.now
                let request = HTTPClient.Request(.get, server.url + path)
                let late = try #require(await client.failure(request, time: .seconds(2)))
                #expect(late.code == .timeout && late.isRetriable && late.status == status, "\(path)")
                #expect(ContinuousClock.now - start > .milliseconds(1_900))
            }
            // It takes the connection, and never agrees on keys: nothing was sent.
            let url = server.url.replacing("http://", with: "https://")
            let dumb = await client.failure(HTTPClient.Request(.get, url), connecting: .milliseconds(200))
            #expect(dumb?.code == .unreachable)
        }
    }

    /// Who tells people of a failure once compares words.
    @Test(
        arguments: [
            (
                "Failed to connect to maps.example port 443 after 12 ms: Couldn't connect to server",
                "Failed to connect to maps.example port 443: Couldn't connect to server"
            ), ("Connection timeout after 10001 ms", "Connection timeout"),
            ("Failed to resolve host 'maps.example' with timeout after 9 ms", "Failed to resolve host 'maps.example'"),
            ("Operation timed out after 2001 milliseconds with 3 out of 9 bytes received", "Operation timed out"),
            ("Operation timed out after 2001 milliseconds with 3 bytes received", "Operation timed out"),
            ("Operation timed out after 2001 milliseconds with 3 out of -1 bytes received", "Operation timed out"),
            ("transfer closed with 6 bytes remaining to read", "transfer closed"),
            ("Failed to connect after all: port 12", "Failed to connect after all: port 12"),
        ]
    )
    func `a failure that comes again has the same words`(_ said: String, _ shown: String) {
        #expect(OutboundError.unmeasured(said) == shown)
    }

    @Test(
        arguments: [
            ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", 200), ("HTTP/1.1 200 OK\r\nX-", nil), ("", nil),
            ("220 mail.example.com ESMTP\r\n", nil), ("HTTP/1.1 200 OK\r\nno header\r\n\r\n", nil),
        ] as [(String, Int?)]
    )
    func `tells an answer that broke off, or is none`(_ text: String, _ status: Int?) async throws {
        let serve: @Sendable (inout RawServer.Peer) async throws -> Void = { peer in
            _ = try await peer.request()
            try await peer.send(text)
        }
        try await RawServer.with(serve) { server in
            let error = try #require(await HTTPClient().failure(HTTPClient.Request(.post, server.url)))
            #expect(error.code == .unknown && error.isRetriable)
            if let status { #expect(error.status == status) }
        }
    }

    @Test(arguments: [(HTTPClient.Method.get, true), (.post, false), (.put, false), (.delete, false)])
    func `sends again only what changes nothing`(_ method: HTTPClient.Method, _ isRepeated: Bool) async throws {
        // Its second request on a connection it takes, and then closes without an answer.
        let serve: @Sendable (inout RawServer.Peer) async throws -> Void = { peer in
            guard try await peer.request() else { return }
            try await peer.send(Self.ok)
            _ = try await peer.request()
        }
        try await RawServer.with(serve) { server in
            let client = HTTPClient()
            let first = try await client.send(HTTPClient.Request(.get, server.url))
            #expect(first.status == 200)
            let error = await client.failure(HTTPClient.Request(method, server.url))
            #expect(error?.code == (isRepeated ? nil : .unknown))
            #expect(server.requests.count == (isRepeated ? 3 : 2))
            #expect(server.requests[1].hasPrefix(method.rawValue))
        }
    }

    @Test func `ends when it is cancelled, running or in line`() async throws {
        let arrivals = Arrivals()
        let serve: @Sendable (inout RawServer.Peer) async throws -> Void = { peer in
            _ = try await peer.request()
            await arrivals.arrive()
            await peer.close()
        }
        try await RawServer.with(serve) { server in
            let client = HTTPClient()
            let request = HTTPClient.Request(.get, server.url)
            let running = Task { try await client.send(request, time: .seconds(60)) }
            await arrivals.wait(for: 1)
            let waiting = Task { try await client.send(request, time: .seconds(60)) }
            let start = ContinuousClock.now
            waiting.cancel()
            running.cancel()
            await #expect(throws: CancellationError.self) { try await running.value }
            await #expect(throws: CancellationError.self) { try await waiting.value }
            #expect(ContinuousClock.now - start < .seconds(20))
            #expect(server.requests.count == 1)
        }
    }

    @Test func `as many requests run at once as it has connections, and the others after them`() async throws {
        // Answers come in pairs: alone none would get one.
        let arrivals = Arrivals()
        let serve: @Sendable (inout RawServer.Peer) async throws -> Void = { peer in
            while try await peer.request() {
                let number = await arrivals.arrive()
                await arrivals.wait(for: number + number % 2)
                try await peer.send(Self.ok)
            }
        }
        try await RawServer.with(serve) { server in
            let client = HTTPClient(connections: 2)
            let request = HTTPClient.Request(.get, server.url)
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<6 { group.addTask { try await client.send(request).status } }
                for try await status in group { #expect(status == 200) }
            }
            #expect(server.requests.count == 6)
            #expect(server.connections == 2)
        }
    }

    @Test func `standing in line counts`() async throws {
        let arrivals = Arrivals()
        let serve: @Sendable (inout RawServer.Peer) async throws -> Void = { peer in
            _ = try await peer.request()
            await arrivals.arrive()
            await peer.close()
        }
        try await RawServer.with(serve) { server in
            let client = HTTPClient()
            let request = HTTPClient.Request(.get, server.url)
            async let first = client.failure(request, time: .seconds(5))
            await arrivals.wait(for: 1)
            #expect(await client.failure(request, time: .milliseconds(100))?.code == .timeout)
            #expect(await first?.code == .timeout)
            // It was not even asked.
            #expect(server.requests.count == 1)
        }
    }
}

@Suite(.timeLimit(.minutes(1))) struct PostClientTests {
    @Test(
        arguments: [
            (200, nil), (204, nil), (301, .refused), (404, .refused), (429, .busy), (503, .busy),
        ] as [(Int, OutboundError.Code?)]
    )
    func `goes by the status, whatever follows it`(_ status: Int, _ code: OutboundError.Code?) async throws {
        let serve: @Sendable (inout RawServer.Peer) async throws -> Void = { peer in
            _ = try await peer.request()
            try await peer.send("HTTP/1.1 \(status) X\r\nContent-Length: 9000000\r\n\r\nabc")
        }
        try await RawServer.with(serve) { server in
            let client = PostClient(policy: .any)
            var given: Int?
            var failure: OutboundError?
            do {
                given = try await client.post([1], to: server.url, headers: [("X-A", "b")])
            } catch {
                failure = error as? OutboundError
            }
            #expect(given == (code == nil ? status : nil))
            #expect(failure?.code == code && failure?.status == (code == nil ? nil : status))
            let request = try #require(server.requests.first)
            #expect(request.hasPrefix("POST / HTTP/1.1\r\n") && request.contains("\r\nX-A: b\r\n"))
            #expect(request.contains("\r\nContent-Type: application/json\r\n"))
        }
    }
}
