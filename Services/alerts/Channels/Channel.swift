package import Domain

/// How a channel tells people or programs.
package enum ChannelKind: String, CaseIterable, Hashable, Sendable {
    case email
    /// A signed JSON body, as Standard Webhooks describes it.
    case webhook
    /// The JSON of Slack's incoming webhooks, which others read too.
    case slack
}

/// A place that alerts go to, beside the recipients of budgets.
package struct Channel: Hashable, Sendable {
    /// For example `chn_4fG…`.
    package var id: String
    /// Whose alerts go there; `nil` for those of all workspaces and of the installation.
    package var workspace: String?
    package var name: String
    package var kind: ChannelKind
    /// A mail address or a URL.
    package var target: String
    /// Which kinds of alerts go there; empty for all.
    package var events: [AlertKind]
    package var version: Int64
    package var createdAt: Timestamp
    /// A person or the id of an API key.
    package var createdBy: String
    package var updatedAt: Timestamp

    package init(
        id: String,
        workspace: String?,
        name: String,
        kind: ChannelKind,
        target: String,
        events: [AlertKind] = [],
        version: Int64 = 1,
        createdAt: Timestamp,
        createdBy: String,
        updatedAt: Timestamp? = nil
    ) {
        self.id = id
        self.workspace = workspace
        self.name = name
        self.kind = kind
        self.target = target
        self.events = events
        self.version = version
        self.createdAt = createdAt
        self.createdBy = createdBy
        self.updatedAt = updatedAt ?? createdAt
    }

    /// Whether alerts of a kind and workspace go there.
    package func takes(_ kind: AlertKind, of workspace: String?) -> Bool {
        (self.workspace == nil || self.workspace == workspace) && (events.isEmpty || events.contains(kind))
    }

    /// Where its alerts go.
    package var destination: Destination {
        kind == .email ? .email(target) : Destination(kind: kind, address: id)
    }

    /// The target as lists show it: what follows the host of a Slack URL is a secret, as is any query.
    package var shownTarget: String {
        switch kind {
        case .email: return target
        case .webhook: return String(target.prefix { $0 != "?" })
        case .slack:
            let parts = target.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
            let host = parts.count > 2 ? parts[2].prefix { $0 != "/" } : ""
            return "\(parts.first ?? "")//\(host)/…"
        }
    }
}
