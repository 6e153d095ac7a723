import NIOCore
import NIOPosix

/// A client that sends and receives bytes as they are.
struct RawConnection {
    private let channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>

    static func with<Result: Sendable>(
        port: Int,
        receiveBuffer: Int32 = 1 << 20,
        _ body: (inout Exchange) async throws -> Result
    ) async throws -> Result {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelOption(.socketOption(.so_rcvbuf), value: .init(receiveBuffer))
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel,
                        configuration: .init(isOutboundHalfClosureEnabled: true)
                    )
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            var exchange = Exchange(input: inbound.makeAsyncIterator(), output: outbound)
            return try await body(&exchange)
        }
    }

    struct Exchange {
        var input: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
        let output: NIOAsyncChannelOutboundWriter<ByteBuffer>
        var received = ""

        func send(_ text: String) async throws {
            try await output.write(ByteBuffer(string: text))
        }

        /// Reads until the text appears or the connection ends; says whether it appeared.
        mutating func receive(until text: String) async throws -> Bool {
            while !received.contains(text) {
                guard let part = try await input.next(isolation: #isolation) else { return false }
                received += String(buffer: part)
            }
            return true
        }

        /// Reads until the other side closes.
        mutating func receiveAll() async -> String {
            do {
                while let part = try await input.next(isolation: #isolation) {
                    received += String(buffer: part)
                }
            } catch {
                // A reset ends a connection as well.
            }
            return received
        }
    }
}
