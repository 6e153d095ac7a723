import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// The end of a connection's pipeline: keeps the parts of requests until the connection's task takes them, and writes
/// the parts of its answers.
///
/// Handler and task share the connection's event loop. So nothing is locked, and a request that has arrived whole is
/// handed over whole; `NIOAsyncChannel`, made for tasks that run anywhere, hands over each part by itself.
final class HTTPPartHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private enum Input {
        case open
        case closed
        case failed(HTTPParserError)
    }

    /// Nothing more is read when so many parts wait to be taken, until so few are left: the figures of `NIOAsyncChannel`.
    ///
    /// A single read may bring thousands, of small requests.
    private static let mostParts = 10
    private static let fewParts = 2

    private var context: ChannelHandlerContext?
    private var parts = CircularBuffer<HTTPRequestPart>()
    private var input = Input.open
    private var isInBody = false
    private var hasPausedRead = false
    private var taker: CheckedContinuation<Void, Never>?
    private var writer: CheckedContinuation<Void, Never>?
    /// Which request of the connection was taken last.
    private(set) var requestNumber = 0

    // MARK: For the connection's task

    /// Takes the head of the next request; nothing when the client sends no more.
    ///
    /// What is left of the request before is passed over. While a client does not read its answers, no more of its
    /// requests are taken.
    ///
    /// - Throws: `HTTPParserError` when the bytes were no HTTP, or ended in the middle of a request, after the requests
    ///   that came before; `CancellationError` when the task was cancelled.
    func takeHead() async throws -> HTTPRequest? {
        try Task.checkCancellation()
        try await untilWritable()
        while let part = try await takePart() {
            if case .head(let head) = part { return head }
        }
        return nil
    }

    /// Takes the next part of a request's body; nothing when it is over.
    ///
    /// - Throws: As ``takeHead()``; a body without its end is never taken for a whole one.
    func takeBodyPart(ofRequest number: Int) async throws -> ByteBuffer? {
        guard number == requestNumber else { throw HTTPParserError.invalidEOFState }
        guard isInBody else { return nil }
        switch try await takePart() {
        case .body(let buffer): return buffer
        case .end: return nil
        case .head, nil: throw HTTPParserError.invalidEOFState
        }
    }

    /// Takes the rest of a request whose head was taken; nothing when some of it is still to come.
    func takeWholeBody() -> ByteBuffer? {
        switch parts.first {
        case .end:
            takeFirst()
            return ByteBuffer()
        case .body(let buffer):
            guard parts.count > 1, case .end = parts[offset: 1] else { return nil }
            takeFirst()
            takeFirst()
            return buffer
        case .head, nil:
            return nil
        }
    }

    /// Writes a part of an answer, which is sent with the next ``flush()``.
    ///
    /// - Throws: `ChannelError.ioOnClosedChannel` when the connection is gone.
    func write(_ part: HTTPResponsePart) throws {
        guard let context else { throw ChannelError.ioOnClosedChannel }
        context.write(wrapOutboundOut(part), promise: nil)
    }

    /// Sends what was written.
    func flush() {
        context?.flush()
    }

    /// Whether the client reads its answers as fast as they are written.
    var isWritable: Bool { context?.channel.isWritable ?? true }

    /// Waits while the client reads too slowly.
    ///
    /// - Throws: `CancellationError` when the task was cancelled.
    func untilWritable() async throws {
        while !isWritable {
            try Task.checkCancellation()
            guard writer == nil else { throw TwoTasks() }
            await withCheckedContinuation { writer = $0 }
        }
    }

    /// Sends what was written and, when the client has taken it, that nothing more comes.
    ///
    /// - Throws: When the connection ends before.
    func finishWriting() async throws {
        guard let context else { return }
        // Bytes behind all others: to close the output of a client that has closed its own would drop what waits.
        let encoder = try context.pipeline.syncOperations.context(handlerType: HTTPResponseEncoder.self)
        let sent = context.eventLoop.makePromise(of: Void.self)
        encoder.writeAndFlush(NIOAny(IOData.byteBuffer(ByteBuffer())), promise: sent)
        try await sent.futureResult.get()
        self.context?.close(mode: .output, promise: nil)
    }

    /// Takes and throws away what the client still sends, until it sends no more.
    ///
    /// - Throws: `CancellationError` when the task was cancelled.
    func passOverInput() async throws {
        do {
            while try await takePart() != nil {}
        } catch is HTTPParserError {
            // It ended in the middle.
        }
    }

    /// Has who waits look whether its task was cancelled.
    func wake() {
        wakeTaker()
        wakeWriter()
    }

    // MARK: For the pipeline

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    /// The connection is gone; `HTTPConnectionStateHandler` keeps `channelInactive` to itself.
    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        close(with: .closed)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .open = input else { return }
        parts.append(unwrapInboundIn(data))
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if !parts.isEmpty { wakeTaker() }
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        if parts.count < Self.mostParts {
            context.read()
        } else {
            hasPausedRead = true
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { wakeWriter() }
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event { close(with: .closed) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Also a reset in the middle of a request is an end where none may be.
        close(with: .failed(error as? HTTPParserError ?? .invalidEOFState))
        context.fireErrorCaught(error)
    }

    private func takePart() async throws -> HTTPRequestPart? {
        while parts.isEmpty {
            switch input {
            case .open:
                try Task.checkCancellation()
                guard taker == nil else { throw TwoTasks() }
                await withCheckedContinuation { taker = $0 }
            case .closed: return nil
            case .failed(let error): throw error
            }
        }
        return takeFirst()
    }

    @discardableResult
    private func takeFirst() -> HTTPRequestPart {
        let part = parts.removeFirst()
        switch part {
        case .head:
            isInBody = true
            requestNumber += 1
        case .body: break
        case .end: isInBody = false
        }
        if hasPausedRead, parts.count <= Self.fewParts {
            hasPausedRead = false
            context?.read()
        }
        return part
    }

    private func close(with end: Input) {
        if case .open = input { input = end }
        wake()
    }

    private func wakeTaker() {
        taker.take()?.resume()
    }

    private func wakeWriter() {
        writer.take()?.resume()
    }
}

@available(*, unavailable)
extension HTTPPartHandler: Sendable {}

/// Two tasks read one body, or write one answer.
private struct TwoTasks: Error {}
