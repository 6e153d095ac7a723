package import Directory
package import Domain
package import ServiceRuntime
internal import Synchronization

/// Makes mirrors of the teams, projects and users that events name, so that nothing is lost for want of an upsert.
package final class MirrorKeeper: Sendable {
    private let store: any DirectoryStore
    private let clock: any WallClock
    private let directoryVersion: @Sendable () -> Int64?
    private let state = Mutex(State())

    private struct State {
        var known = KnownMirrors()
        var version: Int64?
    }

    /// Makes a keeper; when the directory's version changes it forgets what it has seen, since a user may have been erased.
    package init(
        store: any DirectoryStore,
        clock: any WallClock,
        directoryVersion: @escaping @Sendable () -> Int64? = { nil }
    ) {
        self.store = store
        self.clock = clock
        self.directoryVersion = directoryVersion
    }

    /// Makes what is missing; what this process has seen before costs nothing.
    package func ensure(_ identities: [EventIdentity]) async throws {
        var named = Mirrors()
        for identity in identities {
            named.add(
                workspace: identity.workspace,
                team: identity.team,
                project: identity.project,
                user: identity.user
            )
        }
        let version = directoryVersion()
        let missing = state.withLock { state in
            if state.version != version { state = State(version: version) }
            return state.known.missing(from: named)
        }
        guard !missing.isEmpty else { return }
        try await store.ensure(missing, at: clock.now)
        state.withLock { state in
            if state.version == version { state.known.remember(missing) }
        }
    }
}
