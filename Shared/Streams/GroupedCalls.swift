internal import DequeModule
internal import ServiceLifecycle
internal import Synchronization

/// Turns the calls of concurrent requests into few large ones, so that they share one round trip and one fsync.
///
/// While one call is on its way, requests queue up; what has queued goes out together as the next. At light load a request
/// goes out at once, at heavy load the batches grow by themselves: there is no timer to tune.
package final class GroupedCalls<Request: Sendable, Answer: Sendable>: Service {
    /// Limits of one call and of the queue, in the unit of `weight`.
    package struct Limits: Sendable {
        /// What one round trip takes at most; a single heavier request goes alone.
        package var batch: Int
        /// What may wait; beyond, requests are refused at once.
        package var queue: Int

        package init(batch: Int, queue: Int) {
            self.batch = batch
            self.queue = queue
        }
    }

    /// Why a request was not even tried.
    package enum Refusal: String, Error {
        case stopping = "the service is stopping"
        case full = "too many requests are waiting"
    }

    private struct Waiting {
        var request: Request
        var weight: Int
        var reply: CheckedContinuation<Result<Answer, Refusal>, Never>
    }

    private struct State {
        var requests = Deque<Waiting>()
        var weight = 0
        var idle: CheckedContinuation<Void, Never>?
        var isStopping = false
    }

    private let state = Mutex(State())
    private let limits: Limits
    private let weight: @Sendable (Request) -> Int
    private let perform: @Sendable ([Request]) async -> [Answer]

    /// Groups calls of `perform`, which gives an answer for each request, in their order.
    package init(
        limits: Limits,
        weight: @escaping @Sendable (Request) -> Int = { _ in 1 },
        perform: @escaping @Sendable ([Request]) async -> [Answer]
    ) {
        self.limits = limits
        self.weight = weight
        self.perform = perform
    }

    /// How much waits for the next call.
    package var queuedWeight: Int { state.withLock { $0.weight } }

    /// Calls together with other requests.
    package func call(_ request: Request) async -> Result<Answer, Refusal> {
        let weight = weight(request)
        return await withCheckedContinuation { reply in
            let refusal = state.withLock { state -> Refusal? in
                if state.isStopping { return .stopping }
                guard state.weight + weight <= limits.queue else { return .full }
                state.requests.append(Waiting(request: request, weight: weight, reply: reply))
                state.weight += weight
                return nil
            }
            if let refusal { reply.resume(returning: .failure(refusal)) } else { wake() }
        }
    }

    /// Calls until a graceful stop, then for what is queued; cancellation refuses what comes later.
    package func run() async throws {
        await withGracefulShutdownHandler {
            await withTaskCancellationHandler {
                while await waitForRequests() {
                    await answer(nextBatch())
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

    private func nextBatch() -> [Waiting] {
        state.withLock { state in
            var batch: [Waiting] = []
            var weight = 0
            while let next = state.requests.first?.weight, batch.isEmpty || weight + next <= limits.batch {
                batch.append(state.requests.removeFirst())
                weight += next
            }
            state.weight -= weight
            return batch
        }
    }

    private func answer(_ batch: [Waiting]) async {
        guard !batch.isEmpty else { return }
        let answers = await perform(batch.map { $0.request })
        for index in batch.indices { batch[index].reply.resume(returning: .success(answers[index])) }
    }
}
