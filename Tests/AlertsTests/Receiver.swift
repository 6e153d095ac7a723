import HTTPTypes
import Hummingbird
import NIOCore
import ServiceRuntime
import Synchronization
import TestSupport

/// A real HTTP server that keeps what is posted to it.
final class Receiver: Sendable {
    struct Post: Sendable {
        let path: String
        let headers: HTTPFields
        let body: [UInt8]
    }

    private let kept = Mutex<[Post]>([])
    let port: Int

    private init(port: Int) {
        self.port = port
    }

    var posts: [Post] { kept.withLock { $0 } }

    private func answer(_ request: Request) async throws -> Response {
        let body = Array(buffer: try await request.readBody(limit: 1 << 20))
        kept.withLock { $0.append(Post(path: request.uri.path, headers: request.headers, body: body)) }
        switch request.uri.path {
        case "/moved": return Response(status: .found, headers: [.location: "http://127.0.0.1:\(port)/hook"])
        case "/busy": return Response(status: .serviceUnavailable)
        case "/gone": return Response(status: .gone)
        case "/slow":
            try await Task.sleep(for: .seconds(30))
            return Response(status: .ok)
        case "/huge":
            let body = ByteBuffer(repeating: UInt8(ascii: "x"), count: 5 << 20)
            return Response(status: .ok, body: ResponseBody(byteBuffer: body))
        default: return Response(status: .ok)
        }
    }

    /// Runs a server beside a test.
    static func with<Result: Sendable>(
        _ body: @Sendable (Receiver) async throws -> Result
    ) async throws -> Result {
        let current = Mutex<Receiver?>(nil)
        let routes: @Sendable (Router<OliverRequestContext>) -> Void = { router in
            router.post("/**") { request, _ in
                guard let receiver = current.withLock({ $0 }) else { return Response(status: .serviceUnavailable) }
                return try await receiver.answer(request)
            }
        }
        return try await TestServer.with(routes: routes) { server in
            let receiver = Receiver(port: server.port)
            current.withLock { $0 = receiver }
            return try await body(receiver)
        }
    }
}
