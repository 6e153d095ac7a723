package import Calendars
package import Domain

/// Which counters exist: for every workspace its own spend, and what budgets ask for beside that.
///
/// Counting every scope would cost Redis ~35 µs an event and let one careless tag fill it, so that only what somebody
/// asked for is counted.
package struct CounterCatalogue: Sendable {
    /// A scope and the kind of period it is counted by.
    ///
    /// Several budgets may ask for the same.
    package struct Definition: Hashable, Sendable {
        package var scope: Scope
        package var period: PeriodKind

        package init(scope: Scope, period: PeriodKind) {
            self.scope = scope
            self.period = period
        }
    }

    /// The periods that every workspace's own spend is counted by.
    package static let workspacePeriods: [PeriodKind] = [.month, .total]

    /// Counters live so long after the end of their period (blueprint §6.4).
    package static let retention = Duration.seconds(35 * 86_400)

    /// The workspaces by id.
    package var workspaces: [String: Workspace]
    /// The version of all budgets that it shows: what is counted by an older one may miss a counter.
    package var budgetVersion: Int64

    /// The version of the directory that its workspaces and calendars come from.
    package var directoryVersion: Int64

    package init(workspaces: [String: Workspace] = [:], budgetVersion: Int64 = 0, directoryVersion: Int64 = 0) {
        self.workspaces = workspaces
        self.budgetVersion = budgetVersion
        self.directoryVersion = directoryVersion
    }

    /// What is counted in one workspace.
    ///
    /// One that this copy does not know yet is counted by the standard calendar: it was made less than a second ago, with
    /// the default calendar.
    package func workspace(_ id: String) -> Workspace {
        workspaces[id] ?? Workspace(id: id)
    }

    /// Whether anything is asked for beside a workspace's own spend.
    package func asksForMore(in workspace: String) -> Bool {
        workspaces[workspace]?.asksForMore == true
    }

    /// The counters of a workspace's own spend at a time.
    package func ownCounters(of workspace: String, at time: Timestamp) -> [Counter] {
        let workspace = self.workspace(workspace)
        return workspace.own.map { workspace.counter($0, at: time) }
    }

    /// The counters that an event is counted in, each once.
    package func counters(for event: UsageEvent) -> [Counter] {
        let workspace = self.workspace(event.identity.workspace)
        return workspace.uses(for: event).map { workspace.counter($0, at: event.occurredAt) }
    }

    /// What is counted for an event, whatever its period: a scope of one value and the kind of period.
    package struct Use: Hashable, Sendable {
        package var definition: Definition
        /// Whether only budgets of every value ask for it, so that the counter is made on first use.
        package var isOnFirstUse: Bool
    }

    /// One counter: a scope of one value in a period.
    package struct Counter: Hashable, Sendable {
        package let workspace: String
        package let scope: Scope
        package let period: Period
        /// Whether only budgets of every value ask for it: such counters have a bound.
        package let isOnFirstUse: Bool
        /// Its name in Redis.
        package let name: String

        /// Says all there is to know about it.
        package var id: CounterName { CounterName(workspace: workspace, scope: scope, period: period) }

        package init(workspace: String, scope: Scope, period: Period, isOnFirstUse: Bool = false) {
            self.workspace = workspace
            self.scope = scope
            self.period = period
            self.isOnFirstUse = isOnFirstUse
            name = CounterName(workspace: workspace, scope: scope, period: period).text
        }

        /// When it may be forgotten; `nil` for a counter of the total, which never ends.
        package var expiresAt: Timestamp? { period.end?.adding(CounterCatalogue.retention) }

        package static func == (left: Counter, right: Counter) -> Bool { left.name == right.name }

        package func hash(into hasher: inout Hasher) { hasher.combine(name) }
    }
}
