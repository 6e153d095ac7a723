package import Ledger
package import Streams

/// Lays a demonstration's events into a ledger, by the ledger's own writer.
package struct DemoLoad: Sendable {
    private let events: DemoEvents
    private let ledger: any LedgerStore
    private let partition: Int
    private let batch: Int
    private let lanes: Int

    /// - Parameters:
    ///   - events: What to lay.
    ///   - ledger: Where; it should not note positions, as no stream brings these events.
    ///   - partitioning: Tells the workspace's partition.
    ///   - batch: Events in one transaction.
    ///   - lanes: Transactions at the same time.
    package init(
        _ events: DemoEvents,
        into ledger: any LedgerStore,
        partitioning: Partitioning,
        batch: Int = 4_000,
        lanes: Int = 3
    ) {
        self.events = events
        self.ledger = ledger
        partition = partitioning.partition(ofWorkspace: events.settings.workspace).number
        self.batch = batch
        self.lanes = lanes
    }

    /// Lays all events; those that are there already stay as they are.
    ///
    /// - Parameter progress: Hears how many events are done, after each batch.
    /// - Returns: How many events were new.
    /// - Throws: What the ledger throws; what was laid until then stays.
    package func run(progress: (Int) -> Void = { _ in }) async throws -> Int {
        try await withThrowingTaskGroup(of: (done: Int, kept: Int).self) { group in
            var starts = stride(from: 0, to: events.count, by: batch).makeIterator()
            func startNext() {
                guard let start = starts.next() else { return }
                group.addTask { try await lay(start..<min(start + batch, events.count)) }
            }
            for _ in 0..<lanes { startNext() }
            var sum = (done: 0, kept: 0)
            while let (done, kept) = try await group.next() {
                sum = (sum.done + done, sum.kept + kept)
                progress(sum.done)
                startNext()
            }
            return sum.kept
        }
    }

    @concurrent
    private func lay(_ range: Range<Int>) async throws -> (done: Int, kept: Int) {
        let entries = range.compactMap { events.entry($0, partition: partition) }
        let outcomes = try await ledger.append(entries, writer: "demo")
        return (range.count, outcomes.count { $0 == .kept })
    }
}
