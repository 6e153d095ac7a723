package import ServiceLifecycle

/// Runs the service of each event loop there.
package struct OnEventLoops<Base: Service>: Service {
    private let bases: PerEventLoop<Base>

    /// The services, to be run.
    package init(_ bases: PerEventLoop<Base>) {
        self.bases = bases
    }

    package func run() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            for (loop, base) in zip(bases.loops, bases.all) {
                group.addTask(executorPreference: EventLoopExecutor(loop)) { try await base.run() }
            }
        }
    }
}
