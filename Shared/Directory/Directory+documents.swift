package import Access
import Domain
package import ServiceRuntime

extension Workspace {
    /// The workspace as the API and the audit log show it.
    package var document: JSONValue {
        [
            "id": .string(id), "name": .string(name), "time_zone": .string(timeZone),
            "week_start": .int(Int64(weekStart)), "fiscal_year_start": .int(Int64(fiscalYearStart)),
            "currency": .string(currency), "fail_mode": .string(failMode.rawValue),
            "unpriced_mode": .string(unpricedMode.rawValue),
            "retention_months": retentionMonths.map { .int(Int64($0)) } ?? .null,
            "created_at": .string(createdAt.rfc3339), "archived_at": JSONValue(archivedAt), "hidden": .bool(isHidden),
            "version": .int(version),
        ]
    }

    /// What the audit log says of a change.
    func entry(_ edit: DirectoryEdit, before old: Workspace? = nil) -> AuditEntry {
        AuditEntry(
            workspace: id,
            author: edit.author,
            action: edit.action,
            target: AuditEntry.Target("workspace", id),
            before: old?.document,
            after: document
        )
    }

    /// The workspace after an edit; nil when that changes nothing.
    func changed(
        _ edit: DirectoryEdit,
        to version: Int64,
        _ change: (inout Workspace) throws -> Void
    ) throws -> Workspace? {
        try edit.check(self.version)
        var new = self
        try change(&new)
        new.version = self.version
        if new == self { return nil }
        try new.check()
        new.version = version
        return new
    }
}

extension APIKey {
    /// The key as the audit log shows it: everything but the secret, and when it was used.
    var auditDocument: JSONValue {
        [
            "id": .string(id), "name": .string(name), "prefix": .string(prefix),
            "scopes": .array(scopes.names.map { .string($0) }), "workspace": JSONValue(workspace),
            "source_app": .string(sourceApp), "created_at": .string(createdAt.rfc3339),
            "created_by": .string(createdBy), "expires_at": JSONValue(expiresAt), "revoked_at": JSONValue(revokedAt),
            "rotated_at": JSONValue(rotatedAt), "grace_until": JSONValue(graceUntil), "version": .int(version),
        ]
    }

    /// The key as the API shows it; `raw` is shown once, when it was made.
    package func document(showing raw: RawKey? = nil) -> JSONValue {
        guard case .object(var members) = auditDocument else { return .null }
        if let raw { members.insert(JSONValue.Member("key", .string(raw.text)), at: 0) }
        members.append(JSONValue.Member("last_used_at", JSONValue(lastUsedAt)))
        return .object(members)
    }

    /// What the audit log says of a change.
    func entry(_ edit: DirectoryEdit, before old: APIKey? = nil) -> AuditEntry {
        AuditEntry(
            workspace: workspace,
            author: edit.author,
            action: edit.action,
            target: AuditEntry.Target("api_key", id),
            before: old?.auditDocument,
            after: auditDocument
        )
    }

    /// The key after an edit; nil when that changes nothing.
    func changed(_ edit: DirectoryEdit, to version: Int64, _ change: (inout APIKey) throws -> Void) throws -> APIKey? {
        try edit.check(self.version)
        var new = self
        try change(&new)
        new.version = self.version
        if new == self { return nil }
        guard isName(new.name) else {
            throw DirectoryError(.invalid, "the name must have 1 to 128 characters and no control characters")
        }
        new.version = version
        return new
    }
}

extension Upsert {
    /// What the audit log says of it: how many were made and changed; nil when nothing was.
    ///
    /// Programs tell of thousands at once: what they told stands in the directory.
    func entry(_ result: UpsertResult, by author: Author) -> AuditEntry? {
        func counts(_ outcomes: [UpsertOutcome]) -> JSONValue {
            let made = outcomes.count { $0 == .created }
            return ["created": .int(Int64(made)), "updated": .int(Int64(outcomes.count { $0 == .updated }))]
        }
        let all = result.teams + result.projects + result.users
        guard all.contains(where: { $0 != .unchanged }) else { return nil }
        return AuditEntry(
            workspace: workspace,
            author: author,
            action: "directory.upsert",
            target: AuditEntry.Target("directory", workspace),
            after: [
                "source_app": .string(sourceApp), "teams": counts(result.teams), "projects": counts(result.projects),
                "users": counts(result.users),
            ]
        )
    }
}

extension JSONValue {
    /// A text, or null.
    init(_ text: String?) {
        self = text.map { .string($0) } ?? .null
    }

    /// A time as RFC 3339, or null.
    init(_ time: Timestamp?) {
        self.init(time?.rfc3339)
    }
}
