package import Calendars
package import Domain

/// The name of a counter: what is counted, and for which period.
///
/// The parts are joined by U+001F, which no id may contain, so that no two counters share a name.
package struct CounterName: Hashable, Sendable {
    package let workspace: String
    package let scope: Scope
    /// The period's name, for example `month:2026-11-01`.
    package let period: String

    package init(workspace: String, scope: Scope, period: Period) {
        self.workspace = workspace
        self.scope = scope
        self.period = period.name
    }

    /// The name as it stands in Redis.
    package var text: String {
        [workspace, scope.type.rawValue, scope.id, period].joined(separator: "\u{1F}")
    }
}
