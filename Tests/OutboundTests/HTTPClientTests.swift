import Glibc
import HTTPTypes
import Outbound
import TestSupport
import Testing

extension HTTPClient {
    /// Sends with bounds that no good answer reaches.
    func send(
        _ request: Request,
        bytes: Int = 1 << 20,
        time: Duration = .seconds(20),
        connecting: Duration = .seconds(10)
    ) async throws -> Response {
        try await send(request, within: Limits(bytes: bytes, time: time, connecting: connecting))
    }

    /// How a request fails; `nil` when it does not.
    func failure(
        _ request: Request,
        bytes: Int = 1 << 20,
        time: Duration = .seconds(20),
        connecting: Duration = .seconds(10)
    ) async -> OutboundError? {
        do {
            _ = try await send(request, bytes: bytes, time: time, connecting: connecting)
            return nil
        } catch {
            return error as? OutboundError
        }
    }
}

/// Against real servers: one of ours, and one that says what no good server would.
@Suite(.timeLimit(.minutes(2))) struct HTTPClientTests {
    @Test(arguments: HTTPClient.Method.allCases)
    func `sends what it is given, and gives what comes back whatever the status`(_ method: HTTPClient.Method)
        async throws
    {
        try await WebServer.with { server in
            let client = HTTPClient()
            // More than libcurl sends without asking whether it may.
            let body = [UInt8](repeating: 0xFF, count: 2 << 20) + [0, 10, 13]
            let request = HTTPClient.Request(
                method,
                server.url + "/a?b=%20c",
                headers: [("Content-Type", "application/octet-stream"), ("X-Text", "ä \t!"), ("X-None", "")],
                body: body
            )
            let answer = try await client.send(request)
            #expect(answer.status == 200 && answer.body == Array("hello".utf8))
            #expect(answer.header("CONTENT-type") == "text/plain" && answer.header("X-None") == nil)
            let bare = try await client.send(HTTPClient.Request(method, server.url + "/missing"))
            #expect(bare.status == 404 && bare.body == Array("nothing".utf8))
            let seen = server.requests
            #expect(seen.map(\.method) == [method.rawValue, method.rawValue])
            #expect(seen.map(\.target) == ["/a?b=%20c", "/missing"])
            #expect(seen[0].body == body && seen[1].body.isEmpty)
            #expect(seen[0].headers[.contentType] == "application/octet-stream" && seen[0].headers[.expect] == nil)
            #expect(seen[0].headers[values: try #require(HTTPField.Name("X-Text"))] == ["ä \t!"])
            #expect(seen[0].headers[values: try #require(HTTPField.Name("X-None"))] == [""])
            #expect(seen[1].headers[.contentType] == nil)
            let isEmptyBodyUsual = [.get, .delete].contains(method)
            #expect(seen[1].headers[.contentLength] == (isEmptyBodyUsual ? nil : "0"))
        }
    }

    @Test func `follows no redirect`() async throws {
        try await WebServer.with { server in
            let answer = try await HTTPClient().send(HTTPClient.Request(.get, server.url + "/moved"))
            #expect(answer.status == 302 && answer.header("location") == server.url + "/elsewhere")
            #expect(server.requests.map(\.target) == ["/moved"])
        }
    }

    @Test func `reads the headers of the final answer only, and takes the body as it comes`() async throws {
        let serve: @Sendable (inout RawServer.Peer) async throws -> Void = { peer in
            _ = try await peer.request()
            try await peer.send(
                """
                HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\nHTTP/1.1 200 OK\r\nx-name:  first \r\nX-Name: second\r
                X-Odd: a\u{1}b\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r
                3\r\nabc\r\n0\r\nX-Late: 1\r\n\r\n
                """
            )
            await peer.close()
        }
        try await RawServer.with(serve) { server in
            let answer = try await HTTPClient().send(HTTPClient.Request(.get, server.url + "/a/../b/./c"))
            #expect(answer.status == 200 && answer.body == Array("abc".utf8))
            #expect(answer.header("X-NAME") == "first")
            #expect(answer.headers.filter { $0.name.lowercased() == "x-name" }.map(\.value) == ["first", "second"])
            #expect(
                answer.headers.map(\.name).filter { !["x-name", "X-Name"].contains($0) } == [
                    "Content-Encoding", "Transfer-Encoding",
                ]
            )
            let request = try #require(server.requests.first)
            #expect(request.hasPrefix("GET /a/../b/./c HTTP/1.1\r\n"))
            #expect(!request.lowercased().contains("accept-encoding"))
        }
    }

    @Test(arguments: [
        ("X-A", "b\r\nX-Injected: secret"), ("X-A", "secret\n"), ("X-A", "secret\u{0}"), ("X-A", "secret\u{7F}"),
        ("X A", "secret"), ("X-A:", "secret"), ("", "secret"), ("X-A\r\nX-B", "secret"), ("X-Ä", "secret"),
    ])
    func `refuses a header that would not stay one, and does not repeat it`(_ name: String, _ value: String)
        async throws
    {
        try await RawServer.with({ _ = try await $0.request() }) { server in
            let request = HTTPClient.Request(.get, server.url, headers: [(name, value)])
            let error = try #require(await HTTPClient().failure(request))
            #expect(error.code == .invalid && !error.isRetriable && !error.message.contains("secret"))
            #expect(server.connections == 0)
        }
    }

    @Test(arguments: ["ftp://127.0.0.1:%/", "file:///etc/passwd", "127.0.0.1:%/", "/", "", "gopher://127.0.0.1:%/x"])
    func `asks by HTTP only`(_ pattern: String) async throws {
        try await RawServer.with({ _ = try await $0.request() }) { server in
            let url = pattern.replacing("%", with: "\(server.port)")
            #expect(await HTTPClient().failure(HTTPClient.Request(.get, url))?.code == .invalid)
            #expect(server.connections == 0)
        }
    }

    @Test(arguments: ["/a b", "/a\r\nX-Injected: 1", "/a\u{0}b"])
    func `refuses an address that is none`(_ path: String) async throws {
        try await RawServer.with({ _ = try await $0.request() }) { server in
            #expect(await HTTPClient().failure(HTTPClient.Request(.get, server.url + path))?.code == .invalid)
            #expect(server.connections == 0)
        }
    }

    @Test func `trusts no strange certificate`() async throws {
        try await withMailServer(security: .tls, password: nil) { server in
            let url = server.url.replacing("smtps://", with: "https://")
            let error = try #require(await HTTPClient().failure(HTTPClient.Request(.get, url)))
            #expect(error.code == .tls && error.isRetriable)
        }
    }

    @Test func `connects to no address that its policy does not allow`() async throws {
        try await RawServer.with({ _ = try await $0.request() }) { server in
            let request = HTTPClient.Request(.get, server.url)
            #expect(await HTTPClient(policy: .publicOnly).failure(request)?.code == .refusedAddress)
            #expect(server.connections == 0)
        }
    }

    @Test func `goes by no proxy of the environment`() async {
        // In a process of its own, for the environment is one for all.
        await #expect(processExitsWith: .success) {
            for name in ["http_proxy", "all_proxy", "ALL_PROXY"] { setenv(name, "http://127.0.0.1:1", 1) }
            let serve: @Sendable (inout RawServer.Peer) async throws -> Void = { peer in
                _ = try await peer.request()
                try await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                await peer.close()
            }
            try await RawServer.with(serve) { server in
                let error = await HTTPClient().failure(HTTPClient.Request(.get, server.url))
                exit(error == nil ? 0 : 1)
            }
        }
    }
}
