public import ServiceLifecycle
public import Synchronization

/// Turns the calls of concurrent requests into few large ones, so that they share one round trip and one fsync.
///
/// While one call is on its way, requests queue up; what has queued goes out together as the next. At light load a request
/// goes out at once, at heavy load the batches grow by themselves. Between the two, calls may be spaced: see `Spacing`.
///
/// Each request of a busy service comes by here, so that it is compiled for the types of its users, who see its insides for
/// that. Only `public` does it: of a generic type that is `package`, the compiler ignores `@inlinable`.
public final class GroupedCalls<Request: Sendable, Answer: Sendable>: Service {
    /// Limits of one call and of the queue, in the unit of `weight`.
    public struct Limits: Sendable {
        /// What one round trip takes at most; a single heavier request goes alone.
        public var batch: Int
        /// What may wait; beyond, requests are refused at once.
        public var queue: Int

        /// Limits of at least 1.
        public init(batch: Int, queue: Int) {
            self.batch = batch
            self.queue = queue
        }
    }

    /// How far apart calls start, so that a few requests share one where each would have had its own.
    ///
    /// A round trip costs all who take part in it much the same however many requests it carries. A call with one request is
    /// followed at once, and so is any call when as many wait as it had: where few ask one after the other, nobody waits for
    /// who does not come.
    public struct Spacing: Sendable {
        /// From the start of one call to the start of the next at least, when less than `enough` waits once that has ended;
        /// zero: no wait.
        public var interval: Duration
        /// What is worth a call at once, in the unit of `weight`.
        public var enough: Int
        /// Monotonic time.
        @usableFromInline let now: @Sendable () -> Duration
        /// Waits so long, or less.
        @usableFromInline let sleep: @Sendable (Duration) async -> Void

        /// Calls as close to each other as requests come.
        public static var none: Spacing { Spacing(.zero, enough: 0, now: { .zero }, sleep: { _ in }) }

        /// Spaces calls by a clock.
        public init(
            _ interval: Duration,
            enough: Int,
            now: @escaping @Sendable () -> Duration,
            sleep: @escaping @Sendable (Duration) async -> Void
        ) {
            self.interval = interval
            self.enough = enough
            self.now = now
            self.sleep = sleep
        }
    }

    /// Why a request was not even tried.
    public enum Refusal: String, Error {
        case stopping = "the service is stopping"
        case full = "too many requests are waiting"
    }

    @usableFromInline
    struct Waiting {
        @usableFromInline let request: Request
        @usableFromInline let weight: Int
        @usableFromInline let reply: CheckedContinuation<Result<Answer, Refusal>, Never>

        @inlinable
        init(request: Request, weight: Int, reply: CheckedContinuation<Result<Answer, Refusal>, Never>) {
            self.request = request
            self.weight = weight
            self.reply = reply
        }
    }

    @usableFromInline
    struct State {
        @usableFromInline var requests: [Waiting] = []
        @usableFromInline var weight = 0
        @usableFromInline var idle: CheckedContinuation<Void, Never>?
        @usableFromInline var isStopping = false

        @inlinable
        init() {}

        /// Takes what goes out together.
        @inlinable
        mutating func nextBatch(within limit: Int) -> [Waiting] {
            if weight <= limit {
                weight = 0
                return exchange(&requests, with: [])
            }
            var (count, heavy) = (0, 0)
            while count < requests.count, count == 0 || heavy + requests[count].weight <= limit {
                heavy += requests[count].weight
                count += 1
            }
            weight -= heavy
            defer { requests.removeFirst(count) }
            return Array(requests[..<count])
        }
    }

    @usableFromInline let state = Mutex(State())
    @usableFromInline let limits: Limits
    @usableFromInline let spacing: Spacing
    @usableFromInline let weight: @Sendable (Request) -> Int
    @usableFromInline let perform: @Sendable ([Request]) async -> [Answer]

    /// Groups calls of `perform`, which gives an answer for each request, in their order.
    @inlinable
    public init(
        limits: Limits,
        spacing: Spacing = .none,
        weight: @escaping @Sendable (Request) -> Int = { _ in 1 },
        perform: @escaping @Sendable ([Request]) async -> [Answer]
    ) {
        self.limits = limits
        self.spacing = spacing
        self.weight = weight
        self.perform = perform
    }

    /// How much waits for the next call.
    public var queuedWeight: Int { state.withLock { $0.weight } }

    /// Calls together with other requests.
    @inlinable
    public func call(_ request: Request) async -> Result<Answer, Refusal> {
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
    @inlinable
    public func run() async throws {
        await withGracefulShutdownHandler {
            await withTaskCancellationHandler {
                var (start, size) = (Duration.zero, 0)
                while await waitForRequests() {
                    if size > 1 { await keepDistance(from: start, of: size) }
                    let batch = state.withLock { $0.nextBatch(within: limits.batch) }
                    (start, size) = (spacing.now(), batch.count)
                    await answer(batch)
                }
            } onCancel: {
                self.stop()
            }
        } onGracefulShutdown: {
            self.stop()
        }
    }

    @inlinable
    func stop() {
        state.withLock { $0.isStopping = true }
        wake()
    }

    @inlinable
    func wake() {
        state.withLock { state in
            exchange(&state.idle, with: nil)
        }?.resume()
    }

    /// Returns `true` when requests wait, `false` when there will be no more.
    @inlinable
    func waitForRequests() async -> Bool {
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

    /// Waits until the call after one of so many requests is due, unless enough wait for it.
    @inlinable
    func keepDistance(from start: Duration, of size: Int) async {
        let left = start + spacing.interval - spacing.now()
        guard left > .zero else { return }
        let isWorthIt = state.withLock { state in
            !state.isStopping && state.weight < spacing.enough && state.requests.count < size
        }
        if isWorthIt { await spacing.sleep(left) }
    }

    @inlinable
    func answer(_ batch: [Waiting]) async {
        guard !batch.isEmpty else { return }
        let answers = await perform(batch.map { $0.request })
        for index in batch.indices { batch[index].reply.resume(returning: .success(answers[index])) }
    }
}
