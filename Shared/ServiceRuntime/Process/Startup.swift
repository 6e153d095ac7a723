package import Logging

/// What a builder does before its service can start.
package enum Startup {
    /// Runs a step until it succeeds, as long as its errors are such that waiting helps: a server that is not up yet.
    ///
    /// Containers start in any order, so a service waits for what it needs instead of dying.
    ///
    /// - Parameters:
    ///   - what: The step, for the log, for example `redis`.
    ///   - logger: Told every failed try.
    ///   - isRetriable: Whether waiting can help against an error.
    ///   - step: The step.
    /// - Returns: The step's result.
    /// - Throws: The step's error when waiting cannot help, `CancellationError` when cancelled.
    package static func waiting<Result: Sendable>(
        for what: String,
        logger: Logger,
        isRetriable: (any Error) -> Bool,
        _ step: () async throws -> Result
    ) async throws -> Result {
        var delay = Duration.milliseconds(100)
        while true {
            do {
                return try await step()
            } catch  where isRetriable(error) {
                logger.warning("waiting", metadata: ["for": "\(what)", "error": "\(error)", "retry_in": "\(delay)"])
                try await Task.sleep(for: delay)
                delay = min(delay * 2, .seconds(3))
            }
        }
    }
}
