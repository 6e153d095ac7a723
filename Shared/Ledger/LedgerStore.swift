package import Domain

/// The ledger: the append-only record of priced events, and sums over it.
package protocol LedgerStore: Sendable {
    /// Keeps a batch: all of it or, when it throws, nothing.
    ///
    /// It may be repeated: what is in the ledger stays as it is.
    ///
    /// - Parameters:
    ///   - entries: At most a few thousand, of any partitions and workspaces.
    ///   - writer: Names the replica, for its position in the streams.
    /// - Returns: What became of each entry, in their order.
    /// - Throws: `LedgerError`, or `CancellationError`.
    func append(_ entries: [LedgerEntry], writer: String) async throws -> [LedgerOutcome]

    /// Sums over everything that a query selects.
    func totals(_ query: LedgerQuery) async throws -> LedgerTotals

    /// Sums by two axes; `breakdown` and `timeseries` are views of it.
    ///
    /// - Parameters:
    ///   - query: The events.
    ///   - rows: The first axis.
    ///   - columns: The second axis.
    ///   - measure: What lines are ranked by; a quantity must be the query's.
    ///   - isSingle: Whether no figures are wanted but this one, cost, events and unpriced events.
    /// - Returns: The sums; lines without events and money are left out.
    /// - Throws: `LedgerError`, or `CancellationError`.
    func cube(
        _ query: LedgerQuery,
        rows: LedgerAxis,
        columns: LedgerAxis,
        rankedBy measure: LedgerMeasure,
        isSingle: Bool
    ) async throws -> LedgerCube

    /// A page of rows, newest first.
    ///
    /// - Parameters:
    ///   - query: The events.
    ///   - limit: At most so many rows, 1 to 1,000.
    ///   - cursor: Where the page before ended.
    /// - Returns: The rows and where the next page starts.
    /// - Throws: `LedgerError`, or `CancellationError`.
    func usage(_ query: LedgerQuery, limit: Int, after cursor: LedgerCursor?) async throws -> LedgerPage

    /// One event by its name; `nil` when the workspace has none of that name.
    ///
    /// - Parameters:
    ///   - eventID: Its name.
    ///   - workspace: Whose event it is.
    ///   - idHash: The 16 bytes that stand for both, as the event's entry had them.
    /// - Returns: The row, with what was changed of it.
    /// - Throws: `LedgerError`, or `CancellationError`.
    func event(_ eventID: String, of workspace: String, idHash: [UInt8]) async throws -> LedgerRow?

    /// Sums over events for counters, and what is in them that the counters will still be given of their own accord.
    ///
    /// All is read at the same moment.
    ///
    /// - Parameters:
    ///   - queries: One for each counter, at most a few hundred.
    ///   - work: What is still to be applied.
    /// - Returns: The sums and the changes to leave out, those of other workspaces of the partition included.
    /// - Throws: `LedgerError`, with code `stale` when more than `CounterSums.limit` is to be left out.
    func counterSums(_ queries: [LedgerQuery], leavingOut work: UnappliedWork) async throws -> CounterSums

    /// Those of some entries that the ledger was given: it has kept or refused them.
    func known(_ entries: [EntryReference], partition: Int) async throws -> [EntryReference]

    /// How many batches each partition was given whose entries were of an earlier life than its present one; none for
    /// a partition that is missing.
    ///
    /// Such a batch is on its way to no counter: it grows together with what it adds, so that a counter which was rebuilt
    /// before shows as such.
    func lateBatches() async throws -> [Int: Int64]

    /// Counter deltas of a partition after a number, in their order.
    func outbox(partition: Int, after number: Int64, limit: Int) async throws -> [OutboxEntry]

    /// How far the outbox has been filled and relayed, by partition; those without any entry may be missing.
    func outboxPositions() async throws -> [Int: OutboxPosition]

    /// What the rows had together that were dropped for their age: rows and this are what the rollups are.
    func droppedTotals(of workspace: String) async throws -> LedgerTotals

    /// Closed periods whose kept sums are not those of the rollups, in words: none. At most 100.
    func differingPeriods(of workspace: String) async throws -> [String]

    /// Remembers that all deltas up to a number are in the counters; a lower number than before changes nothing.
    func markRelayed(partition: Int, through number: Int64) async throws
}

/// What is counted apart from the stream: a change of counters that started in the ledger.
package struct OutboxEntry: Hashable, Sendable {
    /// Why the counters change.
    ///
    /// The order is the number in the ledger: append, never reorder.
    package enum Reason: Int16, Hashable, Sendable {
        /// An event was counted twice: its second entry came after the first had been forgotten by Redis.
        case lateDuplicate = 1
        /// As `lateDuplicate`, with another body.
        case lateConflict = 2
        /// A person corrected a cost.
        case adjustment = 3
        /// Events were priced again.
        case repricing = 4
    }

    package var partition: Int
    /// Ascending without gaps within a partition, in the order of commits.
    package var number: Int64
    /// Who the amount is counted for.
    package var identity: EventIdentity
    package var provider: String
    package var model: String
    package var occurredAt: Timestamp
    /// What to add to the counters.
    package var amount: Money
    /// How many events to add.
    package var events: Int64
    /// How many unpriced events to add.
    package var unpricedEvents: Int64
    package var reason: Reason
    /// The life of Redis in which it was made, as far as the ledger knew; counters of a later life start without it.
    package var epoch: Int64?
    /// The entry whose counting is undone.
    package var reference: EntryReference?
}

/// How far a partition's outbox has come.
package struct OutboxPosition: Hashable, Sendable {
    /// The number of the last delta.
    package var last: Int64
    /// The number of the last delta that is in the counters.
    package var relayed: Int64

    package init(last: Int64, relayed: Int64) {
        self.last = last
        self.relayed = relayed
    }
}
