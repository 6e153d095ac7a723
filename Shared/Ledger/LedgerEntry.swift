package import Domain

/// Where an entry stands in a stream of priced events.
package struct EntryReference: Hashable, Sendable, CustomStringConvertible {
    /// The life of the Redis that made the id: ids of different epochs are not comparable.
    package var epoch: Int64
    /// The first half of the stream's entry id.
    package var milliseconds: Int64
    /// The second half of the stream's entry id.
    package var sequence: Int64

    package init(epoch: Int64, milliseconds: Int64, sequence: Int64) {
        self.epoch = epoch
        self.milliseconds = milliseconds
        self.sequence = sequence
    }

    package var description: String { "\(epoch):\(milliseconds)-\(sequence)" }
}

extension EntryReference: Comparable {
    package static func < (left: EntryReference, right: EntryReference) -> Bool {
        (left.epoch, left.milliseconds, left.sequence) < (right.epoch, right.milliseconds, right.sequence)
    }
}

/// A priced event as it came from its stream.
package struct LedgerEntry: Hashable, Sendable {
    package var priced: PricedEvent
    /// Stands for (workspace, event id): the same for every event with that identity.
    package var idHash: UInt128
    /// Tells a repeated body from another one under the same id.
    package var digest: UInt64
    /// The partition that the event's workspace belongs to.
    package var partition: Int
    package var reference: EntryReference

    /// Describes an entry; `nil` when the hash does not have 16 bytes.
    package init?(priced: PricedEvent, idHash: [UInt8], digest: UInt64, partition: Int, reference: EntryReference) {
        guard idHash.count == 16 else { return nil }
        self.priced = priced
        self.idHash = idHash.reduce(0) { $0 << 8 | UInt128($1) }
        self.digest = digest
        self.partition = partition
        self.reference = reference
    }

    /// The hash as PostgreSQL's `uuid` has it.
    var idBytes: [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 16)
        for half in 0..<2 {
            let word = UInt64(truncatingIfNeeded: idHash >> UInt128(half == 0 ? 64 : 0))
            for index in 0..<8 { bytes[half * 8 + index] = UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * index)) }
        }
        return bytes
    }

    /// Refuses what no accepted event can hold and what would not fit the arithmetic; `append` does so too.
    ///
    /// - Throws: `LedgerError` with code `invalidEntry`.
    package func check() throws {
        for time in [priced.event.occurredAt, priced.event.receivedAt] where !Timestamp.storable.contains(time) {
            throw LedgerError(.invalidEntry, "entry \(reference) has a time outside of the years 1 to 9999")
        }
        let cost = priced.cost.money?.picoDollars ?? 0
        guard cost.magnitude <= Money.eventLimit.picoDollars.magnitude else {
            throw LedgerError(.invalidEntry, "entry \(reference) costs more than one event may")
        }
    }

    var workspace: String { priced.event.identity.workspace }
}

/// What became of an entry.
package enum LedgerOutcome: Hashable, Sendable {
    /// It is in the ledger now.
    case kept
    /// This very entry is in the ledger, or on the list of late duplicates, already: nothing changed.
    case redelivered
    /// Another entry with the same identity is in the ledger: this one was listed, and its amount went out negated.
    case lateDuplicate(conflict: Bool)
}

extension Timestamp {
    /// The years 1 to 9999, which every part can reckon with.
    static let storable = Timestamp(seconds: -62_135_596_800)..<Timestamp(seconds: 253_402_300_800)
}
