/// Makes counters that hold everything.
package protocol CounterOpening: Sendable {
    /// Makes counters anew from the ledger, whatever they hold, and returns when all are ready.
    ///
    /// Throws when they are not ready in time, and whatever hinders it.
    func open(_ counters: [CounterCatalogue.Counter], within limit: Duration) async throws
}
