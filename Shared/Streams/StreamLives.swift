/// What the ledger knows of a partition's life.
package struct KnownLife: Hashable, Sendable {
    /// The life that the ledger was told of last; `nil` for none.
    package var epoch: Int64?
    /// The furthest entry of it that the ledger has.
    package var furthest: EntryID
    /// The number of the last correction in the partition's outbox.
    package var outboxNumber: Int64

    package init(epoch: Int64? = nil, furthest: EntryID = .zero, outboxNumber: Int64 = 0) {
        self.epoch = epoch
        self.furthest = furthest
        self.outboxNumber = outboxNumber
    }
}

/// Remembers the lives of partitions where they outlive the server of the streams.
///
/// A server that lost its data, or came back with older data than the ledger has, begins a new life. So that this shows,
/// nothing is priced after a start of the server before its data has been compared with what is remembered here.
package protocol StreamLives: Sendable {
    /// Compares a partition: the body is given what is known and returns the life that holds from now on.
    ///
    /// No other comparison, and no new correction of the partition, comes in between.
    func comparing(
        _ partition: Partition,
        _ body: @Sendable (KnownLife) async throws -> Int64
    ) async throws
}

/// For streams behind which there is no ledger: whatever the server has is right.
package struct UnknownLives: StreamLives {
    package init() {}

    package func comparing(
        _ partition: Partition,
        _ body: @Sendable (KnownLife) async throws -> Int64
    ) async throws {
        _ = try await body(KnownLife())
    }
}
