import NIOCore
import NIOHTTPTypes

/// Closes connections whose request arrives too slowly or whose answer is not read.
///
/// A new connection has least time: who opens many and sends nothing would keep everybody else out.
///
/// The server's idle timeout catches silence; this catches a steady drip. One timer per connection, no clock per
/// request: time is counted in the timer's ticks, so a limit is kept to within a quarter of itself.
final class ConnectionDeadlineHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private static let ticksPerLimit: Int64 = 4

    private let tick: TimeAmount
    private let headLimit: Int64
    private let requestLimit: Int64
    private let responseLimit: Int64
    private var now: Int64 = 0
    private var hasHead = false
    private var readingSince: Int64?
    private var blockedSince: Int64?
    private var timer: RepeatedTask?

    init(configuration: HTTPConfiguration) {
        let shorter = min(configuration.headTimeout, configuration.requestTimeout, configuration.responseTimeout)
        let nanoseconds = max(1_000_000, shorter.nanoseconds / Self.ticksPerLimit)
        tick = .nanoseconds(nanoseconds)
        headLimit = max(1, configuration.headTimeout.nanoseconds / nanoseconds)
        requestLimit = max(1, configuration.requestTimeout.nanoseconds / nanoseconds)
        responseLimit = max(1, configuration.responseTimeout.nanoseconds / nanoseconds)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive {
            start(context)
        }
    }

    func channelActive(context: ChannelHandlerContext) {
        start(context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        stop()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        stop()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            hasHead = true
            readingSince = now
        case .end: readingSince = nil
        case .body: break
        }
        context.fireChannelRead(data)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        blockedSince = context.channel.isWritable ? nil : now
        context.fireChannelWritabilityChanged()
    }

    private func start(_ context: ChannelHandlerContext) {
        guard timer == nil else { return }
        let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleRepeatedTask(initialDelay: tick, delay: tick) { _ in
            bound.value.handler.ticked(bound.value.context)
        }
    }

    private func stop() {
        timer?.cancel()
        timer = nil
    }

    private func ticked(_ context: ChannelHandlerContext) {
        now += 1
        let isSlowRequest = readingSince.map { now - $0 > requestLimit } ?? false
        let isSilent = !hasHead && now > headLimit
        let isSlowReader = blockedSince.map { now - $0 > responseLimit } ?? false
        if isSilent || isSlowRequest || isSlowReader {
            context.close(promise: nil)
        }
    }
}

@available(*, unavailable)
extension ConnectionDeadlineHandler: Sendable {}

extension Duration {
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
