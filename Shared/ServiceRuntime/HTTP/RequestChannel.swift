import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypesHTTP1

/// HTTP/1.1 connections whose requests are worked on where their bytes arrive: on the connection's own event loop.
///
/// The concurrency pool has its threads beside those of the event loops. Each request would change threads at its head,
/// its answer and wherever it waits, which costs more than most requests themselves.
///
/// > Warning: A handler that computes for long holds up the other connections of its loop, as it would hold up a thread
/// > of the pool: there are as many of one kind as of the other. Blocking calls belong on a `BlockingExecutor`.
struct RequestChannel: ServerChildChannel {
    /// The limits of a connection.
    let limits: HTTPConfiguration
    /// Answers a request.
    ///
    /// What it throws ends the connection: with 400, when the client's bytes were no HTTP.
    let answer: @Sendable (_ request: Request, _ connection: HTTPConnection) async throws -> Response

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTPConnection> {
        channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            var decoding = NIOHTTPDecoderLimitConfiguration()
            decoding.maxHeaderFieldSize = limits.maxHeaderBytes
            decoding.maxHeaderListSize = limits.maxHeaderBytes
            decoding.maxHeaderFieldCount = 128
            try pipeline.configureHTTPServerPipeline(
                withPipeliningAssistance: false,  // The handler keeps what comes early.
                withErrorHandling: false,
                withOutboundHeaderValidation: false,  // The HTTP types see to it.
                withEncoderConfiguration: .init(),
                withDecoderLimitConfiguration: decoding
            )
            // Of small requests a read brings thousands: a look at the other connections comes between two.
            try channel.syncOptions?.setOption(.maxMessagesPerRead, value: 1)
            let handler = HTTPPartHandler()
            try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: false))
            try pipeline.addHandler(ConnectionDeadlineHandler(configuration: limits))
            try pipeline.addHandler(HTTPConnectionStateHandler(idleTimeout: limits.idleTimeout, logger: logger))
            try pipeline.addHandler(handler)
            return HTTPConnection(channel: channel, handler: handler)
        }
    }

    func handle(value connection: HTTPConnection, logger: Logger) async {
        await withTaskExecutorPreference(EventLoopExecutor(connection.channel.eventLoop)) {
            await withTaskCancellationHandler {
                await serve(connection, logger)
            } onCancel: {
                connection.wake()
            }
        }
    }

    private func serve(_ connection: HTTPConnection, _ logger: Logger) async {
        do {
            do {
                while let request = try await connection.takeRequest() {
                    let response = try await answer(request, connection)
                    try await connection.write(response)
                    if isLast(request.headers) || isLast(response.headers) { break }
                }
            } catch is HTTPParserError {
                try connection.writeLast(.badRequest)
            }
            try await connection.finish()
        } catch {
            logger.trace("connection ended", error: error)
            connection.channel.close(promise: nil)
        }
    }

    /// Whether a request or an answer says that the connection ends with it.
    private func isLast(_ headers: HTTPFields) -> Bool {
        guard let options = headers.value(of: .connection) else { return false }
        return options.lowercased().split(separator: ",").contains { $0.trimmingSpaces() == "close" }
    }
}
