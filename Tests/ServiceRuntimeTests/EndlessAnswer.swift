import Hummingbird
import NIOCore
import ServiceRuntime
import TestSupport

/// A route whose answer has more bytes than any buffer on the way.
struct EndlessAnswer {
    static let parts = 16_384
    static let partBytes = 64 << 10
    static let bytes = parts * partBytes

    /// How many parts were taken from it, and why no more.
    struct End {
        let parts: Int
        let error: (any Error)?
    }

    private let ends: AsyncStream<End>
    let routes: @Sendable (Router<OliverRequestContext>) -> Void

    init(length: Int?) {
        let (ends, end) = AsyncStream.makeStream(of: End.self)
        self.ends = ends
        routes = { router in
            router.get("endless") { _, _ in
                let body = ResponseBody(contentLength: length) { writer in
                    var written = 0
                    do {
                        while written < Self.parts {
                            try await writer.write(ByteBuffer(repeating: 0x20, count: Self.partBytes))
                            written += 1
                        }
                        try await writer.finish(nil)
                        end.yield(End(parts: written, error: nil))
                    } catch {
                        end.yield(End(parts: written, error: error))
                        throw error
                    }
                }
                return Response(status: .ok, body: body)
            }
        }
    }

    /// How it ends for a client that reads only its beginning, and then does something else.
    func end(on server: TestServer, _ meanwhile: () async throws -> Void) async throws -> End {
        try await RawConnection.with(port: server.port) { client in
            try await client.send("GET /endless HTTP/1.1\r\nHost: a\r\n\r\n")
            guard try await client.receive(until: "200 OK") else { throw CancellationError() }
            try await meanwhile()
            for await end in ends { return end }
            throw CancellationError()
        }
    }
}
