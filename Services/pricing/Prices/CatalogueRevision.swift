internal import Domain
internal import PriceBook
internal import PriceDesk

/// What changes when the catalogue is read anew.
struct CatalogueRevision {
    /// Versions that the catalogue no longer has.
    var withdrawn: [StoredPrice] = []
    /// Entries that are not stored.
    var added: [PriceEntry] = []

    var isEmpty: Bool { withdrawn.isEmpty && added.isEmpty }

    private struct Identity: Hashable {
        var key: String
        var content: UInt64
        var validFrom: Timestamp?
        var validTo: Timestamp?
    }

    /// Compares what is stored with what the catalogue says.
    ///
    /// - Throws: ``PriceStoreError``, invalid, when a model has two entries at one time.
    init(of stored: [StoredPrice], to entries: [PriceEntry]) throws(PriceStoreError) {
        try Self.checkTimes(of: entries)
        let wanted = Dictionary(entries.map { (Self.identity($0), $0) }) { first, _ in first }
        var kept: Set<Identity> = []
        for price in stored.sorted(by: { $0.version.id < $1.version.id }) {
            let identity = Self.identity(price.entry)
            if wanted[identity] != nil, kept.insert(identity).inserted { continue }
            withdrawn.append(price)
        }
        var added: Set<Identity> = []
        for entry in entries {
            let identity = Self.identity(entry)
            if !kept.contains(identity), added.insert(identity).inserted { self.added.append(entry) }
        }
    }

    private static func identity(_ entry: PriceEntry) -> Identity {
        Identity(
            key: entry.key,
            content: entry.contentVersion(source: .catalogue),
            validFrom: entry.validFrom,
            validTo: entry.validTo
        )
    }

    private static func checkTimes(of entries: [PriceEntry]) throws(PriceStoreError) {
        for (key, versions) in Dictionary(grouping: entries, by: \.key) where versions.count > 1 {
            let sorted = versions.sorted { ($0.validFrom ?? .distantPast) < ($1.validFrom ?? .distantPast) }
            for (earlier, later) in zip(sorted, sorted.dropFirst()) {
                guard let end = earlier.validTo, end <= later.validFrom ?? .distantPast else {
                    throw PriceStoreError(.invalid, "The catalogue has two prices of \(key) at one time.")
                }
            }
        }
    }
}

extension Timestamp {
    fileprivate static let distantPast = Timestamp(microseconds: .min)
}
