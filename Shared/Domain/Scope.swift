/// What spend is counted by.
package enum ScopeType: String, CaseIterable, Hashable, Sendable {
    case workspace
    case team
    case project
    case user
    case sourceApp = "source_app"
    case provider
    case model
    case tag
}

/// One value of one scope type within a workspace, for example team `growth`.
package struct Scope: Hashable, Sendable {
    package var type: ScopeType
    /// The value; for tags `key=value`, for the workspace its own id.
    package var id: String

    package init(type: ScopeType, id: String) {
        self.type = type
        self.id = id
    }

    /// Whether an event is counted in this scope.
    package func contains(_ event: UsageEvent) -> Bool {
        switch type {
        case .workspace: event.identity.workspace == id
        case .team: event.identity.team == id
        case .project: event.identity.project == id
        case .user: event.identity.user == id
        case .sourceApp: event.identity.sourceApp == id
        case .provider: event.provider == id
        case .model: event.model == id
        case .tag: event.identity.tags.contains { "\($0.key)=\($0.value)" == id }
        }
    }
}

/// The length of time a budget or counter runs for, in the calendar of its workspace.
package enum PeriodKind: String, CaseIterable, Hashable, Sendable {
    case day, week, month, quarter, year, total
}
