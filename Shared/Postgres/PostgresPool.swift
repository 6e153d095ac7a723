package import Logging
internal import Synchronization

/// A bounded set of connections that are lent, in the order of asking.
///
/// Connections are opened when they are needed and dropped when they break; a dead server is noticed before an idle
/// connection is lent. Trying again is the caller's matter: see `PostgresError.isRetriable`.
///
/// > Warning: Run `run()` in a long-lived task, or call `close()` at the end: nothing else closes idle connections.
package final class PostgresPool: Sendable {
    private typealias Machine = PoolStateMachine<PostgresConnection>
    private typealias Continuation = CheckedContinuation<Machine.Grant, any Error>

    private struct State {
        var machine: Machine
        var continuations: [UInt64: Continuation] = [:]
        var nextWaiter: UInt64 = 0
    }

    /// What the connections are made from.
    package let configuration: PostgresConfiguration
    let logger: Logger
    private let clock: any Clock<Duration>
    private let state: Mutex<State>

    /// Makes a pool without connections.
    package init(
        _ configuration: PostgresConfiguration,
        logger: Logger,
        clock: any Clock<Duration> = ContinuousClock()
    ) {
        self.configuration = configuration
        self.logger = logger
        self.clock = clock
        state = Mutex(
            State(
                machine: Machine(
                    capacity: configuration.poolSize,
                    maximumWaiters: configuration.maximumWaiters
                )
            )
        )
    }

    /// Keeps the pool open until the task is cancelled, then closes it.
    package func run() async {
        let (stream, continuation) = AsyncStream<Never>.makeStream(bufferingPolicy: .bufferingOldest(0))
        defer { continuation.finish() }
        for await _ in stream {}
        close()
    }

    /// Refuses new leases, ends idle connections, and ends lent ones when they come back.
    package func close() {
        let (refused, discarded) = state.withLock { state in
            let (waiters, discarded) = state.machine.close()
            return (waiters.compactMap { state.continuations.removeValue(forKey: $0) }, discarded)
        }
        for continuation in refused { continuation.resume(throwing: Self.closedError) }
        // Letting go of a connection closes it.
        _ = discarded
    }

    /// Connections that are idle, that are lent or being opened, and callers that wait.
    package var counts: (idle: Int, busy: Int, waiting: Int) {
        state.withLock { ($0.machine.idleCount, $0.machine.busyCount, $0.machine.waiterCount) }
    }

    /// Lends a connection to `body`.
    ///
    /// When `body` waited for a lock in vain, clients that stopped in the middle of a statement lose their connection.
    ///
    /// - Throws: What `body` throws; `PostgresError` with code `poolTimeout`, `poolOverloaded`, `poolClosed` or
    ///   `connectFailed`; `CancellationError`.
    package func withConnection<Value>(
        _ body: (PostgresConnection) async throws -> Value
    ) async throws -> Value {
        let connection = try await lease()
        defer { give(back: connection) }
        do {
            return try await body(connection)
        } catch let error as PostgresError where error.isLockTimeout {
            await endStalledClients(by: connection)
            throw error
        }
    }

    /// Runs one statement on any connection.
    package func query(_ sql: SQL, _ values: [PostgresValue] = []) async throws -> PostgresResult {
        try await withConnection { try await $0.query(sql, values) }
    }

    func pauseBeforeRetry(_ duration: Duration) async throws {
        try await clock.sleep(for: duration)
    }

    private func lease() async throws -> PostgresConnection {
        try Task.checkCancellation()
        while true {
            switch try await grant() {
            case .open: return try await open()
            case .use(let connection):
                if connection.isReusable { return connection }
                // It died while it was idle; its slot stays ours.
                logger.debug("postgres connection found dead")
                give(back: connection)
            }
        }
    }

    private func open() async throws -> PostgresConnection {
        do {
            return try await PostgresConnection.open(configuration, logger: logger)
        } catch {
            serve(state.withLock { resolve(&$0, $0.machine.releaseSlot()) })
            throw error
        }
    }

    private func give(back connection: PostgresConnection) {
        let isReusable = connection.isReusable
        serve(state.withLock { resolve(&$0, $0.machine.release(connection, isReusable: isReusable)) })
    }
}

extension PostgresPool {
    private static let closedError = PostgresError(.poolClosed, "the pool is closed")

    /// What happens outside of the lock: somebody goes on, and connections are let go.
    private struct Outcome {
        var served: (Continuation, Machine.Grant)?
        var discarded: [PostgresConnection]
    }

    private func resolve(_ state: inout State, _ release: Machine.Release) -> Outcome {
        guard let (waiter, grant) = release.served, let next = state.continuations.removeValue(forKey: waiter) else {
            return Outcome(served: nil, discarded: release.discarded)
        }
        return Outcome(served: (next, grant), discarded: release.discarded)
    }

    private func serve(_ outcome: Outcome) {
        if let (continuation, grant) = outcome.served { continuation.resume(returning: grant) }
    }

    /// The right to a connection, at once or after standing in line.
    private func grant() async throws -> Machine.Grant {
        if let grant = state.withLock({ $0.machine.leaseAtOnce() }) { return grant }
        return try await withThrowingTaskGroup(of: Machine.Grant?.self) { group in
            group.addTask { try await self.standInLine() }
            group.addTask {
                try await self.clock.sleep(for: self.configuration.leaseTimeout)
                return nil
            }
            var failure: any Error = PostgresError(.poolTimeout, "no connection became free in time")
            var granted: Machine.Grant?
            // Whichever ends first ends the other, whose result still counts: a connection may have come just then.
            while let result = await group.nextResult() {
                group.cancelAll()
                switch result {
                case .success(let grant): granted = granted ?? grant
                case .failure(let error): if !(error is CancellationError) || Task.isCancelled { failure = error }
                }
            }
            guard let granted else { throw failure }
            return granted
        }
    }

    private func standInLine() async throws -> Machine.Grant {
        let waiter = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { line(up: $0, as: waiter) }
        } onCancel: {
            let continuation = state.withLock { state in
                state.machine.abandon(waiter: waiter) ? state.continuations.removeValue(forKey: waiter) : nil
            }
            continuation?.resume(throwing: CancellationError())
        }
    }

    /// Puts a continuation in line, or resumes it at once.
    private func line(up continuation: Continuation, as waiter: UInt64) {
        let answer: Result<Machine.Grant, any Error>? = state.withLock { state in
            // The handler may have run already: it did when the task is cancelled by now, and later it finds us in line.
            if Task.isCancelled { return .failure(CancellationError()) }
            switch state.machine.lease(waiter: waiter) {
            case .granted(let grant): return .success(grant)
            case .overloaded:
                return .failure(PostgresError(.poolOverloaded, "too many callers wait for a connection"))
            case .closed: return .failure(Self.closedError)
            case .wait:
                state.continuations[waiter] = continuation
                return nil
            }
        }
        if let answer { continuation.resume(with: answer) }
    }
}
