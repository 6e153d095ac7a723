internal import Domain
package import Logging
internal import ServiceLifecycle
package import ServiceRuntime
package import Streams
internal import Synchronization

/// Makes the deliveries that are due, for ever.
///
/// The rows are the work: it asks for them again and again, so that nothing needs to tell it.
package final class Dispatcher: Service {
    private let store: any AlertStore
    private let channels: ChannelCache
    private let couriers: [Courier]
    private let rules: DeliveryRules
    private let idlePause: Duration
    private let metrics: AlertsMetrics
    private let clock: any WallClock
    private let time: LoopTime
    private let logger: Logger
    /// When somebody shall look for work again: couriers who have none share the looks.
    private let nextLook = Mutex(Duration.zero)

    /// - Parameters:
    ///   - store: Where the work is.
    ///   - channels: Where webhooks go.
    ///   - couriers: Those who work side by side.
    ///   - rules: When destinations are told.
    ///   - idlePause: How long to wait when nothing is due: what it adds to an alert's way at most. Looking five times a
    ///     second took more than a percent of a core.
    ///   - metrics: Told what was delivered.
    ///   - clock: Tells what is due.
    ///   - time: Measures pauses, and the chance in them.
    ///   - logger: Told of failures.
    package init(
        store: any AlertStore,
        channels: ChannelCache,
        couriers: [Courier],
        rules: DeliveryRules,
        idlePause: Duration = .milliseconds(500),
        metrics: AlertsMetrics,
        clock: any WallClock,
        time: LoopTime = .system,
        logger: Logger
    ) {
        self.store = store
        self.channels = channels
        self.couriers = couriers
        self.rules = rules
        self.idlePause = idlePause
        self.metrics = metrics
        self.clock = clock
        self.time = time
        self.logger = logger
    }

    /// Delivers until it is cancelled or asked to stop; a stop lets what is on its way arrive.
    package func run() async throws {
        await withDiscardingTaskGroup { group in
            for courier in couriers { group.addTask { await self.work(courier) } }
        }
    }

    private func work(_ courier: Courier) async {
        var failures = 0
        var isBusy = false
        while !Task.isCancelled, !Task.isShuttingDownGracefully {
            do {
                if isBusy || isTimeToLook() { isBusy = try await step(courier) }
                failures = 0
                if !isBusy { try await pause(idlePause) }
            } catch is CancellationError {
                return
            } catch {
                failures += 1
                logger.warning("a delivery could not be claimed or noted", metadata: ["error": "\(error)"])
                let delay = Backoff.standard.delay(failures: failures, random: time.random())
                do { try await pause(delay) } catch { return }
            }
        }
    }

    /// Whether it is time that a courier without work looks for some; the next one's time is a pause later.
    private func isTimeToLook() -> Bool {
        let now = time.now()
        return nextLook.withLock { next in
            guard now >= next else { return false }
            next = now + idlePause
            return true
        }
    }

    private func pause(_ duration: Duration) async throws {
        let time = time
        try await cancelWhenGracefulShutdown { try await time.sleep(duration) }
    }

    /// Claims one message, delivers it and notes how that ended.
    ///
    /// - Returns: Whether there may be more to do at once.
    package func step(_ courier: Courier) async throws -> Bool {
        switch try await store.claim(rules, at: clock.now) {
        case .idle: return false
        case .nothingYet: return true
        case .message(let message):
            let result = try await courier.deliver(
                message.id,
                telling: message.alerts,
                to: message.destination,
                of: try await channels.channel(message.destination.address),
                created: message.createdAt
            )
            let now = clock.now
            let settlement = try await store.settle(message, result, rules: rules, random: time.random(), at: now)
            note(message, result, settlement, at: now)
            return true
        }
    }

    private func note(
        _ message: ClaimedMessage,
        _ result: DeliveryResult,
        _ settlement: Settlement,
        at now: Timestamp
    ) {
        let kind = message.destination.kind
        switch (settlement, result) {
        case (.sent, _): metrics.sent(message, at: now)
        case (.superseded, .sent): metrics.duplicated(kind)
        case (.superseded, .failed): break
        case (.retrying(let next), .failed(let words, _, _)):
            metrics.retried(kind)
            logger.notice(
                "a delivery failed and will be repeated",
                metadata: ["message": "\(message.id)", "kind": "\(kind)", "error": "\(words)", "at": "\(next)"]
            )
        case (.givenUp, .failed(let words, _, _)):
            metrics.gaveUp(kind, deliveries: message.alerts.count)
            logger.error(
                "a delivery was given up",
                metadata: ["message": "\(message.id)", "kind": "\(kind)", "error": "\(words)"]
            )
        case (.retrying, .sent), (.givenUp, .sent): break
        }
    }
}
