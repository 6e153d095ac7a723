import HTTPTypes
import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
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
        let server = Server(
            childChannelSetup: RequestChannel(limits: limits) { request, connection in
                try await answer(request, on: connection)
            },
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

    private func answer(_ request: Request, on connection: HTTPConnection) async throws -> Response {
        if expectsContinue(request) { try connection.writeContinue() }
        return try await front.respond(to: request, from: connection.channel.remoteAddress)
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
