package import Directory
package import Domain
package import ServiceRuntime
internal import Synchronization

/// Makes mirrors of the teams, projects and users that events name, so that nothing is lost for want of an upsert.
package final class MirrorKeeper: Sendable {
    private let store: any DirectoryStore
    private let clock: any WallClock
    private let known = Mutex(KnownMirrors())

    package init(store: any DirectoryStore, clock: any WallClock) {
        self.store = store
        self.clock = clock
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
        let missing = known.withLock { $0.missing(from: named) }
        guard !missing.isEmpty else { return }
        try await store.ensure(missing, at: clock.now)
        known.withLock { $0.remember(missing) }
    }
}
