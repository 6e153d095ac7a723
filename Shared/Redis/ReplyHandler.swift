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
    /// Why there will be no more replies.
    private var end: RedisError?
    /// When bytes last came, or the last of a command went.
    private var lastMove = NIODeadline.uptimeNanoseconds(0)
    private var timer: (due: NIODeadline, task: Scheduled<Void>)?
    private var isLastLook = false

    /// Sends commands whose replies somebody awaits.
    ///
    /// `timeout` is how long the server may be silent meanwhile.
    func send(_ commands: ByteBuffer, _ replies: some AwaitedReplies, _ timeout: Duration) {
        guard let context, context.channel.isActive else {
            return replies.fail(end ?? RedisError(.connectionLost, "the connection is closed"))
        }
        let now = context.eventLoop.now
        waiting.append(Waiting(replies: replies, timeout: timeout, since: now))
        watch(until: now + TimeAmount(timeout), context)
        let written = context.eventLoop.makePromise(of: Void.self)
        // A failure closes the channel, which everybody hears of.
        written.futureResult.assumeIsolated().whenSuccess { self.lastMove = written.futureResult.eventLoop.now }
        context.writeAndFlush(wrapOutboundOut(commands), promise: written)
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
        lastMove = context.eventLoop.now
        do throws(RedisError) {
            try reader.feed(unwrapInboundIn(data))
            while try reader.next({ reply throws(RedisError) in try take(reply, context) }) {}
        } catch {
            fail(error, context)
        }
    }

    private func take(_ reply: ReplyView, _ context: ChannelHandlerContext) throws(RedisError) {
        guard let first = waiting.first else {
            // A server that has no room for a client says so before it is asked.
            throw reply.error ?? RedisError(.connectionLost, "the server said something unasked")
        }
        guard first.replies.take(reply) else { return }
        waiting.removeFirst()
        if let next = waiting.first { watch(until: due(next), context) }
    }

    private func due(_ waiting: Waiting) -> NIODeadline {
        max(waiting.since, lastMove) + TimeAmount(waiting.timeout)
    }

    /// Closes the connection, and then tells those who wait: they must not find it usable.
    private func fail(_ error: RedisError, _ context: ChannelHandlerContext) {
        timer?.task.cancel()
        timer = nil
        end = end ?? error
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

    /// Gives up when nothing has moved for too long, at the second look: a process that stood still itself has not yet
    /// read what came meanwhile.
    private func lookAtClock(_ context: ChannelHandlerContext) {
        timer = nil
        guard let first = waiting.first else {
            isLastLook = false
            return
        }
        let due = due(first)
        guard due <= context.eventLoop.now else {
            isLastLook = false
            return watch(until: due, context)
        }
        guard isLastLook else {
            isLastLook = true
            return watch(until: context.eventLoop.now + .milliseconds(10), context)
        }
        fail(RedisError(.timeout, "no answer within \(first.timeout)"), context)
    }
}

@available(*, unavailable)
extension ReplyHandler: Sendable {}
