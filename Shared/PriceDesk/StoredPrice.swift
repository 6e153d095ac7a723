package import Domain
package import PriceBook

/// A price version with what the store knows beyond its prices: who made it, why, and how it ended.
package struct StoredPrice: Sendable {
    /// The prices, their source and their validity.
    package var version: PriceVersion
    /// Made from the prices alone: equal prices have equal numbers.
    package var contentVersion: UInt64
    /// The sync that brought it; nil for what people made.
    package var syncID: Int64?
    /// Who made it; nil for a sync.
    package var author: String?
    /// Why it was made, in the author's words.
    package var reason: String?
    /// When its end was written down, which is not when it ended.
    package var closedAt: Timestamp?
    /// Who or what wrote the end down.
    package var closedBy: String?
    /// Whether it was taken back before it ever held: it is kept for the record and prices nothing.
    package var isWithdrawn: Bool

    package init(
        version: PriceVersion,
        contentVersion: UInt64,
        syncID: Int64? = nil,
        author: String? = nil,
        reason: String? = nil,
        closedAt: Timestamp? = nil,
        closedBy: String? = nil,
        isWithdrawn: Bool = false
    ) {
        self.version = version
        self.contentVersion = contentVersion
        self.syncID = syncID
        self.author = author
        self.reason = reason
        self.closedAt = closedAt
        self.closedBy = closedBy
        self.isWithdrawn = isWithdrawn
    }

    package var entry: PriceEntry { version.entry }

    /// Whether it has no end and prices things, now or later.
    package var isOpen: Bool { entry.validTo == nil && !isWithdrawn }

    /// Whether its prices hold at a time.
    package func holds(at time: Timestamp) -> Bool {
        guard !isWithdrawn else { return false }
        return (entry.validFrom.map { $0 <= time } ?? true) && (entry.validTo.map { time < $0 } ?? true)
    }

    /// Whether its time has a moment in common with an interval; nil bounds are endless.
    package func overlaps(from start: Timestamp?, to end: Timestamp?) -> Bool {
        guard !isWithdrawn else { return false }
        let startsBefore = end.map { end in entry.validFrom.map { $0 < end } ?? true } ?? true
        let endsAfter = start.map { start in entry.validTo.map { start < $0 } ?? true } ?? true
        // A version of no duration has no moment at all.
        return startsBefore && endsAfter && (entry.validFrom == nil || entry.validFrom != entry.validTo)
    }

    /// Ends it.
    package mutating func close(at end: Timestamp, by whom: String, recordedAt: Timestamp) {
        version.entry.validTo = entry.validFrom.map { max($0, end) } ?? end
        closedAt = recordedAt
        closedBy = whom
    }
}
