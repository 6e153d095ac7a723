/// An entry that a consumer has been given and has not yet acknowledged.
package struct Delivery: Hashable, Sendable {
    package var stream: StreamKind
    package var partition: Partition
    package var id: EntryID
    /// The life of the streams in which a priced entry was added, positive; 0 for other entries.
    ///
    /// With `id` it names the entry for ever.
    package var epoch: Int64
    /// What the producer gave.
    ///
    /// Empty when the entry has none: see `isMalformed`.
    package var payload: [UInt8]
    /// How often the entry has been delivered, this time included.
    package var attempts: Int
    /// The one group that shall handle the entry, after a replay; `nil` for all.
    package var addressedTo: ConsumerGroup?
    /// The hold that the event's claim committed.
    package var hold: HoldMark
    /// Whether the entry has no payload or an unreadable epoch or address: not written by Oliver.
    ///
    /// The loop buries it.
    package var isMalformed: Bool

    package init(
        stream: StreamKind,
        partition: Partition,
        id: EntryID,
        epoch: Int64 = 0,
        payload: [UInt8],
        attempts: Int = 1,
        addressedTo: ConsumerGroup? = nil,
        hold: HoldMark = .none,
        isMalformed: Bool = false
    ) {
        self.stream = stream
        self.partition = partition
        self.id = id
        self.epoch = epoch
        self.payload = payload
        self.attempts = attempts
        self.addressedTo = addressedTo
        self.hold = hold
        self.isMalformed = isMalformed
    }
}
