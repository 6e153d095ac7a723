internal import Calendars
package import Directory
internal import Synchronization

/// The catalogue of counters as this replica knows it: the directory's calendars and what is asked for beside them.
package final class CounterCatalogueCache: Sendable {
    private struct State {
        var version: Int64?
        var catalogue = CounterCatalogue()
    }

    private let directory: DirectoryCache
    private let state = Mutex(State())

    package init(directory: DirectoryCache) {
        self.directory = directory
    }

    /// The catalogue now; made anew when the directory has changed.
    package var current: CounterCatalogue {
        let snapshot = directory.snapshot
        return state.withLock { state in
            guard state.version != snapshot.version else { return state.catalogue }
            state.version = snapshot.version
            state.catalogue = CounterCatalogue(workspaces: snapshot.workspaces.mapValues(Self.workspace))
            return state.catalogue
        }
    }

    private static func workspace(_ workspace: Workspace) -> CounterCatalogue.Workspace {
        let calendar = CalendarRules(
            timeZone: workspace.timeZone,
            weekStart: workspace.weekStart,
            fiscalYearStart: workspace.fiscalYearStart
        )
        return CounterCatalogue.Workspace(calendar: calendar ?? .standard, definitions: [])
    }
}
