import HTTPTypes
import Hummingbird
import NIOCore
import ServiceRuntime
import TestSupport
import Testing

/// How requests come out of a connection and answers go into it.
@Suite(.timeLimit(.minutes(1))) struct HTTPConnectionTests {
    private let echo: @Sendable (Router<OliverRequestContext>) -> Void = { router in
        router.post("length") { request, _ in "\(try await request.readBody(limit: 8 << 20).readableBytes);" }
        router.get("names/{name}") { _, context in "\(try context.parameters.require("name"));" }
        router.post("unread") { _, _ in "unread;" }
    }

    @Test func `answers what comes at once in its order, however much it is`() async throws {
        try await TestServer.with(routes: echo) { server in
            try await RawConnection.with(port: server.port) { client in
                // Many more parts than are kept before reading pauses.
                let names = (0..<100).map { "n\($0)" }
                let requests = names.map { "GET /names/\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined()
                try await client.send("\(requests)POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")
                #expect(try await client.receive(until: "\r\n\r\n3;"))
                #expect(bodies(client.received) == names + ["3"])
                // It reads on after the pause.
                client.received = ""
                try await client.send("GET /names/last HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try await client.receive(until: "last;"))
            }
        }
    }

    private func bodies(_ answers: String) -> [String] {
        answers.split(separator: "\r\n\r\n").dropFirst().map { String($0.prefix { $0 != ";" }) }
    }

    @Test(arguments: ["Content-Length: 2000000", "Transfer-Encoding: chunked"])
    func `reads a body of many parts, and passes over one that nobody reads`(framing: String) async throws {
        try await TestServer.with(routes: echo) { server in
            for path in ["length", "unread"] {
                try await RawConnection.with(port: server.port) { client in
                    try await client.send("POST /\(path) HTTP/1.1\r\nHost: a\r\n\(framing)\r\n\r\n")
                    for _ in 0..<20 { try await client.send(piece(of: 100_000, framing)) }
                    if framing.hasSuffix("chunked") { try await client.send("0\r\n\r\n") }
                    #expect(try await client.receive(until: path == "length" ? "\r\n\r\n2000000;" : "unread;"))
                    try await client.send("GET /names/next HTTP/1.1\r\nHost: a\r\n\r\n")
                    #expect(try await client.receive(until: "next;"))
                }
            }
        }
    }

    private func piece(of count: Int, _ framing: String) -> String {
        let text = String(repeating: "x", count: count)
        return framing.hasSuffix("chunked") ? "\(String(count, radix: 16))\r\n\(text)\r\n" : text
    }

    @Test func `reads bodies for routes that work on other threads`() async throws {
        let routes: @Sendable (Router<OliverRequestContext>) -> Void = { router in
            router.post("elsewhere") { request, _ in
                let count = try await withTaskExecutorPreference(globalConcurrentExecutor) {
                    try await request.readBody(limit: 1 << 20).readableBytes
                }
                return Response(
                    status: .ok,
                    body: ResponseBody { writer in
                        var own = writer
                        try await withTaskExecutorPreference(globalConcurrentExecutor) {
                            try await own.write(ByteBuffer(string: "read \(count);"))
                            try await own.finish(nil)
                        }
                    }
                )
            }
        }
        try await TestServer.with(routes: routes) { server in
            try await RawConnection.with(port: server.port) { client in
                try await client.send("POST /elsewhere HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc")
                try await client.send("def")
                #expect(try await client.receive(until: "read 6;"))
            }
        }
    }

    @Test func `answers a client that has closed its side`() async throws {
        try await TestServer.with(routes: echo) { server in
            try await RawConnection.with(port: server.port) { client in
                for name in ["a", "b"] { try await client.send("GET /names/\(name) HTTP/1.1\r\nHost: a\r\n\r\n") }
                client.output.finish()
                #expect(bodies(await client.receiveAll()) == ["a", "b"])
            }
        }
    }

    @Test func `refuses a body cut short`() async throws {
        try await TestServer.with(routes: echo) { server in
            try await RawConnection.with(port: server.port) { client in
                try await client.send("POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc")
                client.output.finish()
                #expect(await client.receiveAll().hasPrefix("HTTP/1.1 400 "))
            }
        }
    }

    @Test func `answers what came before bytes that are no HTTP`() async throws {
        try await TestServer.with(routes: echo) { server in
            try await RawConnection.with(port: server.port) { client in
                try await client.send("GET /names/good HTTP/1.1\r\nHost: a\r\n\r\nwhatever this is\r\n\r\n")
                let received = await client.receiveAll()
                #expect(received.contains("good;"))
                #expect(received.contains("HTTP/1.1 400 Bad Request\r\n"))
            }
        }
    }

    @Test(arguments: ["close", "Close", "TE, close"])
    func `ends the connection after the answer when the client asks for it`(options: String) async throws {
        var configuration = HTTPConfiguration()
        configuration.idleTimeout = .seconds(3_600)
        try await TestServer.with(configuration: configuration, routes: echo) { server in
            try await RawConnection.with(port: server.port) { client in
                try await client.send("GET /names/only HTTP/1.1\r\nHost: a\r\nConnection: \(options)\r\n\r\n")
                #expect(await client.receiveAll().hasSuffix("only;"))
            }
        }
    }

    @Test(arguments: ["unread", "length"])
    func `lets a client that is answered early finish sending before the connection ends`(path: String) async throws {
        try await TestServer.with(routes: echo) { server in
            try await RawConnection.with(port: server.port) { client in
                let options = path == "unread" ? "\r\nConnection: close" : ""
                // More than the kernel keeps, and more than the route reads.
                try await client.send(
                    "POST /\(path) HTTP/1.1\r\nHost: a\r\nContent-Length: 20000000\(options)\r\n\r\n"
                )
                let piece = String(repeating: "x", count: 1_000_000)
                for _ in 0..<20 { try await client.send(piece) }
                let received = await client.receiveAll()
                #expect(received.contains(path == "unread" ? "unread;" : "urn:oliver:problem:too-large"))
            }
        }
    }

    @Test func `sends all answers to a client that has closed its side, also those without a body`() async throws {
        // Some megabytes, more than the kernel keeps for a client that takes little at a time.
        let count = 400
        let routes: @Sendable (Router<OliverRequestContext>) -> Void = { router in
            router.get("head") { _, _ in
                let long = HTTPField(name: .location, value: String(repeating: "x", count: 16 << 10))
                return Response(status: .noContent, headers: HTTPFields([long]))
            }
        }
        try await TestServer.with(routes: routes) { server in
            try await RawConnection.with(port: server.port, receiveBuffer: 4_096) { client in
                try await client.send(String(repeating: "GET /head HTTP/1.1\r\nHost: a\r\n\r\n", count: count))
                client.output.finish()
                let answers = await client.receiveAll().utf8.split(separator: "HTTP/1.1 204".utf8)
                #expect(answers.count == count)
                #expect(answers.last.map { Array($0.suffix(4)) } == Array("\r\n\r\n".utf8))
            }
        }
    }

    @Test(arguments: ["Content-Length: 6", "Transfer-Encoding: chunked"])
    func `never takes half a body for a whole one when the server is stopped`(framing: String) async throws {
        let (ends, end) = AsyncStream.makeStream(of: (any Error)?.self)
        let (starts, start) = AsyncStream.makeStream(of: Void.self)
        let routes: @Sendable (Router<OliverRequestContext>) -> Void = { router in
            router.post("half") { request, _ in
                start.yield()
                do {
                    _ = try await request.readBody(limit: 100)
                    end.yield(nil)
                    return Response(status: .ok)
                } catch {
                    end.yield(error)
                    throw error
                }
            }
        }
        try await TestServer.with(routes: routes) { server in
            try await RawConnection.with(port: server.port) { client in
                try await client.send("POST /half HTTP/1.1\r\nHost: a\r\n\(framing)\r\n\r\n\(piece(of: 3, framing))")
                for await _ in starts { break }
                await server.stop()
                for await error in ends {
                    #expect(error is CancellationError)
                    break
                }
                #expect(!(await client.receiveAll()).contains("HTTP/1.1 400"))
            }
        }
    }

    @Test func `lets a route give up on a body that does not come`() async throws {
        let routes: @Sendable (Router<OliverRequestContext>) -> Void = { router in
            router.post("patience") { request, _ in
                try await withThrowingTaskGroup(of: String.self) { group in
                    group.addTask {
                        do {
                            return String(try await request.readBody(limit: 100).readableBytes)
                        } catch is CancellationError {
                            return "cancelled;"
                        }
                    }
                    group.cancelAll()
                    return try await group.next() ?? ""
                }
            }
        }
        try await TestServer.with(routes: routes) { server in
            try await RawConnection.with(port: server.port) { client in
                try await client.send("POST /patience HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc")
                #expect(try await client.receive(until: "cancelled;"))
            }
        }
    }

    @Test func `breaks an answer off whose request turns out to be no HTTP, and does not begin another`() async throws {
        let routes: @Sendable (Router<OliverRequestContext>) -> Void = { router in
            router.post("echo") { request, _ in
                Response(
                    status: .ok,
                    body: ResponseBody { writer in
                        try await writer.write(request.body)
                        try await writer.finish(nil)
                    }
                )
            }
        }
        try await TestServer.with(routes: routes) { server in
            try await RawConnection.with(port: server.port) { client in
                try await client.send(
                    "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"
                )
                #expect(try await client.receive(until: "abc\r\n"))
                try await client.send("no length\r\n")
                #expect(await client.receiveAll().split(separator: "HTTP/1.1").count == 1)
            }
        }
    }

    @Test func `sends each part of a long answer when it is written`() async throws {
        let (steps, step) = AsyncStream.makeStream(of: Void.self)
        let routes: @Sendable (Router<OliverRequestContext>) -> Void = { router in
            router.get("parts") { _, _ in
                Response(
                    status: .ok,
                    body: ResponseBody { writer in
                        try await writer.write(ByteBuffer(string: "first;"))
                        for await _ in steps { break }
                        try await writer.write(ByteBuffer(string: "second;"))
                        try await writer.finish(nil)
                    }
                )
            }
        }
        try await TestServer.with(routes: routes) { server in
            try await RawConnection.with(port: server.port) { client in
                try await client.send("GET /parts HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try await client.receive(until: "first;"))
                step.yield()
                #expect(try await client.receive(until: "second;\r\n0\r\n\r\n"))
            }
        }
    }

    @Test(arguments: [nil, EndlessAnswer.bytes])
    func `writes no more than a client reads, and ends with one that reads nothing`(length: Int?) async throws {
        var configuration = HTTPConfiguration()
        configuration.responseTimeout = .milliseconds(200)
        let answer = EndlessAnswer(length: length)
        let end = try await TestServer.with(configuration: configuration, routes: answer.routes) { server in
            try await answer.end(on: server) {}
        }
        #expect(end.error is ChannelError)
        #expect(end.parts < EndlessAnswer.parts / 4)
    }

    @Test func `ends an answer that nobody reads when the server is stopped`() async throws {
        let answer = EndlessAnswer(length: nil)
        let end = try await TestServer.with(routes: answer.routes) { server in
            // Its grace is over long before the client has had its time to read.
            try await answer.end(on: server) { await server.stop() }
        }
        #expect(end.error is CancellationError)
    }
}
