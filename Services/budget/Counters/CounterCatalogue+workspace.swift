package import Calendars
package import Domain

extension CounterCatalogue {
    /// What is counted in one workspace, and which budgets it is counted for.
    package struct Workspace: Sendable {
        package let id: String
        package let calendar: CalendarRules
        /// The workspace's own spend, which is always counted.
        package let own: [Use]
        /// The budgets of each definition.
        package let budgets: [Definition: [Budget]]
        private let asked: AskedScopes

        package init(id: String, calendar: CalendarRules = .standard, budgets: [Budget] = []) {
            self.id = id
            self.calendar = calendar
            self.budgets = Dictionary(grouping: budgets) { Definition(scope: $0.scope, period: $0.period) }
            let scope = Scope(type: .workspace, id: id)
            own = workspacePeriods.map {
                Use(definition: Definition(scope: scope, period: $0), isOnFirstUse: false)
            }
            asked = AskedScopes(Set(self.budgets.keys).subtracting(own.map(\.definition)))
        }

        /// Whether anything is asked for beside the workspace's own spend.
        package var asksForMore: Bool { !asked.isEmpty }

        /// What is counted whatever is used: the workspace's own spend, and the definitions of one value.
        package var standing: [Use] {
            let concrete = budgets.keys.filter { !$0.scope.isEveryValue }
            let own = own.map(\.definition)
            return self.own + concrete.filter { !own.contains($0) }.map { Use(definition: $0, isOnFirstUse: false) }
        }

        /// What an event is counted in, each once.
        package func uses(for event: UsageEvent) -> [Use] {
            asksForMore ? own + asked.uses(for: event) : own
        }

        /// The counter of a use at a time.
        package func counter(_ use: Use, at time: Timestamp) -> Counter {
            Counter(
                workspace: id,
                scope: use.definition.scope,
                period: calendar.period(use.definition.period, containing: time),
                isOnFirstUse: use.isOnFirstUse
            )
        }

        /// The counter that a budget's spend is in at a time.
        ///
        /// The scope is the budget's own or, for a budget of every value, that of one of its values.
        package func counter(of budget: Budget, scope: Scope, at time: Timestamp) -> Counter {
            let definition = Definition(scope: scope, period: budget.period)
            let isOnFirstUse = budget.scope.isEveryValue && budgets[definition] == nil
            return counter(Use(definition: definition, isOnFirstUse: isOnFirstUse), at: time)
        }

        /// The budgets that the spend of a scope of one value is measured by, in periods of a kind.
        package func budgets(of scope: Scope, _ period: PeriodKind) -> [Budget] {
            if budgets.isEmpty { return [] }
            let exact = budgets[Definition(scope: scope, period: period)] ?? []
            guard let every = scope.ofEveryValue, every != scope else { return exact }
            return exact + (budgets[Definition(scope: every, period: period)] ?? [])
        }

        /// Whether a scope of one value is counted in periods of a kind.
        package func asks(for scope: Scope, _ period: PeriodKind) -> Bool {
            own.contains { $0.definition == Definition(scope: scope, period: period) }
                || !budgets(of: scope, period).isEmpty
        }
    }
}

extension Scope {
    /// The scope of every value that covers this one; nil for a workspace.
    var ofEveryValue: Scope? {
        switch type {
        case .workspace: nil
        case .tag: Scope(type: .tag, id: "\(tagKey ?? "")=\(Scope.everyValue)")
        case .team, .project, .user, .sourceApp, .provider, .model: Scope(type: type, id: Scope.everyValue)
        }
    }
}
