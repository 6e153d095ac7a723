import HTTPTypes
import Hummingbird
import NIOCore
import ServiceRuntime
import Synchronization
import TestSupport

/// A real HTTP server that keeps what it was asked.
final class WebServer: Sendable {
    /// A request as it came.
    struct Seen: Sendable {
        var method: String
        var target: String
        var headers: HTTPFields
        var body: [UInt8]
    }

    private let seen = Mutex<[Seen]>([])
    private let port = Mutex(0)

    /// Without a slash at the end.
    var url: String { "http://127.0.0.1:\(port.withLock { $0 })" }
    /// The requests that came, in their order.
    var requests: [Seen] { seen.withLock { $0 } }

    private func respond(to request: Request) async throws -> Response {
        let body = Array(buffer: try await request.readBody(limit: 8 << 20))
        let one = Seen(
            method: request.method.rawValue,
            target: request.head.path ?? "",
            headers: request.headers,
            body: body
        )
        seen.withLock { $0.append(one) }
        switch request.uri.path {
        case "/moved": return Response(status: .found, headers: [.location: "\(url)/elsewhere"])
        case "/missing": return Self.answer("nothing", status: .notFound)
        case let path where path.hasPrefix("/declared/"): return Self.stream(Int(path.dropFirst(10)) ?? 0, true)
        case let path where path.hasPrefix("/chunked/"): return Self.stream(Int(path.dropFirst(9)) ?? 0, false)
        default: return Self.answer("hello")
        }
    }

    private static func answer(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status,
            headers: [.contentType: "text/plain"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text))
        )
    }

    /// So many bytes, with a head that says how many, or in chunks.
    private static func stream(_ size: Int, _ isDeclared: Bool) -> Response {
        let body = ResponseBody(contentLength: isDeclared ? size : nil) { writer in
            for start in stride(from: 0, to: size, by: 1_000) {
                try await writer.write(ByteBuffer(repeating: UInt8(ascii: "x"), count: min(1_000, size - start)))
            }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: isDeclared ? [.contentLength: "\(size)"] : [:], body: body)
    }

    /// Runs a server beside a test.
    static func with<Result: Sendable>(
        _ body: @Sendable (WebServer) async throws -> Result
    ) async throws -> Result {
        let web = WebServer()
        let routes: @Sendable (Router<OliverRequestContext>) -> Void = { router in
            for method in [HTTPRequest.Method.get, .post, .put, .patch, .delete] {
                router.on("/**", method: method) { request, _ in try await web.respond(to: request) }
            }
        }
        return try await TestServer.with(routes: routes) { server in
            web.port.withLock { $0 = server.port }
            return try await body(web)
        }
    }
}
