internal import Calendars
package import Domain

extension CounterCatalogue {
    /// The counters that are counted whatever is used, in the periods of a time.
    package func standing(at time: Timestamp) -> [CounterName] {
        workspaces.values.flatMap { workspace in
            workspace.standing.map { workspace.counter($0, at: time).id }
        }
    }

    /// Those of the periods that ended before the present ones began.
    package func standingBefore(_ time: Timestamp) -> [CounterName] {
        let present = standing(at: time)
        let starts = Set(present.filter { $0.end != nil }.map(\.start))
        let kinds = Set(present)
        return starts.flatMap { start in
            standing(at: start.adding(microseconds: -1)).filter { $0.end == start && !kinds.contains($0) }
        }
    }

    /// Whether a counter is counted whatever is used, rather than on the first use of a value.
    package func isStanding(_ name: CounterName) -> Bool {
        let definition = Definition(scope: name.scope, period: name.kind)
        return name.scope.type == .workspace || workspaces[name.workspace]?.budgets[definition] != nil
    }
}
