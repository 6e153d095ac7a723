import HTTPTypes
import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import ServiceLifecycle

/// Serves an ``HTTPFront`` on a port.
///
/// Graceful shutdown stops accepting, closes idle connections, finishes requests that have begun and then returns.
/// Cancellation closes what is left.
package struct HTTPServer: Service {
    private let front: HTTPFront
    private let host: String
    private let port: Int
    private let logger: Logger
    private let onListening: @Sendable (_ port: Int) async -> Void

    /// Makes a server that listens once it runs.
    ///
    /// The port 0 takes a free one; `onListening` is told which, once connections are accepted.
    package init(
        front: HTTPFront,
        host: String,
        port: Int,
        logger: Logger,
        onListening: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) {
        self.front = front
        self.host = host
        self.port = port
        self.logger = logger
        self.onListening = onListening
    }

    package func run() async throws {
        let limits = front.configuration
        let channel = HTTP1Channel(
            responder: { request, writer, channel in
                try await respond(to: request, from: channel.remoteAddress, writer: writer)
            },
            configuration: channelConfiguration
        )
        let server = Server(
            childChannelSetup: LoopBoundChannel(channel),
            configuration: ServerConfiguration(
                address: .hostname(host, port: port),
                backlog: 1024,
                availableConnectionsDelegate: MaximumAvailableConnections(limits.maxConnections, logger: logger)
            ),
            onServerRunning: { channel in await onListening(channel.localAddress?.port ?? port) },
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: logger
        )
        try await server.run()
    }

    private var channelConfiguration: HTTP1Channel.Configuration {
        let limits = front.configuration
        return HTTP1Channel.Configuration(
            additionalChannelHandlers: [ConnectionDeadlineHandler(configuration: limits)],
            idleTimeout: .nanoseconds(limits.idleTimeout.nanoseconds),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: limits.maxHeaderBytes,
                maxHeaderListSize: limits.maxHeaderBytes,
                maxHeaderFieldCount: 128
            )
        )
    }

    @concurrent
    private func respond(
        to request: Request,
        from address: SocketAddress?,
        writer: consuming ResponseWriter
    ) async throws {
        if expectsContinue(request) {
            try await writer.writeInformationalHead(HTTPResponse(status: .continue))
        }
        let response = try await front.respond(to: request, from: address)
        do {
            try await writer.write(response: response.head, body: response.body)
        } catch is HTTPParserError {
            // Thrown on, it would make the channel write a second answer.
            throw AnswerInterrupted()
        }
    }

    /// Whether the client waits for leave to send its body.
    ///
    /// Too large a body gets none, but its 413.
    private func expectsContinue(_ request: Request) -> Bool {
        guard request.headers.value(of: .expect)?.lowercased() == "100-continue" else { return false }
        let declared = request.headers.value(of: .contentLength).flatMap { Int($0) } ?? 0
        return declared <= front.configuration.maxBodySize
    }
}

/// The client's bytes stopped being HTTP while its answer was being written.
private struct AnswerInterrupted: Error {}
