package import Calendars
package import Domain

/// Which counters exist: for every workspace its own spend, and what budgets ask for beside that.
///
/// Counting every scope would cost Redis ~35 µs an event and let one careless tag fill it, so that only what somebody
/// asked for is counted.
package struct CounterCatalogue: Sendable, Equatable {
    /// A scope and the kind of period it is counted by.
    package struct Definition: Hashable, Sendable {
        package var scope: Scope
        package var period: PeriodKind

        package init(scope: Scope, period: PeriodKind) {
            self.scope = scope
            self.period = period
        }
    }

    /// What is counted in one workspace.
    package struct Workspace: Sendable, Equatable {
        package var calendar: CalendarRules
        package var definitions: [Definition]

        package init(calendar: CalendarRules, definitions: [Definition]) {
            self.calendar = calendar
            self.definitions = definitions
        }
    }

    /// The periods that every workspace's own spend is counted by.
    package static let workspacePeriods: [PeriodKind] = [.month, .total]

    /// Counters live so long after the end of their period (blueprint §6.4).
    package static let retention = Duration.seconds(35 * 86_400)

    /// The workspaces by id.
    package var workspaces: [String: Workspace]

    package init(workspaces: [String: Workspace] = [:]) {
        self.workspaces = workspaces
    }

    /// Whether anything is asked for beside a workspace's own spend.
    package func asksForMore(in workspace: String) -> Bool {
        workspaces[workspace]?.definitions.isEmpty == false
    }

    /// The counters of a workspace's own spend at a time.
    ///
    /// A workspace this copy does not know yet is counted by the standard calendar: it was made less than a second ago,
    /// with the default calendar.
    package func ownCounters(of workspace: String, at time: Timestamp) -> [Counter] {
        let calendar = workspaces[workspace]?.calendar ?? .standard
        return Self.own(workspace).map { counter($0, in: workspace, calendar, at: time) }
    }

    /// The counters that an event is counted in, each once.
    package func counters(for event: UsageEvent) -> [Counter] {
        let id = event.identity.workspace
        let own = ownCounters(of: id, at: event.occurredAt)
        guard let workspace = workspaces[id], !workspace.definitions.isEmpty else { return own }
        let asked = workspace.definitions.filter { $0.scope.contains(event) && !Self.own(id).contains($0) }
        return own + asked.map { counter($0, in: id, workspace.calendar, at: event.occurredAt) }
    }

    private static func own(_ workspace: String) -> [Definition] {
        workspacePeriods.map { Definition(scope: Scope(type: .workspace, id: workspace), period: $0) }
    }

    private func counter(
        _ definition: Definition,
        in workspace: String,
        _ calendar: CalendarRules,
        at time: Timestamp
    ) -> Counter {
        let period = calendar.period(definition.period, containing: time)
        return Counter(
            name: CounterName(workspace: workspace, scope: definition.scope, period: period).text,
            expiresAt: period.end?.adding(Self.retention)
        )
    }

    /// One counter and when it may be forgotten.
    package struct Counter: Hashable, Sendable {
        package var name: String
        /// `nil` for a counter of the total, which never ends.
        package var expiresAt: Timestamp?
    }
}
