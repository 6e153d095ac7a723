import HTTPTypes
import Hummingbird
import NIOCore
import ServiceRuntime
import Synchronization
import TestSupport

/// A real HTTP server that answers requests for a price map as a test tells it to.
final class MapServer: Sendable {
    typealias Answer = @Sendable (Request) async throws -> Response

    private struct State {
        var answers: [Answer]
        var requests = 0
    }

    private let state: Mutex<State>
    private let port: Int

    private init(port: Int, state: consuming sending [Answer]) {
        self.port = port
        self.state = Mutex(State(answers: state))
    }

    /// Where the map is.
    var url: String { "http://127.0.0.1:\(port)/map.json" }

    /// How many requests came.
    var requests: Int { state.withLock { $0.requests } }

    /// What the next requests get; the last answer goes for all that follow.
    func answer(_ answers: Answer...) {
        state.withLock { $0.answers = answers }
    }

    private func respond(to request: Request) async throws -> Response {
        let answer = state.withLock { state in
            state.requests += 1
            return state.answers.count > 1 ? state.answers.removeFirst() : state.answers[0]
        }
        return try await answer(request)
    }

    /// Runs a server beside a test.
    static func with<Result: Sendable>(
        _ body: @Sendable (MapServer) async throws -> Result
    ) async throws -> Result {
        let current = Mutex<MapServer?>(nil)
        let routes: @Sendable (Router<OliverRequestContext>) -> Void = { router in
            router.get("/**") { request, _ in
                guard let server = current.withLock({ $0 }) else { return Response(status: .serviceUnavailable) }
                return try await server.respond(to: request)
            }
        }
        return try await TestServer.with(routes: routes) { server in
            let mapServer = MapServer(port: server.port, state: [{ _ in Response(status: .notFound) }])
            current.withLock { $0 = mapServer }
            return try await body(mapServer)
        }
    }

    /// An answer with a body.
    static func body(
        _ text: String,
        type: String? = "text/plain; charset=utf-8",
        etag: String? = nil
    ) -> Answer {
        { _ in
            var headers = HTTPFields()
            if let type { headers[.contentType] = type }
            if let etag { headers[.eTag] = etag }
            return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
        }
    }

    /// An answer without a body.
    static func status(_ status: HTTPResponse.Status, location: String? = nil) -> Answer {
        { _ in
            var headers = HTTPFields()
            if let location { headers[.location] = location }
            return Response(status: status, headers: headers)
        }
    }

    /// A map that its server says is the one the client knows, when it is.
    static func tagged(_ text: String, etag: String) -> Answer {
        { request in
            if request.headers[.ifNoneMatch] == etag { return Response(status: .notModified) }
            return try await body(text, etag: etag)(request)
        }
    }

    /// A body that comes in parts: what the closure gives for 0, 1, 2 … until it gives nothing.
    static func stream(
        length: Int? = nil,
        _ part: @escaping @Sendable (Int) async throws -> ByteBuffer?
    ) -> Answer {
        { _ in
            var headers: HTTPFields = [.contentType: "application/json"]
            if let length { headers[.contentLength] = String(length) }
            let body = ResponseBody(contentLength: length) { writer in
                var index = 0
                while let next = try await part(index) {
                    try await writer.write(next)
                    index += 1
                }
                try await writer.finish(nil)
            }
            return Response(status: .ok, headers: headers, body: body)
        }
    }
}
