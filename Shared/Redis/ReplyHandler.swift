internal import DequeModule
internal import NIOCore

/// Gives each reply of a connection to those who wait for it, in the order in which commands were sent.
///
/// The first thing that goes wrong ends the connection, and with it all that waits.
final class ReplyHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private struct Waiting {
        var replies: any AwaitedReplies
        var timeout: Duration
        var since: NIODeadline
    }

    private let reader = ReplyReader()
    private var waiting = Deque<Waiting>()
    private var context: ChannelHandlerContext?
    private var lastRead = NIODeadline.uptimeNanoseconds(0)
    private var timer: (due: NIODeadline, task: Scheduled<Void>)?

    /// Sends commands whose replies somebody awaits.
    ///
    /// `timeout` is how long the server may be silent meanwhile.
    func send(_ commands: ByteBuffer, _ replies: some AwaitedReplies, _ timeout: Duration) {
        guard let context, context.channel.isActive else {
            return replies.fail(RedisError(.connectionLost, "the connection is closed"))
        }
        let now = context.eventLoop.now
        waiting.append(Waiting(replies: replies, timeout: timeout, since: now))
        watch(until: now + TimeAmount(timeout), context)
        context.writeAndFlush(wrapOutboundOut(commands), promise: nil)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        fail(RedisError(.connectionLost, "the connection is closed"), context)
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(RedisError(.connectionLost, "the connection was closed"), context)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(RedisError(.connectionLost, "\(error)"), context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        lastRead = context.eventLoop.now
        do throws(RedisError) {
            try reader.feed(unwrapInboundIn(data))
            while try reader.next(take) {}
        } catch {
            fail(error, context)
        }
    }

    private func take(_ reply: ReplyView) throws(RedisError) {
        guard let first = waiting.first else {
            throw RedisError(.connectionLost, "the server said something unasked")
        }
        if first.replies.take(reply) { waiting.removeFirst() }
    }

    /// Closes the connection, and then tells those who wait: they must not find it usable.
    private func fail(_ error: RedisError, _ context: ChannelHandlerContext) {
        timer?.task.cancel()
        timer = nil
        let failed = exchange(&waiting, with: [])
        context.close(promise: nil)
        for exchange in failed { exchange.replies.fail(error) }
    }

    /// Sees to it that the clock is looked at by then; one timer serves all commands that follow each other closely.
    private func watch(until due: NIODeadline, _ context: ChannelHandlerContext) {
        if let timer {
            if timer.due <= due { return }
            timer.task.cancel()
        }
        let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
        let task = context.eventLoop.scheduleTask(deadline: due) {
            bound.value.handler.lookAtClock(bound.value.context)
        }
        timer = (due, task)
    }

    private func lookAtClock(_ context: ChannelHandlerContext) {
        timer = nil
        guard let first = waiting.first else { return }
        let due = max(first.since, lastRead) + TimeAmount(first.timeout)
        if due <= context.eventLoop.now {
            fail(RedisError(.timeout, "no answer within \(first.timeout)"), context)
        } else {
            watch(until: due, context)
        }
    }
}

@available(*, unavailable)
extension ReplyHandler: Sendable {}
