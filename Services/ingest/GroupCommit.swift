internal import DequeModule
internal import Domain
internal import ServiceLifecycle
package import Streams
internal import Synchronization

/// Turns the claims of concurrent requests into few large ones, so that they share one round trip and one fsync.
///
/// While one claim is on its way, requests queue up; what has queued goes out together as the next. At light load a
/// request goes out at once, at heavy load the batches grow by themselves: there is no timer to tune.
package final class GroupCommit: Service {
    /// Limits of one commit and of the queue, in events.
    package struct Limits: Sendable {
        /// Events in one round trip at most.
        package var batch = 2_048
        /// Events that may wait; beyond, requests are refused at once.
        package var queue = 65_536

        package init() {}
    }

    private struct Request {
        var claims: [Claim]
        var reply: CheckedContinuation<[ClaimOutcome], Never>
    }

    private struct State {
        var requests = Deque<Request>()
        var queuedClaims = 0
        var idle: CheckedContinuation<Void, Never>?
        var isStopping = false
    }

    private let state = Mutex(State())
    private let producer: any StreamProducer
    private let limits: Limits
    private let metrics: IngestMetrics

    package init(producer: any StreamProducer, limits: Limits = Limits(), metrics: IngestMetrics) {
        self.producer = producer
        self.limits = limits
        self.metrics = metrics
    }

    /// How many events wait for the next commit.
    var queuedClaims: Int { state.withLock { $0.queuedClaims } }

    /// Claims events together with those of other requests; the outcomes stand in the order of the claims.
    package func claim(_ claims: [Claim]) async -> [ClaimOutcome] {
        await withCheckedContinuation { reply in
            let refusal = state.withLock { state -> String? in
                if state.isStopping { return "the service is stopping" }
                guard state.queuedClaims + claims.count <= limits.queue else { return "too many events are waiting" }
                state.requests.append(Request(claims: claims, reply: reply))
                state.queuedClaims += claims.count
                return nil
            }
            if let refusal {
                let outcome = ClaimOutcome.refused(ClaimRefusal(code: .unavailable, detail: refusal))
                reply.resume(returning: Array(repeating: outcome, count: claims.count))
            } else {
                wake()
            }
        }
    }

    /// Commits until a graceful stop, then what is queued; cancellation refuses what is queued.
    package func run() async throws {
        await withGracefulShutdownHandler {
            await withTaskCancellationHandler {
                while await waitForRequests() {
                    await commit(nextBatch())
                }
            } onCancel: {
                self.stop()
            }
        } onGracefulShutdown: {
            self.stop()
        }
    }

    private func stop() {
        state.withLock { $0.isStopping = true }
        wake()
    }

    private func wake() {
        state.withLock { state in
            exchange(&state.idle, with: nil)
        }?.resume()
    }

    /// Returns `true` when requests wait, `false` when there will be no more.
    private func waitForRequests() async -> Bool {
        await withCheckedContinuation { idle in
            let isDue = state.withLock { state in
                let isDue = state.isStopping || !state.requests.isEmpty
                if !isDue { state.idle = idle }
                return isDue
            }
            if isDue { idle.resume() }
        }
        return state.withLock { !$0.requests.isEmpty || !$0.isStopping }
    }

    private func nextBatch() -> [Request] {
        state.withLock { state in
            var batch: [Request] = []
            var count = 0
            while let next = state.requests.first, batch.isEmpty || count + next.claims.count <= limits.batch {
                state.requests.removeFirst()
                count += next.claims.count
                batch.append(next)
            }
            state.queuedClaims -= count
            return batch
        }
    }

    private func commit(_ batch: [Request]) async {
        guard !batch.isEmpty else { return }
        let claims = batch.count == 1 ? batch[0].claims : batch.flatMap(\.claims)
        let outcomes = await producer.claim(claims)
        metrics.committed(events: claims.count)
        var start = 0
        for request in batch {
            let end = start + request.claims.count
            request.reply.resume(returning: Array(outcomes[start..<end]))
            start = end
        }
    }
}
