internal import NIOCore
internal import NIOPosix

/// Time for what runs on an event loop.
package enum EventLoopTime {
    /// Monotonic, since some start.
    package static var now: Duration { .nanoseconds(Int64(NIODeadline.now().uptimeNanoseconds)) }

    /// Waits by the timer of the event loop that runs the caller; elsewhere, as `Task.sleep` does.
    ///
    /// `Task.sleep` would wake the caller from another thread, which costs more than what a short wait is worth. Cancellation
    /// ends no wait on an event loop: it is for waits of milliseconds.
    package static func sleep(for duration: Duration) async {
        guard let loop = MultiThreadedEventLoopGroup.currentEventLoop else {
            try? await Task.sleep(for: duration)
            return
        }
        await withCheckedContinuation { reply in
            _ = loop.scheduleTask(in: TimeAmount(duration)) { reply.resume() }
        }
    }
}
