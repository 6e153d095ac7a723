internal import Directory
internal import Domain
internal import PriceBook
internal import PriceDesk
internal import ServiceRuntime

extension StoredPrice {
    /// What the audit log says of an override.
    func auditEntry(_ action: String, by author: Author, from old: StoredPrice? = nil) throws -> AuditEntry {
        AuditEntry(
            workspace: version.workspace,
            author: author,
            action: action,
            target: AuditEntry.Target("price_override", String(version.id)),
            before: try old.map { price in try JSONValue { $0.write(price) } },
            after: try JSONValue { $0.write(self) }
        )
    }
}

extension SyncRecord {
    /// What the audit log says of a sync: prices of all workspaces are its business.
    func auditEntry(_ action: String, by author: Author) -> AuditEntry {
        AuditEntry(
            workspace: nil,
            author: author,
            action: action,
            target: AuditEntry.Target("price_sync", String(id)),
            after: [
                "cause": .string(cause.rawValue), "requested_by": .string(requestedBy), "url": .string(url),
                "outcome": .string(outcome.rawValue), "opened": .int(Int64(counts.opened)),
                "changed": .int(Int64(counts.changed)), "closed": .int(Int64(counts.closed)),
                "quarantined": .int(Int64(counts.quarantined)),
            ]
        )
    }
}

extension PriceChange {
    /// What the audit log says of a decision about a change: it holds for all workspaces.
    func auditEntry(by author: Author, from old: PriceChange) throws -> AuditEntry {
        AuditEntry(
            workspace: nil,
            author: author,
            action: state == .approved ? "price_change.approve" : "price_change.reject",
            target: AuditEntry.Target("price_change", String(id)),
            before: try JSONValue { try $0.write(old) },
            after: try JSONValue { try $0.write(self) }
        )
    }
}

extension JSONValue {
    /// The value that is written.
    fileprivate init(_ write: (inout JSONWriter) throws -> Void) throws {
        var writer = JSONWriter()
        try write(&writer)
        try self.init(parsing: writer.bytes)
    }
}
