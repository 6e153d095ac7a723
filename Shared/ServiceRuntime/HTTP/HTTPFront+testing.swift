package import HTTPTypes
package import Hummingbird
import NIOCore

/// An answer with its body read.
package struct HTTPReply: Sendable {
    package let status: HTTPResponse.Status
    package let headers: HTTPFields
    package let body: ByteBuffer

    /// The body as text.
    package var text: String {
        String(buffer: body)
    }
}

extension HTTPFront {
    /// Sends a request through routes and error handling without a socket, for tests.
    package func send(
        _ method: HTTPRequest.Method,
        _ path: String,
        headers: HTTPFields = [:],
        body: String = "",
        from address: String? = nil
    ) async throws -> HTTPReply {
        try await send(method, path, headers: headers, body: ByteBuffer(string: body), from: address)
    }

    /// Sends a request with a body of bytes.
    package func send(
        _ method: HTTPRequest.Method,
        _ path: String,
        headers: HTTPFields = [:],
        body: ByteBuffer,
        from address: String? = nil
    ) async throws -> HTTPReply {
        var head = HTTPRequest(method: method, scheme: "http", authority: "test", path: path, headerFields: headers)
        if body.readableBytes > 0, head.headerFields[.contentLength] == nil {
            head.headerFields[.contentLength] = String(body.readableBytes)
        }
        let peer = try address.map { try SocketAddress(ipAddress: $0, port: 0) }
        let response = try await respond(to: Request(head: head, body: RequestBody(buffer: body)), from: peer)
        let collector = BodyCollector()
        try await response.body.write(collector)
        return HTTPReply(status: response.status, headers: response.headers, body: await collector.buffer)
    }
}

/// Collects an answer's body.
private struct BodyCollector: ResponseBodyWriter {
    actor Storage {
        var buffer = ByteBuffer()

        func append(_ part: ByteBuffer) {
            var part = part
            buffer.writeBuffer(&part)
        }
    }

    private let storage = Storage()

    var buffer: ByteBuffer {
        get async { await storage.buffer }
    }

    func write(_ buffer: ByteBuffer) async throws {
        await storage.append(buffer)
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
