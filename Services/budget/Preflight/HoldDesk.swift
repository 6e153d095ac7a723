package import Logging
package import Redis
internal import ServiceLifecycle
package import ServiceRuntime
package import Streams

/// Asks Redis for holds, the requests of a moment together, and ends those that expire.
///
/// It has connections of its own: a preflight must not wait behind a batch that is counted. It closes them when it ends.
package struct HoldDesk: Service {
    /// How it works.
    package struct Configuration: Sendable {
        /// Requests in one round trip at most: Redis serves nobody else for a few milliseconds.
        package var batch = 64
        /// Requests that may wait on an event loop; beyond, they are refused at once.
        package var queue = 2_048
        /// From the start of one round trip to the next at least, when fewer wait than that one had, and fewer than half a batch
        /// (decision 0021).
        package var spacing = Duration.milliseconds(1)
        /// The pause between two looks for what has expired.
        package var sweepInterval = Duration.seconds(1)

        package init() {}
    }

    /// What changes single holds.
    package let holds: RedisHolds
    private let pool: RedisPool
    private let deciding: PerEventLoop<RedisPool>
    private let partitions: [Partition]
    private let configuration: Configuration
    private let calls: PerEventLoop<GroupedCalls<HoldRequest, Result<HoldAnswer, RedisError>>>
    private let observe: @Sendable (_ open: Int, _ expired: Int) -> Void
    private let logger: Logger

    /// - Parameters:
    ///   - pool: Where holds are.
    ///   - deciding: The same server, for decisions alone, from where requests are worked on. Without it they use the
    ///     other pool.
    ///   - partitioning: How workspaces are spread.
    ///   - configuration: How it works.
    ///   - observe: Told at each look how many holds there are and how many it ended.
    ///   - logger: Told of failures.
    package init(
        pool: RedisPool,
        deciding: PerEventLoop<RedisPool>? = nil,
        partitioning: Partitioning,
        configuration: Configuration = Configuration(),
        observe: @escaping @Sendable (_ open: Int, _ expired: Int) -> Void = { _, _ in },
        logger: Logger
    ) {
        self.pool = pool
        let deciding = deciding ?? PerEventLoop { _ in pool }
        self.deciding = deciding
        self.configuration = configuration
        self.observe = observe
        self.logger = logger
        partitions = partitioning.partitions
        holds = RedisHolds(pool: pool)
        calls = deciding.map { pool in
            let holds = RedisHolds(pool: pool)
            return GroupedCalls(
                limits: .init(batch: configuration.batch, queue: configuration.queue),
                spacing: .init(
                    configuration.spacing,
                    enough: configuration.batch / 2,
                    now: { EventLoopTime.now },
                    sleep: { await EventLoopTime.sleep(for: $0) }
                )
            ) { requests in
                do {
                    return try await holds.decide(requests)
                } catch {
                    let failure = error as? RedisError ?? RedisError(.closed, "\(error)")
                    return requests.map { _ in .failure(failure) }
                }
            }
        }
    }

    /// Decides a request.
    ///
    /// - Throws: `RedisError`; the hold may have been made nevertheless, and then expires by itself.
    package func decide(_ request: HoldRequest) async throws(RedisError) -> HoldAnswer {
        switch await calls.current.call(request) {
        case .success(let result): return try result.get()
        case .failure(let refusal): throw RedisError(.poolExhausted, refusal.rawValue)
        }
    }

    /// Decides and sweeps until a graceful stop.
    package func run() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { try await OnEventLoops(self.calls).run() }
            group.addTask { await cancelWhenGracefulShutdown { await self.sweep() } }
        }
        for pool in deciding.all { await pool.close() }
        await pool.close()
    }

    /// All replicas sweep: a hold is ended once, whoever comes first.
    private func sweep() async {
        while !Task.isCancelled {
            do {
                let counts = try await holds.counts(partitions)
                // Most partitions hold nothing most of the time.
                let expired = try await holds.sweep(zip(partitions, counts).filter { $1 > 0 }.map(\.0))
                observe(counts.reduce(0, +) - expired, expired)
            } catch {
                logger.debug("holds cannot be swept", metadata: ["error": "\(error)"])
            }
            do { try await Task.sleep(for: configuration.sweepInterval) } catch { return }
        }
    }
}
