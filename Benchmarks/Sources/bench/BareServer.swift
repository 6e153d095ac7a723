import Hummingbird
import Logging
import NIOPosix

/// The least that the HTTP server of Oliver can do: one route that answers a POST with "hello".
///
/// What single posts are measured against. It runs as a process of its own.
nonisolated enum BareServer {
    /// Serves until the process is ended.
    @concurrent static func run(port: Int) async throws {
        let router = Router()
        router.post("v1/record") { _, _ in "hello" }
        router.get("readyz") { _, _ in "ready" }
        var logger = Logger(label: "bare")
        logger.logLevel = .error
        let application = Application(
            router: router,
            configuration: .init(address: .hostname("127.0.0.1", port: port)),
            // What the services use.
            eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton),
            logger: logger
        )
        try await application.runService()
    }
}
