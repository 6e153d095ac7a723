internal import ServiceRuntime
internal import Synchronization

/// Lets few requests at once read and price a large part of the ledger: more of them would take the cores and the
/// database from events that are priced as they come.
package final class LargeReads: Sendable {
    private let limit: Int
    private let running = Atomic(0)

    /// - Parameter limit: Requests at once.
    package init(limit: Int = 4) {
        self.limit = limit
    }

    /// Does what a request asks for, on no event loop's thread, which would be kept busy.
    ///
    /// - Throws: `Problem.unavailable` when as many as may be are at it; what the work throws.
    package func run<Value: Sendable>(_ work: @Sendable () async throws -> Value) async throws -> Value {
        let (before, _) = running.add(1, ordering: .relaxed)
        defer { running.subtract(1, ordering: .relaxed) }
        guard before < limit else {
            throw Problem.unavailable(
                "\(limit) other requests read much of the ledger at this moment. Try again.",
                retryAfter: .seconds(2)
            )
        }
        return try await withTaskExecutorPreference(globalConcurrentExecutor, operation: work)
    }
}
