internal import Directory
internal import Domain
internal import ServiceRuntime

extension LedgerJob {
    /// What the audit log says of a correction.
    func entry(_ action: String, by author: Author, from old: LedgerJob? = nil) -> AuditEntry {
        AuditEntry(
            workspace: request.workspace,
            author: author,
            action: action,
            target: AuditEntry.Target("correction", String(id)),
            before: old?.document,
            after: document
        )
    }

    private var document: JSONValue {
        [
            "id": .string(String(id)), "kind": .string(request.kind.name), "state": .string(state.name),
            "workspace": request.workspace.map { .string($0) } ?? .null, "key": .string(request.key),
            "reason": .string(request.reason), "from": .string(request.query.from.rfc3339),
            "to": .string(request.query.to.rfc3339),
            "reverses": request.reverses.map { .string(String($0)) } ?? .null,
            "events_changed": .int(Int64(progress.changed)), "cost_before_usd": .string(progress.costBefore.usd),
            "cost_after_usd": .string(progress.costAfter.usd),
        ]
    }
}
