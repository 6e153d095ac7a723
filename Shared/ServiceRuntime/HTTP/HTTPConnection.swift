import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// One client's connection, as its task sees it: requests come out of it in order, answers go into it.
///
/// To be used on the connection's event loop only; what routes get of it, the bodies, works anywhere.
struct HTTPConnection: ServerChildChannelValue {
    let channel: any Channel
    private let handler: NIOLoopBound<HTTPPartHandler>

    /// Makes the connection of a channel whose pipeline ends with this handler.
    init(channel: any Channel, handler: HTTPPartHandler) {
        self.channel = channel
        self.handler = NIOLoopBound(handler, eventLoop: channel.eventLoop)
    }

    /// Waits for the next request; nothing when the client sends no more.
    ///
    /// A body that has not come whole is read from the connection part by part; what nobody reads is passed over.
    ///
    /// - Throws: As ``HTTPPartHandler/takeHead()``.
    func takeRequest() async throws -> Request? {
        guard let head = try await handler.value.takeHead() else { return nil }
        if let whole = handler.value.takeWholeBody() { return Request(head: head, body: RequestBody(buffer: whole)) }
        let parts = RequestBodyParts(handler: handler, number: handler.value.requestNumber)
        return Request(head: head, body: RequestBody(asyncSequence: parts))
    }

    /// Tells a client that waits for leave to send its body to go on.
    func writeContinue() throws {
        try handler.value.write(.head(HTTPResponse(status: .continue)))
        handler.value.flush()
    }

    /// Writes an answer.
    ///
    /// One of unknown length is sent part by part, others when they are complete or the client has much to read.
    ///
    /// - Throws: When it could not be written whole: the connection cannot be used any more.
    func write(_ response: Response) async throws {
        try handler.value.write(.head(response.head))
        do {
            let writer = AnswerWriter(handler: handler, sendsParts: response.body.contentLength == nil)
            try await response.body.write(writer)
        } catch is HTTPParserError {
            // Of a body that is read while it is answered: thrown on, it would be answered once more.
            throw AnswerInterrupted()
        }
    }

    /// Writes an answer without a body, the connection's last.
    func writeLast(_ status: HTTPResponse.Status) throws {
        let fields: HTTPFields = [.connection: "close", .contentLength: "0"]
        try handler.value.write(.head(HTTPResponse(status: status, headerFields: fields)))
        try handler.value.write(.end(nil))
    }

    /// Sends nothing more than was written, and waits until the client closes the connection, too.
    ///
    /// What it still sends is read: a connection that is closed with bytes unread is reset, which can take the answer
    /// from the client. The limits of a connection bound it.
    ///
    /// - Throws: When the connection ends before all was sent.
    func finish() async throws {
        try await withTaskCancellationHandler {
            try await handler.value.finishWriting()
            try await handler.value.passOverInput()
            try await channel.closeFuture.get()
        } onCancel: {
            channel.close(promise: nil)
        }
    }

    /// Has who waits for the client look whether its task was cancelled; to be called from anywhere.
    func wake() {
        handler.wake()
    }
}

/// The client's bytes stopped being HTTP while its answer was being written.
private struct AnswerInterrupted: Error {}

extension NIOLoopBound where Value == HTTPPartHandler {
    fileprivate func wake() {
        eventLoop.execute { value.wake() }
    }
}

// Bodies may be read and written by routes that work elsewhere: they go to the connection's event loop themselves.

/// The parts of a body as they come.
private struct RequestBodyParts: AsyncSequence, AsyncIteratorProtocol, Sendable {
    let handler: NIOLoopBound<HTTPPartHandler>
    let number: Int

    func makeAsyncIterator() -> Self { self }

    @concurrent
    func next() async throws -> ByteBuffer? {
        guard handler.eventLoop.inEventLoop else {
            return try await withTaskExecutorPreference(EventLoopExecutor(handler.eventLoop)) { try await next() }
        }
        return try await withTaskCancellationHandler {
            try await handler.value.takeBodyPart(ofRequest: number)
        } onCancel: {
            handler.wake()
        }
    }
}

/// Writes an answer's body.
private struct AnswerWriter: ResponseBodyWriter {
    let handler: NIOLoopBound<HTTPPartHandler>
    let sendsParts: Bool

    @concurrent
    func write(_ buffer: ByteBuffer) async throws {
        guard handler.eventLoop.inEventLoop else {
            return try await withTaskExecutorPreference(EventLoopExecutor(handler.eventLoop)) {
                try await write(buffer)
            }
        }
        try handler.value.write(.body(buffer))
        guard sendsParts || !handler.value.isWritable else { return }
        handler.value.flush()
        try await withTaskCancellationHandler {
            try await handler.value.untilWritable()
        } onCancel: {
            handler.wake()
        }
    }

    @concurrent
    func finish(_ trailingHeaders: HTTPFields?) async throws {
        guard handler.eventLoop.inEventLoop else {
            return try await withTaskExecutorPreference(EventLoopExecutor(handler.eventLoop)) {
                try await finish(trailingHeaders)
            }
        }
        try handler.value.write(.end(trailingHeaders))
        handler.value.flush()
    }
}
