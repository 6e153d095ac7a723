import Hummingbird
import NIOCore
import ServiceRuntime
import TestSupport
import Testing

/// Opens once.
private actor Gate {
    private var isOpen = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func open() {
        isOpen = true
        for continuation in waiting {
            continuation.resume()
        }
        waiting = []
    }

    func wait() async {
        if isOpen { return }
        await withCheckedContinuation { waiting.append($0) }
    }
}

private func impatient() -> HTTPConfiguration {
    var configuration = HTTPConfiguration()
    configuration.idleTimeout = .milliseconds(500)
    configuration.requestTimeout = .milliseconds(800)
    return configuration
}

@Suite(.timeLimit(.minutes(1))) struct HTTPServerTests {
    @Test func `serves several requests on one connection, with a date and a request id`() async throws {
        try await TestServer.with { server in
            try await RawConnection.with(port: server.port) { client in
                try await client.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try await client.receive(until: #"{"status":"ok"}"#))
                #expect(client.received.hasPrefix("HTTP/1.1 200 OK\r\n"))
                #expect(client.received.lowercased().contains("x-request-id: "))
                #expect(client.received.lowercased().contains("\r\ndate: "))
                client.received = ""
                try await client.send("GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try await client.receive(until: "urn:oliver:problem:not-found"))
            }
        }
    }

    @Test func `closes a connection whose head arrives too slowly`() async throws {
        try await TestServer.with(configuration: impatient()) { server in
            try await RawConnection.with(port: server.port) { client in
                let start = ContinuousClock.now
                try await client.send("GET /healthz HTTP/1.1\r\nHost: a\r\nX-Slow")
                _ = await client.receiveAll()
                #expect(ContinuousClock.now - start < .seconds(10))
            }
        }
    }

    @Test func `closes a new connection that sends nothing long before an idle one`() async throws {
        var configuration = HTTPConfiguration()
        configuration.headTimeout = .milliseconds(200)
        try await TestServer.with(configuration: configuration) { server in
            try await RawConnection.with(port: server.port) { client in
                let start = ContinuousClock.now
                _ = await client.receiveAll()
                #expect(ContinuousClock.now - start < .seconds(10))
            }
            try await RawConnection.with(port: server.port) { client in
                try await client.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try await client.receive(until: #"{"status":"ok"}"#))
                // Four times the limit of a new connection.
                try await Task.sleep(for: .milliseconds(800))
                client.received = ""
                try await client.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try await client.receive(until: #"{"status":"ok"}"#))
            }
        }
    }

    @Test func `closes a connection whose head drips for ever`() async throws {
        try await TestServer.with(configuration: impatient()) { server in
            try await RawConnection.with(port: server.port) { client in
                try await client.send("GET /healthz HTTP/1.1\r\nHost: a\r\n")
                let start = ContinuousClock.now
                await drip("X-A: b\r\n", into: client)
                #expect(ContinuousClock.now - start < .seconds(10))
            }
        }
    }

    @Test func `closes a connection whose body drips for ever`() async throws {
        let routes: @Sendable (Router<OliverRequestContext>) -> Void = { router in
            router.post("body") { request, _ in String(try await request.readBody(limit: 1 << 20).readableBytes) }
        }
        try await TestServer.with(configuration: impatient(), routes: routes) { server in
            try await RawConnection.with(port: server.port) { client in
                try await client.send("POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n")
                let start = ContinuousClock.now
                await drip("x", into: client)
                #expect(ContinuousClock.now - start < .seconds(10))
            }
        }
    }

    /// Sends small pieces until the connection refuses them.
    private func drip(_ piece: String, into client: RawConnection.Exchange) async {
        for _ in 0..<600 {
            do {
                try await client.send(piece)
                try await Task.sleep(for: .milliseconds(20))
            } catch {
                return
            }
        }
        Issue.record("the connection stayed open")
    }

    @Test func `keeps a connection that is slow to be answered`() async throws {
        let routes: @Sendable (Router<OliverRequestContext>) -> Void = { router in
            router.get("slow") { _, _ in
                try await Task.sleep(for: .milliseconds(1500))
                return "answered"
            }
        }
        try await TestServer.with(configuration: impatient(), routes: routes) { server in
            try await RawConnection.with(port: server.port) { client in
                try await client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try await client.receive(until: "answered"))
            }
        }
    }

    @Test func `refuses a head beyond its limit and goes on serving others`() async throws {
        try await TestServer.with { server in
            try await RawConnection.with(port: server.port) { client in
                let huge = String(repeating: "a", count: 100_000)
                try? await client.send("GET / HTTP/1.1\r\nHost: a\r\nX-Huge: \(huge)\r\n\r\n")
                #expect(!(await client.receiveAll()).contains("200 OK"))
            }
            try await RawConnection.with(port: server.port) { client in
                try await client.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try await client.receive(until: #"{"status":"ok"}"#))
            }
        }
    }

    @Test func `answers what is no HTTP with 400 and closes`() async throws {
        try await TestServer.with { server in
            try await RawConnection.with(port: server.port) { client in
                try await client.send("\u{16}\u{03}\u{01}garbage\r\n\r\n")
                #expect((await client.receiveAll()).hasPrefix("HTTP/1.1 400"))
            }
        }
    }

    @Test func `tells a client that waits for it to go on with its body`() async throws {
        let routes: @Sendable (Router<OliverRequestContext>) -> Void = { router in
            router.post("body") { request, context in
                String(try await request.readBody(limit: context.maxBodySize).readableBytes)
            }
        }
        try await TestServer.with(routes: routes) { server in
            let head = "POST /body HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: "
            try await RawConnection.with(port: server.port) { client in
                try await client.send("\(head)5\r\n\r\n")
                #expect(try await client.receive(until: "HTTP/1.1 100 Continue\r\n"))
                try await client.send("hello")
                #expect(try await client.receive(until: "\r\n\r\n5"))
            }
            try await RawConnection.with(port: server.port) { client in
                try await client.send("\(head)999999999\r\n\r\n")
                #expect(try await client.receive(until: "urn:oliver:problem:too-large"))
                #expect(!client.received.contains("100 Continue"))
            }
        }
    }

    /// A server that is cancelled drops connections that it has accepted and not seen yet.
    @Test func `a server of a test stops in order while connections come`() async throws {
        for _ in 0..<50 {
            try await TestServer.with { server in
                try await withThrowingTaskGroup(of: Void.self) { clients in
                    for _ in 0..<8 {
                        clients.addTask { try await RawConnection.with(port: server.port) { _ in } }
                    }
                    try await clients.next()
                }
            }
        }
    }

    @Test func `finishes the request it works on before it stops and closes idle connections`() async throws {
        let entered = Gate()
        let leave = Gate()
        let routes: @Sendable (Router<OliverRequestContext>) -> Void = { router in
            router.get("work") { _, _ in
                await entered.open()
                await leave.wait()
                return "finished"
            }
        }
        try await TestServer.with(routes: routes) { server in
            try await RawConnection.with(port: server.port) { idle in
                try await idle.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try await idle.receive(until: #"{"status":"ok"}"#))
                try await RawConnection.with(port: server.port) { client in
                    try await client.send("GET /work HTTP/1.1\r\nHost: a\r\n\r\n")
                    await entered.wait()
                    await server.stop()
                    _ = await idle.receiveAll()
                    await leave.open()
                    #expect(try await client.receive(until: "finished"))
                }
            }
        }
    }
}
