package import Hummingbird
import Logging
import ServiceLifecycle
package import ServiceRuntime

/// A real HTTP server on loopback with the routes of a test.
package struct TestServer: Sendable {
    /// Where it listens, on 127.0.0.1.
    package let port: Int
    private let group: ServiceGroup

    /// Stops accepting and lets the answers that have begun end; returns at once.
    package func stop() async {
        await group.triggerGracefulShutdown()
    }

    /// Runs a server on a free port beside a test.
    ///
    /// It is stopped in order, since nobody serves a connection that is accepted while a server is cancelled. Answers
    /// that have not ended two seconds later are cancelled.
    ///
    /// Throws what the test throws, and the server's own error where it could not listen.
    package static func with<Result: Sendable>(
        configuration: HTTPConfiguration = HTTPConfiguration(),
        routes: @escaping @Sendable (Router<OliverRequestContext>) -> Void = { _ in },
        _ body: (TestServer) async throws -> Result
    ) async throws -> Result {
        let front = HTTPFront(
            parts: [ServiceParts(name: "test", routes: routes)],
            registry: PrometheusRegistry(),
            logger: .quiet,
            configuration: configuration
        )
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingOldest(1))
        let server = HTTPServer(front: front, host: "127.0.0.1", port: 0, logger: .quiet) { continuation.yield($0) }
        var lifecycle = ServiceGroupConfiguration(services: [server], logger: .quiet)
        lifecycle.maximumGracefulShutdownDuration = .seconds(2)
        let group = ServiceGroup(configuration: lifecycle)
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer { continuation.finish() }
                try await group.run()
            }
            for await port in ports {
                let server = TestServer(port: port, group: group)
                let result: Swift.Result<Result, any Error>
                do { result = .success(try await body(server)) } catch { result = .failure(error) }
                await server.stop()
                let stop = await tasks.nextResult()
                let value = try result.get()
                try stop?.get()
                return value
            }
            try await tasks.waitForAll()
            try Task.checkCancellation()
            throw NeverListened()
        }
    }
}

/// The server ended before it listened.
private struct NeverListened: Error {}
