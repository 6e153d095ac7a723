import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTPTypes
import Testing

@testable import ServiceRuntime

/// What no client can see for sure: when requests are taken and bytes are read.
@MainActor struct HTTPPartHandlerTests {
    private let handler = HTTPPartHandler()
    private let channel: EmbeddedChannel

    init() throws {
        channel = EmbeddedChannel(handler: handler)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    }

    private func receive(_ path: String) throws {
        let head = HTTPRequest(method: .head, scheme: "http", authority: "a", path: path)
        try channel.writeInbound(HTTPRequestPart.head(head))
        try channel.writeInbound(HTTPRequestPart.end(nil))
    }

    @Test func `takes no request while the answers before are not read`() async throws {
        try receive("/next")
        channel.isWritable = false
        var isReading = false
        let taking = Task.immediate {
            let head = try await handler.takeHead()
            return (path: head?.path, isReading: isReading)
        }
        isReading = true
        channel.isWritable = true
        channel.pipeline.fireChannelWritabilityChanged()
        let taken = try await taking.value
        #expect(taken.path == "/next")
        #expect(taken.isReading)
    }

    @Test func `a cancelled task takes no request`() async throws {
        let taking = Task.immediate { try await handler.takeHead() }
        taking.cancel()
        handler.wake()
        await #expect(throws: CancellationError.self) { try await taking.value }
        try receive("/late")
        let late = Task.immediate {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await handler.takeHead()
        }
        await #expect(throws: CancellationError.self) { try await late.value }
    }

    @Test func `reads of a request that is over take nothing of the next`() async throws {
        try receive("/first")
        #expect(try await handler.takeHead()?.path == "/first")
        let first = handler.requestNumber
        try receive("/second")
        #expect(try await handler.takeHead()?.path == "/second")
        await #expect(throws: (any Error).self) { _ = try await handler.takeBodyPart(ofRequest: first) }
        #expect(try await handler.takeBodyPart(ofRequest: handler.requestNumber) == nil)
    }
}
