package import BlockingExecutor
package import ServiceLifecycle

/// Runs a service on the thread of the connection that it waits for, so that its calls are not handed from thread to
/// thread.
package struct OnThread<Base: Service>: Service {
    private let thread: BlockingExecutor
    private let base: Base

    /// The service, to be run on a thread.
    package init(_ thread: BlockingExecutor, _ base: Base) {
        self.thread = thread
        self.base = base
    }

    package func run() async throws {
        try await withTaskExecutorPreference(thread) { try await base.run() }
    }
}
