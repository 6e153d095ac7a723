import Domain
import Postgres
import PriceBook
import PriceDesk

/// Where a version that is added comes from.
struct PriceRowOrigin {
    var source: PriceSource
    var workspace: String?
    var syncID: Int64?
    var author: String?
    var reason: String?

    /// The parameters of the statement that adds a version.
    func values(of entry: PriceEntry, version: Int64, at time: Timestamp) -> [PostgresValue] {
        [
            .int(Int(source.rawValue)), .text(workspace), .text(entry.key), .text(entry.provider), .text(entry.json),
            .int(Int64(bitPattern: entry.contentVersion(source: source))), .timestamp(entry.validFrom),
            .timestamp(entry.validTo), .timestamp(time), .int(syncID), .text(author), .text(reason), .int(version),
        ]
    }
}

extension SyncRecord {
    init(row: PostgresRow) throws {
        let cause: String = try row.value("cause")
        let outcome: String = try row.value("outcome")
        self.init(
            id: try row.value("id"),
            // Words of a newer version are shown as what they are closest to.
            cause: SyncCause(rawValue: cause) ?? .scheduled,
            requestedBy: try row.value("requested_by"),
            instance: try row.value("instance"),
            url: try row.value("url"),
            startedAt: try row.value("started_at"),
            outcome: SyncOutcome(rawValue: outcome) ?? .failed
        )
        finishedAt = try row.optional("finished_at")
        etag = try row.optional("etag")
        digest = try row.optional("digest")
        detail = try row.optional("detail")
        counts.models = try row.value("models")
        counts.opened = try row.value("opened")
        counts.changed = try row.value("changed")
        counts.closed = try row.value("closed")
        counts.unchanged = try row.value("unchanged")
        counts.quarantined = try row.value("quarantined")
        counts.held = try row.value("held")
        counts.warnings = try row.value("warnings")
        summary = try row.value("summary")
    }
}

extension SyncResult {
    /// The parameters of the statement that ends a sync.
    func values(of sync: Int64, at time: Timestamp) -> [PostgresValue] {
        [
            .int(sync), .timestamp(time), .text(outcome.rawValue), .text(etag), .text(digest), .text(detail),
            .int(counts.models), .int(counts.opened), .int(counts.changed), .int(counts.closed),
            .int(counts.unchanged), .int(counts.quarantined), .int(counts.held), .int(counts.warnings),
            .text(summary), .text(isNoticeDue ? "due" : "none"),
        ]
    }
}

extension PriceChange {
    init(row: PostgresRow) throws {
        let state: String = try row.value("state")
        self.init(
            id: try row.value("id"),
            syncID: try row.value("sync_id"),
            key: try row.value("key"),
            // The table's check allows no other word.
            state: State(rawValue: state) ?? .superseded,
            guards: try row.value("guards"),
            detail: try row.value("detail"),
            oldContent: try row.optional("old_content"),
            newContent: try row.optional("new_content"),
            newVersion: UInt64(bitPattern: try row.value("new_version")),
            createdAt: try row.value("created_at"),
            decidedAt: try row.optional("decided_at"),
            decidedBy: try row.optional("decided_by"),
            note: try row.optional("note")
        )
    }
}
