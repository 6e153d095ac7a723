package import Logging
import ServiceLifecycle
import Synchronization

/// Moves the entries of a stream through a handler, for ever: the `run()` of every stage.
///
/// Graceful shutdown stops reading and finishes the work in hand. Cancellation stops now: what was in hand stays
/// pending and is recovered at the next start, or reclaimed by another replica.
package final class ConsumerLoop: Service {
    private let configuration: ConsumerConfiguration
    private let streams: any StreamConsumer
    private let handler: any BatchHandler
    private let isRetriable: @Sendable (any Error) -> Bool
    private let time: LoopTime
    private let logger: Logger
    private let observe: @Sendable (ConsumerEvent) -> Void
    private let hasStarted = Atomic(false)

    /// Prepares a loop; `run()` starts it.
    ///
    /// `isRetriable` says of an error of the handler whether repeating the batch can help.
    package init(
        _ configuration: ConsumerConfiguration,
        streams: any StreamConsumer,
        handler: any BatchHandler,
        isRetriable: @escaping @Sendable (any Error) -> Bool = { ($0 as? any RetriableError)?.isRetriable ?? false },
        time: LoopTime = .system,
        logger: Logger,
        observe: @escaping @Sendable (ConsumerEvent) -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.streams = streams
        self.handler = handler
        self.isRetriable = isRetriable
        self.time = time
        var logger = logger
        logger[metadataKey: "stream.kind"] = "\(configuration.stream.rawValue)"
        logger[metadataKey: "stream.group"] = "\(configuration.group.rawValue)"
        self.logger = logger
        self.observe = observe
    }

    /// Runs until graceful shutdown.
    ///
    /// Calling it twice is a programmer's error.
    ///
    /// - Throws: `CancellationError` when the task is cancelled; nothing else.
    package func run() async throws {
        precondition(!hasStarted.exchange(true, ordering: .relaxed), "a consumer loop runs once")
        let stage = configuration
        let reader = streams.reader(of: stage.stream, for: stage.group, as: stage.consumer)
        do {
            try await loop(reader)
        } catch {
            await reader.close()
            throw error
        }
        await reader.close()
    }

    private func loop(_ reader: any StreamReader) async throws {
        var machine = ConsumerStateMachine(configuration: configuration, now: time.now())
        while true {
            try Task.checkCancellation()
            if Task.isShuttingDownGracefully { machine.stop() }
            let action = machine.next(now: time.now())
            if case .stop = action { return }
            do {
                try await perform(action, reader, &machine)
            } catch {
                try Task.checkCancellation()
                // Shutdown interrupts reads and waits on purpose: the machine says what remains.
                if Task.isShuttingDownGracefully, error is CancellationError { continue }
                note(error, in: action, &machine)
            }
        }
    }

    private func perform(
        _ action: ConsumerStateMachine.Action,
        _ reader: any StreamReader,
        _ machine: inout ConsumerStateMachine
    ) async throws {
        switch action {
        case .recover, .reclaim, .read:
            let deliveries = try await entries(for: action, reader)
            if action != .read, !deliveries.isEmpty { observe(.reclaimed(entries: deliveries.count)) }
            machine.received(deliveries, from: action, now: time.now())
        case .handle(let batch):
            let start = time.now()
            let outcome = try await handler.handle(batch)
            machine.handled(batch, outcome: outcome)
            observe(.handled(entries: batch.count, duration: time.now() - start))
        case .wait(let duration):
            try await pause(duration)
            machine.waited()
        case .linger(let duration):
            try await pause(duration)
        case .stop:
            break
        default:
            try await tend(action)
            machine.done(action, now: time.now())
        }
    }

    private func pause(_ duration: Duration) async throws {
        let time = time
        try await cancelWhenGracefulShutdown { try await time.sleep(duration) }
    }

    private func entries(
        for action: ConsumerStateMachine.Action,
        _ reader: any StreamReader
    ) async throws -> [Delivery] {
        let stage = configuration
        // Deliveries from here on are made one by one, so that a crash shows which entry caused it.
        let suspectAfter = (stage.attemptLimit + 1) / 2
        return try await cancelWhenGracefulShutdown {
            switch action {
            case .recover:
                try await reader.recover(limit: stage.batchLimit, suspectAfter: suspectAfter)
            case .reclaim:
                try await reader.reclaim(
                    limit: stage.batchLimit,
                    idle: stage.reclaimAfter,
                    suspectAfter: suspectAfter
                )
            default:
                try await reader.read(limit: stage.batchLimit, wait: stage.readWait)
            }
        }
    }

    /// The actions that return nothing to handle.
    private func tend(_ action: ConsumerStateMachine.Action) async throws {
        let stage = configuration
        switch action {
        case .acknowledge(let deliveries):
            try await streams.acknowledge(deliveries, for: stage.group)
        case .bury(let burials):
            try await streams.bury(burials, from: stage.group)
            observe(.buried(entries: burials.count))
            for burial in burials {
                logger.warning(
                    "buried an entry",
                    metadata: [
                        "stream.partition": "\(burial.delivery.partition)",
                        "stream.entry": "\(burial.delivery.id)",
                        "stream.reason": "\(burial.reason)",
                    ]
                )
            }
        case .keep(let deliveries):
            try await streams.keep(deliveries, for: stage.group, as: stage.consumer)
        case .trim:
            let count = try await streams.trim(stage.stream)
            if count > 0 { observe(.trimmed(entries: count)) }
        case .removeIdleConsumers:
            try await streams.removeIdleConsumers(
                of: stage.stream,
                in: stage.group,
                idleFor: stage.removeConsumersAfter
            )
        default:
            break
        }
    }

    private func note(
        _ error: any Error,
        in action: ConsumerStateMachine.Action,
        _ machine: inout ConsumerStateMachine
    ) {
        machine.failed(
            action,
            isRetriable: isRetriable(error),
            reason: String("\(error)".prefix(500)),
            now: time.now(),
            random: time.random()
        )
        guard case .wait(let delay) = machine.next(now: time.now()) else {
            logger.debug("a step failed", metadata: ["error": "\(error)"])
            return
        }
        observe(.retrying(after: delay))
        logger.warning("a step failed and will be repeated", metadata: ["error": "\(error)", "delay": "\(delay)"])
    }
}
