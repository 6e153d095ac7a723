import NIOCore
import NIOPosix
import Synchronization

/// A server of which a test decides each byte.
///
/// It is made of plain channels: an asynchronous one that is dropped before its turn comes ends the process.
final class RawServer: Sendable {
    private struct State {
        var port = 0
        var connections = 0
        var requests: [String] = []
    }

    private let state = Mutex(State())

    var port: Int { state.withLock { $0.port } }
    /// Without a slash at the end.
    var url: String { "http://127.0.0.1:\(port)" }
    /// How many connections were made to it.
    var connections: Int { state.withLock { $0.connections } }
    /// The requests that came, in their order, as they were written.
    var requests: [String] { state.withLock { $0.requests } }

    /// The other end of a client's connection, which is closed after the server's part is done.
    struct Peer {
        fileprivate let server: RawServer
        fileprivate let channel: any Channel
        fileprivate var input: AsyncStream<String>.Iterator
        /// The request that came last.
        private(set) var last = ""

        fileprivate init(_ server: RawServer, _ connection: Connection) {
            self.server = server
            channel = connection.channel
            input = connection.input.makeAsyncIterator()
        }

        /// Waits for a request and its body; false when the client has closed.
        mutating func request() async throws -> Bool {
            // Clients here send nothing more before they have an answer.
            var text = ""
            while !Self.isWhole(text) {
                guard let part = await input.next(isolation: #isolation) else { return false }
                text += part
            }
            last = text
            server.state.withLock { $0.requests.append(text) }
            return true
        }

        /// Waits until the client has closed.
        mutating func close() async {
            while await input.next(isolation: #isolation) != nil {}
        }

        func send(_ text: String) async throws {
            try await channel.writeAndFlush(ByteBuffer(string: text))
        }

        private static func isWhole(_ text: String) -> Bool {
            guard let head = text.firstRange(of: "\r\n\r\n") else { return false }
            let length = text[..<head.lowerBound].lowercased().split(separator: "\r\n")
                .first { $0.hasPrefix("content-length: ") }
                .flatMap { Int($0.dropFirst("content-length: ".count)) }
            return text[head.upperBound...].utf8.count >= length ?? 0
        }
    }

    /// Runs a server beside a test.
    static func with<Result>(
        _ serve: @escaping @Sendable (inout Peer) async throws -> Void,
        _ body: (RawServer) async throws -> Result
    ) async throws -> Result {
        let server = RawServer()
        let (connections, accepted) = AsyncStream.makeStream(of: Connection.self, bufferingPolicy: .unbounded)
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let (input, received) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .unbounded)
                    try channel.pipeline.syncOperations.addHandler(Feed(received))
                    server.state.withLock { $0.connections += 1 }
                    accepted.yield(Connection(channel: channel, input: input))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        server.state.withLock { $0.port = listener.localAddress?.port ?? 0 }
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                await withDiscardingTaskGroup { group in
                    for await connection in connections { group.addTask { await server.run(connection, serve) } }
                }
            }
            defer {
                tasks.cancelAll()
                listener.close(promise: nil)
            }
            return try await body(server)
        }
    }

    private func run(_ connection: Connection, _ serve: @Sendable (inout Peer) async throws -> Void) async {
        var peer = Peer(self, connection)
        // A client that goes away in the middle is what many tests are about.
        try? await serve(&peer)
        try? await connection.channel.close()
    }

    fileprivate struct Connection: Sendable {
        let channel: any Channel
        let input: AsyncStream<String>
    }

    /// Passes on what comes.
    private final class Feed: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let received: AsyncStream<String>.Continuation

        init(_ received: AsyncStream<String>.Continuation) {
            self.received = received
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            received.yield(String(buffer: unwrapInboundIn(data)))
        }

        func channelInactive(context: ChannelHandlerContext) {
            received.finish()
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }
    }
}

/// Counts who came, and lets others wait until enough did.
actor Arrivals {
    private var count = 0
    private var waiting: [(count: Int, continuation: AsyncStream<Void>.Continuation)] = []

    /// Comes, and says as which.
    @discardableResult
    func arrive() -> Int {
        count += 1
        for waiter in waiting where waiter.count <= count { waiter.continuation.finish() }
        waiting.removeAll { $0.count <= count }
        return count
    }

    /// Waits; a cancelled task does not.
    func wait(for count: Int) async {
        guard self.count < count else { return }
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingOldest(1))
        waiting.append((count, continuation))
        for await _ in stream {}
    }
}
