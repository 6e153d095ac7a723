extension Scope {
    /// Stands for every value: user `*`, or tag `feature=*`.
    package static let everyValue = "*"

    /// Whether it stands for every value of its type, each by itself.
    package var isEveryValue: Bool {
        switch type {
        case .workspace: false
        case .tag: id.dropFirst(tagKey?.count ?? 0) == "=*"
        case .team, .project, .user, .sourceApp, .provider, .model: id == Self.everyValue
        }
    }

    /// The key of a tag's scope; nil for other types.
    package var tagKey: Substring? {
        type == .tag ? id.prefix { $0 != "=" } : nil
    }

    /// The scope that an event is counted in: itself, or that of the event's value when it stands for every value.
    ///
    /// - Returns: A scope of one value; nil when the event does not belong here.
    package func counted(for event: UsageEvent) -> Scope? {
        guard isEveryValue else { return contains(event) ? self : nil }
        return value(in: event).map { Scope(type: type, id: $0) }
    }

    /// Whether a scope of one value is this one, or one of those it stands for.
    package func covers(_ other: Scope) -> Bool {
        guard isEveryValue else { return self == other }
        return type == other.type && tagKey == other.tagKey
    }

    /// All scopes of one value that an event is counted in.
    package static func all(of event: UsageEvent) -> [Scope] {
        let single = ScopeType.allCases.filter { $0 != .tag }.compactMap { type in
            Scope(type: type, id: everyValue).value(in: event).map { Scope(type: type, id: $0) }
        }
        return single + event.identity.tags.map { Scope(type: .tag, id: "\($0.key)=\($0.value)") }
    }

    private func value(in event: UsageEvent) -> String? {
        switch type {
        case .workspace: event.identity.workspace
        case .team: event.identity.team
        case .project: event.identity.project
        case .user: event.identity.user
        case .sourceApp: event.identity.sourceApp
        case .provider: event.provider
        case .model: event.model
        case .tag: event.identity.tags.first { $0.key == tagKey ?? "" }.map { "\($0.key)=\($0.value)" }
        }
    }
}
