internal import Directory
internal import Domain
internal import ServiceRuntime

extension Channel {
    /// What the audit log says of a change; a mail address is its owner's own data, and the secret part of a URL is left
    /// out.
    func entry(_ action: String, by author: Author, from old: Channel?) -> AuditEntry {
        entry(action, by: author, before: old, after: self)
    }

    /// What the audit log says of its end.
    func removal(by author: Author) -> AuditEntry {
        entry("channel.remove", by: author, before: self, after: nil)
    }

    private func entry(_ action: String, by author: Author, before: Channel?, after: Channel?) -> AuditEntry {
        var personal: [AuditEntry.Personal] = []
        if kind == .email, let before { personal.append(.init("target", of: .mail(before.target), in: .before)) }
        if kind == .email, let after { personal.append(.init("target", of: .mail(after.target), in: .after)) }
        return AuditEntry(
            workspace: workspace,
            author: author,
            action: action,
            target: AuditEntry.Target("channel", id),
            before: before?.document,
            after: after?.document,
            personal: personal
        )
    }

    private var document: JSONValue {
        [
            "id": .string(id), "workspace": workspace.map { .string($0) } ?? .null, "name": .string(name),
            "kind": .string(kind.rawValue), "target": .string(shownTarget),
            "events": .array(events.map { .string($0.rawValue) }), "version": .int(version),
        ]
    }
}
