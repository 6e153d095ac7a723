internal import Domain
internal import Wire

/// What people are told about syncs.
enum PriceNotice {
    /// Tells how a sync ended and what it changed.
    static func entry(of record: SyncRecord, at time: Timestamp) -> NoticeEntry {
        let counts = record.counts
        let title: String
        switch record.outcome {
        case .applied where counts.quarantined > 0:
            title = "\(counts.quarantined) price changes wait for a decision"
        case .applied: title = "Prices of \(counts.opened + counts.changed + counts.closed) models changed"
        case .refused: title = "The price map was refused as a whole"
        default: title = "The price map could not be fetched"
        }
        var facts = [
            NoticeEntry.Fact("outcome", record.outcome.rawValue), NoticeEntry.Fact("url", record.url),
            NoticeEntry.Fact("opened", "\(counts.opened)"), NoticeEntry.Fact("changed", "\(counts.changed)"),
            NoticeEntry.Fact("closed", "\(counts.closed)"), NoticeEntry.Fact("quarantined", "\(counts.quarantined)"),
        ]
        if let detail = record.detail { facts.append(.init("detail", detail)) }
        if record.outcome == .applied { facts.append(.init("summary", record.summary)) }
        return NoticeEntry(
            id: "price-sync-\(record.id)",
            kind: "price_sync",
            createdAt: time,
            title: title,
            facts: facts
        )
    }

    /// Tells that no sync has succeeded for long.
    static func stale(since time: Timestamp, last: SyncRecord?, at now: Timestamp) -> NoticeEntry {
        NoticeEntry(
            id: "price-sync-stale-\(time.microseconds)",
            kind: "price_sync_stale",
            createdAt: now,
            title: "The price map has not been updated since \(time.rfc3339)",
            facts: last?.detail.map { [.init("last_error", $0)] } ?? []
        )
    }
}
