import NIOCore
import NIOPosix
package import ServiceLifecycle

/// Runs a task's jobs on an event loop.
final class EventLoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) {
        self.loop = loop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = asUnownedTaskExecutor()
        loop.execute { job.runSynchronously(on: executor) }
    }
}

/// Runs a service on one of the event loops that serve HTTP, so that requests which wait for it are not handed from
/// thread to thread.
///
/// > Warning: Only for services that compute little and wait much: see ``HTTPServer``.
package struct OnEventLoop<Base: Service>: Service {
    private let base: Base

    /// The service, to be run on a loop.
    package init(_ base: Base) {
        self.base = base
    }

    package func run() async throws {
        try await withTaskExecutorPreference(EventLoopExecutor(MultiThreadedEventLoopGroup.singleton.next())) {
            try await base.run()
        }
    }
}
