import HummingbirdCore
import Logging
import NIOCore

/// HTTP/1.1 connections whose requests are worked on where their bytes arrive: on the connection's own event loop.
///
/// The concurrency pool has its threads beside those of the event loops. Each request would change threads at its head,
/// its answer and wherever it waits, which costs more than most requests themselves.
///
/// > Warning: A handler that computes for long holds up the other connections of its loop, as it would hold up a thread
/// > of the pool: there are as many of one kind as of the other. Blocking calls belong on a `BlockingExecutor`.
struct LoopBoundChannel: ServerChildChannel {
    private let base: HTTP1Channel

    init(_ base: HTTP1Channel) {
        self.base = base
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        base.setup(channel: channel, logger: logger)
    }

    func handle(value: HTTP1Channel.Value, logger: Logger) async {
        await withTaskExecutorPreference(EventLoopExecutor(value.channel.eventLoop)) {
            await base.handle(value: value, logger: logger)
        }
    }
}
