import Logging
import ServiceLifecycle
import TestSupport
import Testing

@testable import ServiceRuntime

@Suite(.timeLimit(.minutes(1))) struct `A service that is to last` {
    private struct Ending: Service {
        func run() async throws {}
    }

    private struct Failing: Service, Error {
        func run() async throws { throw self }
    }

    private struct Waiting: Service {
        let begun: AsyncStream<Void>.Continuation

        func run() async throws {
            begun.yield()
            try await gracefulShutdown()
        }
    }

    @Test func `has failed when it ends by itself`() async {
        await #expect(throws: EndedEarly.self) {
            try await LastingService(Ending(), logger: .quiet).run()
        }
        await #expect(throws: Failing.self) {
            try await LastingService(Failing(), logger: .quiet).run()
        }
    }

    @Test func `ends well when it is asked to`() async throws {
        let (begun, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingOldest(1))
        let group = ServiceGroup(
            services: [LastingService(Waiting(begun: continuation), logger: .quiet)],
            logger: .quiet
        )
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            for await _ in begun { break }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }
}
