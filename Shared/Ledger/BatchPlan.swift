/// Sorts a batch into the entries that may be kept and those that cannot, before the database is asked.
struct BatchPlan: Sendable {
    /// The entry that an identity is kept by.
    struct Identity: Hashable, Sendable {
        var reference: EntryReference
        var digest: UInt64
    }

    /// The first entry of each identity, by position, sorted by identity: all writers lock in that order.
    let candidates: [Int]
    private let entries: [LedgerEntry]

    init(_ entries: [LedgerEntry]) {
        self.entries = entries
        var seen: Set<UInt128> = []
        seen.reserveCapacity(entries.count)
        candidates = entries.indices
            .filter { seen.insert(entries[$0].idHash).inserted }
            .sorted { entries[$0].idHash < entries[$1].idHash }
    }

    /// What becomes of each entry.
    ///
    /// - Parameter existing: The identities of those candidates that the ledger had before, by hash.
    /// - Returns: An outcome for each entry, in the batch's order.
    func outcomes(existing: [UInt128: Identity]) -> [LedgerOutcome] {
        var keepers = existing
        var outcomes: [LedgerOutcome] = []
        var refused: Set<EntryKey> = []
        outcomes.reserveCapacity(entries.count)
        for entry in entries {
            guard let keeper = keepers[entry.idHash] else {
                keepers[entry.idHash] = Identity(reference: entry.reference, digest: entry.digest)
                outcomes.append(.kept)
                continue
            }
            if keeper.reference == entry.reference || !refused.insert(EntryKey(entry)).inserted {
                outcomes.append(.redelivered)
            } else {
                outcomes.append(.lateDuplicate(conflict: keeper.digest != entry.digest))
            }
        }
        return outcomes
    }

    /// An entry's place: its id is unique within its partition's stream.
    struct EntryKey: Hashable, Sendable {
        var partition: Int
        var reference: EntryReference

        init(partition: Int, reference: EntryReference) {
            self.partition = partition
            self.reference = reference
        }

        init(_ entry: LedgerEntry) {
            partition = entry.partition
            reference = entry.reference
        }
    }
}
