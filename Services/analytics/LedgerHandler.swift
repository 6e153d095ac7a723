internal import Directory
internal import Domain
package import Ledger
package import ServiceRuntime
package import Streams
internal import Wire

/// Keeps priced events in the ledger; they are acknowledged only once their transaction has committed.
package struct LedgerHandler: BatchHandler {
    private let ledger: any LedgerStore
    private let mirrors: MirrorKeeper
    private let writer: String
    private let metrics: AnalyticsMetrics
    private let clock: any WallClock

    package init(
        ledger: any LedgerStore,
        mirrors: MirrorKeeper,
        writer: String,
        metrics: AnalyticsMetrics,
        clock: any WallClock
    ) {
        self.ledger = ledger
        self.mirrors = mirrors
        self.writer = writer
        self.metrics = metrics
        self.clock = clock
    }

    package func handle(_ batch: [Delivery]) async throws -> BatchOutcome {
        var entries: [LedgerEntry] = []
        entries.reserveCapacity(batch.count)
        var poison: [Int: String] = [:]
        for (index, delivery) in batch.enumerated() {
            do {
                entries.append(try LedgerEntry(delivery))
            } catch {
                poison[index] = String(describing: error)
            }
        }
        try await mirrors.ensure(entries.map(\.priced.event.identity))
        let outcomes = try await ledger.append(entries, writer: writer)
        metrics.kept(entries, outcomes, at: clock.now)
        return .acknowledging(batch, except: poison)
    }
}

extension LedgerEntry {
    /// Decodes a delivered entry.
    init(_ delivery: Delivery) throws {
        let entry = try PricedEntry(delivery.payload)
        let described = LedgerEntry(
            priced: entry.priced,
            idHash: entry.idHash,
            digest: entry.digest,
            partition: delivery.partition.number,
            reference: EntryReference(
                epoch: delivery.epoch,
                milliseconds: Int64(clamping: delivery.id.milliseconds),
                sequence: Int64(clamping: delivery.id.sequence)
            )
        )
        guard let described else { throw WireError("the id hash does not have 16 bytes") }
        try described.check()
        self = described
    }
}
