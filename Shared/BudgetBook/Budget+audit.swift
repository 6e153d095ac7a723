internal import Directory
internal import Domain
internal import ServiceRuntime

extension Budget {
    /// What the audit log says of a change; whose budget it is and who is told are people's own data.
    func entry(_ action: String, by author: Author, from old: Budget?) -> AuditEntry {
        var personal: [AuditEntry.Personal] = []
        if scope.type == .user, !scope.isEveryValue {
            personal.append(AuditEntry.Personal("scope.id", of: .user(scope.id, in: workspace)))
        }
        let lists: [(AuditEntry.Personal.Document, [String])] = [
            (.before, old?.recipients ?? []), (.after, recipients),
        ]
        for (document, list) in lists {
            for (index, address) in list.enumerated() {
                personal.append(AuditEntry.Personal("recipients.\(index)", of: .mail(address), in: document))
            }
        }
        return AuditEntry(
            workspace: workspace,
            author: author,
            action: action,
            target: AuditEntry.Target("budget", id),
            before: old?.document,
            after: document,
            personal: personal
        )
    }

    private var document: JSONValue {
        [
            "id": .string(id), "name": .string(name), "workspace": .string(workspace),
            "scope": ["type": .string(scope.type.rawValue), "id": .string(scope.id)],
            "period": .string(period.rawValue), "limit_usd": .string(limit.usd), "action": .string(action.rawValue),
            "thresholds": .array(thresholds.map { .int(Int64($0)) }),
            "recipients": .array(recipients.map { .string($0) }),
            "raise": raise.map { raise in
                [
                    "limit_usd": .string(raise.limit.usd), "from": .string(raise.from.rfc3339),
                    "until": .string(raise.until.rfc3339),
                ]
            } ?? .null,
            "archived_at": archivedAt.map { .string($0.rfc3339) } ?? .null, "version": .int(version),
        ]
    }
}
