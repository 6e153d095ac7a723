/// The address of a dead letter, as operators type it: `p07/1795000000000-0`.
package struct DeadLetterID: Hashable, Sendable, Comparable {
    package var partition: Partition
    package var entry: EntryID

    package init(partition: Partition, entry: EntryID) {
        self.partition = partition
        self.entry = entry
    }

    package static func < (left: DeadLetterID, right: DeadLetterID) -> Bool {
        (left.partition, left.entry) < (right.partition, right.entry)
    }
}

extension DeadLetterID: CustomStringConvertible {
    /// Reads `p07/1795000000000-0`; `nil` when it is anything else.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard
            parts.count == 2,
            let partition = Partition(parts[0]),
            let entry = EntryID(parts[1])
        else { return nil }
        self.init(partition: partition, entry: entry)
    }

    package var description: String { "\(partition)/\(entry)" }
}

/// An entry that its consumers gave up on.
///
/// It stays until somebody replays or discards it.
package struct DeadLetter: Hashable, Sendable {
    package var id: DeadLetterID
    /// The group that gave up.
    package var stage: ConsumerGroup
    /// The stream it was in.
    package var stream: StreamKind
    /// Its id there.
    package var entry: EntryID
    /// Its epoch there; 0 when it had none.
    package var epoch: Int64
    package var reason: String
    /// How often it had been delivered.
    package var attempts: Int
    /// Milliseconds since 1970 at which it was buried.
    package var buriedAt: UInt64
    /// What it carried.
    ///
    /// For an entry without a payload: its fields and values, one after the other, as text lines.
    package var payload: [UInt8]

    package init(
        id: DeadLetterID,
        stage: ConsumerGroup,
        stream: StreamKind,
        entry: EntryID,
        epoch: Int64,
        reason: String,
        attempts: Int,
        buriedAt: UInt64,
        payload: [UInt8]
    ) {
        self.id = id
        self.stage = stage
        self.stream = stream
        self.entry = entry
        self.epoch = epoch
        self.reason = reason
        self.attempts = attempts
        self.buriedAt = buriedAt
        self.payload = payload
    }
}

/// A page of dead letters.
package struct DeadLetterPage: Hashable, Sendable {
    package var letters: [DeadLetter]
    /// Where the next page starts; `nil` when this is the last.
    package var next: DeadLetterID?

    package init(letters: [DeadLetter], next: DeadLetterID?) {
        self.letters = letters
        self.next = next
    }
}
