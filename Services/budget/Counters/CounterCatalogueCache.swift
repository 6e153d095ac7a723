package import BudgetBook
internal import Calendars
package import Directory
internal import Synchronization

/// The catalogue of counters as this replica knows it: the directory's calendars and what budgets ask for beside them.
package final class CounterCatalogueCache: Sendable {
    private struct State {
        var directoryVersion: Int64?
        var budgetVersion: Int64?
        var catalogue = CounterCatalogue()
    }

    private let directory: DirectoryCache
    private let budgets: BudgetCache
    private let state = Mutex(State())

    package init(directory: DirectoryCache, budgets: BudgetCache) {
        self.directory = directory
        self.budgets = budgets
    }

    /// The catalogue now; made anew when the directory or a budget has changed.
    package var current: CounterCatalogue {
        let (directory, budgets) = (directory.snapshot, budgets.current)
        return state.withLock { state in
            let isCurrent = state.directoryVersion == directory.version && state.budgetVersion == budgets.version
            guard !isCurrent else { return state.catalogue }
            state.directoryVersion = directory.version
            state.budgetVersion = budgets.version
            state.catalogue = Self.catalogue(directory, budgets)
            return state.catalogue
        }
    }

    /// The catalogue with all that is stored now.
    ///
    /// - Throws: `BudgetError` when the store does not answer.
    package func refreshed() async throws -> CounterCatalogue {
        try await budgets.load()
        return current
    }

    private static func catalogue(_ directory: DirectorySnapshot, _ budgets: BudgetSnapshot) -> CounterCatalogue {
        var workspaces = directory.workspaces.mapValues { workspace in
            CounterCatalogue.Workspace(
                id: workspace.id,
                calendar: CalendarRules(workspace),
                budgets: budgets.byWorkspace[workspace.id] ?? []
            )
        }
        // A workspace that is younger than the directory's copy may have budgets already.
        for (id, budgets) in budgets.byWorkspace where workspaces[id] == nil {
            workspaces[id] = CounterCatalogue.Workspace(id: id, budgets: budgets)
        }
        return CounterCatalogue(
            workspaces: workspaces,
            budgetVersion: budgets.version ?? 0,
            directoryVersion: directory.version ?? 0
        )
    }
}

extension CalendarRules {
    /// The calendar of a workspace; the standard one when this machine does not know its zone.
    init(_ workspace: Workspace) {
        let rules = CalendarRules(
            timeZone: workspace.timeZone,
            weekStart: workspace.weekStart,
            fiscalYearStart: workspace.fiscalYearStart
        )
        self = rules ?? .standard
    }
}
