extension CounterKeeper: CounterKeeping {
    package func makeReady(
        _ counters: [CounterCatalogue.Counter],
        within patience: Duration
    ) async throws(CounterError) -> Bool {
        // Asked for all at once, waited for one kind after the other.
        for counter in counters { request([counter.id], isOnFirstUse: counter.isOnFirstUse) }
        for isOnFirstUse in [false, true] {
            let names = counters.filter { $0.isOnFirstUse == isOnFirstUse }.map(\.id)
            if names.isEmpty { continue }
            do {
                guard try await open(names, isOnFirstUse: isOnFirstUse, within: patience) else { return false }
            } catch let error as CounterError {
                throw error
            } catch {
                // Redis, or the caller went away: the counters are not ready, and the fail mode answers.
                return false
            }
        }
        return true
    }
}
