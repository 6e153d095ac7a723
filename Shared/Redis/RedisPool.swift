package import Logging
package import NIOCore
internal import NIOPosix
package import Streams
private import Synchronization

/// Reads replies for whoever answers no request: large ones must not hold up those who do.
private let background = MultiThreadedEventLoopGroup(numberOfThreads: min(4, System.coreCount))

/// Lends connections to Redis, at most so many at a time.
///
/// While the server cannot be reached, callers fail at once with a retriable error, and attempts to reach it are made
/// ever more rarely. Nothing runs in the background.
package final class RedisPool: Sendable {
    private typealias Grant = PoolGrant<RedisConnection>
    private typealias State = PoolState<RedisConnection, CheckedContinuation<Grant, Never>>

    /// How the server is reached.
    package let configuration: RedisConfiguration
    private let loop: (any EventLoop)?
    private let time: LoopTime
    private let logger: Logger
    private let state: Mutex<State>
    private let nextWaiter = Atomic(0)

    /// A pool without connections: they are made when needed.
    ///
    /// - Parameters:
    ///   - configuration: How the server is reached.
    ///   - loop: The event loop of all connections. Whose calls come from tasks of that loop are handed to no other
    ///     thread. Without one they share a few threads with those of all such pools, apart from all requests.
    ///   - time: For pauses between attempts to connect.
    ///   - logger: Told of failures.
    package init(
        _ configuration: RedisConfiguration,
        loop: (any EventLoop)? = nil,
        time: LoopTime = .system,
        logger: Logger
    ) {
        self.configuration = configuration
        self.loop = loop
        self.time = time
        self.logger = logger
        self.state = Mutex(State(configuration))
    }

    /// Connections that are idle, that are lent or being opened, and callers that wait.
    package var counts: (idle: Int, busy: Int, waiting: Int) { state.withLock { $0.counts } }

    /// Lends a connection while `body` runs; waits for one when all are lent.
    ///
    /// > Warning: Leasing again inside `body` can wait for ever.
    /// - Throws: what `body` throws; `RedisError`; `CancellationError` when cancelled while waiting.
    package func withConnection<Value>(
        _ body: (RedisConnection) async throws -> sending Value
    ) async throws -> sending Value {
        let connection = try await lease()
        do {
            let value = try await body(connection)
            await release(connection)
            return value
        } catch {
            await release(connection)
            throw error
        }
    }

    /// Sends one command.
    @discardableResult
    package func send(_ command: RedisCommand) async throws -> RedisReply {
        try await withConnection { try await $0.send(command) }
    }

    /// Sends commands in one round trip; an error reply stands in its place.
    package func pipeline(_ commands: [RedisCommand]) async throws -> [RedisReply] {
        try await withConnection { try await $0.pipeline(commands) }
    }

    /// Closes what is idle; what is lent is closed when it comes back.
    ///
    /// Later calls fail.
    package func close() async {
        let (connections, waiters) = state.withLock { $0.close() }
        for waiter in waiters { waiter.resume(returning: .fail(RedisError(.closed, "the pool is closed"))) }
        for connection in connections { await connection.close() }
    }

    /// A connection outside the pool, for calls that wait for long.
    func dedicatedConnection() async throws(RedisError) -> RedisConnection {
        try await RedisConnection.open(configuration, on: background.next())
    }

    private func lease() async throws -> RedisConnection {
        while true {
            switch try await grant() {
            case .use(let connection):
                if connection.isReady { return connection }
                // The server went away while it was idle: that is no reason to fail this caller.
                await release(connection)
            case .open:
                return try await open()
            case .fail(let error):
                throw error
            }
        }
    }

    private func open() async throws -> RedisConnection {
        let connection: RedisConnection
        do {
            connection = try await RedisConnection.open(configuration, on: loop ?? background.next())
        } catch {
            logger.debug("cannot connect to redis", metadata: ["error": "\(error)"])
            let failed = state.withLock { $0.openFailed(error, now: time.now(), random: time.random()) }
            for (waiter, grant) in failed { waiter.resume(returning: grant) }
            throw error
        }
        state.withLock { $0.opened() }
        return connection
    }

    private func grant() async throws -> Grant {
        let id = nextWaiter.wrappingAdd(1, ordering: .relaxed).newValue
        let now = time.now()
        let granted = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let grant: Grant? = state.withLock { state in
                    if Task.isCancelled { return .fail(RedisError(.closed, "cancelled")) }
                    switch state.request(now: now) {
                    case .now(let grant): return grant
                    case .wait:
                        state.enqueue(continuation, id: id)
                        return nil
                    }
                }
                if let grant { continuation.resume(returning: grant) }
            }
        } onCancel: {
            state.withLock { $0.abandon(id) }?.resume(returning: .fail(RedisError(.closed, "cancelled")))
        }
        if case .fail = granted { try Task.checkCancellation() }
        return granted
    }

    private func release(_ connection: RedisConnection) async {
        let isUsable = connection.isReady
        let (isKept, next) = state.withLock { $0.release(connection, isUsable: isUsable) }
        if let (waiter, grant) = next { waiter.resume(returning: grant) }
        if !isKept { await connection.close() }
    }
}
