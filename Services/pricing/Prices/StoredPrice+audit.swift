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
