package import Logging
internal import ServiceLifecycle
package import ServiceRuntime
package import Streams
internal import Synchronization

/// Keeps new events out while the queue is too full to take them, before their bodies are even read.
///
/// The streams' length is bounded exactly by the claim itself; this looks at the server's memory, which no function can
/// see, and spares a full server the traffic.
package final class PressureGate: Service {
    /// When to refuse.
    package struct Limits: Sendable {
        /// The part of the server's memory limit, in percent, beyond which events are refused.
        package var memoryPercent = 90
        /// Bytes of memory beyond which events are refused when the server has no limit of its own.
        package var memory = 8 * 1_024 * 1_024 * 1_024
        /// How often to look.
        package var interval = Duration.milliseconds(500)

        package init() {}
    }

    private struct State {
        var refusal: Problem?
        var drain = Drain()
    }

    private let state = Mutex(State())
    private let producer: any StreamProducer
    private let limits: Limits
    private let logger: Logger

    package init(producer: any StreamProducer, limits: Limits = Limits(), logger: Logger) {
        self.producer = producer
        self.limits = limits
        self.logger = logger
    }

    /// Throws a 503 problem while the queue is too full.
    package func check() throws(Problem) {
        if let problem = state.withLock({ $0.refusal }) { throw problem }
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await self.look()
                do { try await Task.sleep(for: self.limits.interval) } catch { return }
            }
        }
    }

    /// Looks once.
    ///
    /// A server that does not answer refuses claims by itself.
    func look() async {
        guard let pressure = try? await producer.pressure() else { return }
        let limit = pressure.memoryLimit > 0 ? pressure.memoryLimit / 100 * limits.memoryPercent : limits.memory
        let isFull = pressure.usedMemory > limit
        let wasFull = state.withLock { state in
            let wasFull = state.refusal != nil
            guard isFull else {
                state = State()
                return wasFull
            }
            let wait = state.drain.wait(used: pressure.usedMemory, limit: limit, interval: limits.interval)
            state.refusal = .unavailable("The queue is full. Send the events again later.", retryAfter: wait)
            return wasFull
        }
        guard isFull != wasFull else { return }
        logger.warning(
            isFull ? "refusing events: the queue's memory is full" : "accepting events again",
            metadata: ["memory.used": "\(pressure.usedMemory)", "memory.limit": "\(limit)"]
        )
    }
}
