/// Lets clients post only so many events, so that the load lasts as long as the test needs it.
actor LoadGate {
    private let total: Int
    private var limit = 0
    private var taken = 0
    /// Whether the load ended early.
    private(set) var isClosed = false
    private var waiters: [CheckedContinuation<Void, Never>] = []

    init(total: Int) {
        self.total = total
    }

    /// How many events were let through.
    var count: Int { taken }

    /// Takes leave to post up to `count` new events; waits while there is none, and gives 0 in the end.
    func take(_ count: Int) async -> Int {
        while taken >= limit, taken < total, !isClosed {
            await withCheckedContinuation { waiters.append($0) }
        }
        guard !isClosed else { return 0 }
        let granted = min(count, limit - taken)
        taken += granted
        wake()
        return granted
    }

    /// Lets events through up to this many in all.
    func raise(to count: Int) {
        limit = min(total, max(limit, count))
        wake()
    }

    /// Waits until so many events were let through.
    func reached(_ count: Int) async {
        while taken < min(count, limit), !isClosed {
            await withCheckedContinuation { waiters.append($0) }
        }
    }

    /// Runs a part of the test; when it fails, the load ends at once.
    nonisolated func closing<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch {
            await close()
            throw error
        }
    }

    private func close() {
        isClosed = true
        wake()
    }

    private func wake() {
        let all = waiters
        waiters = []
        for waiter in all { waiter.resume() }
    }
}
