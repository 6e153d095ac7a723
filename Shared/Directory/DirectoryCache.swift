package import Access
package import Logging
import ServiceLifecycle
package import ServiceRuntime
import Synchronization

/// The directory as one replica knows it.
///
/// Immutable.
package struct DirectorySnapshot: Sendable {
    /// The version it shows; nil before the first load.
    package var version: Int64?
    package var workspaces: [String: Workspace] = [:]

    package init() {}

    /// The workspaces that are not hidden; nil when that is all of them.
    package var unhidden: [String]? {
        let shown = workspaces.values.filter { !$0.isHidden }
        return shown.count == workspaces.count ? nil : shown.map(\.id).sorted()
    }
}

/// Keeps a copy of the directory in memory and brings it up to date within about half a second.
///
/// It feeds the ``KeyVerifier``: new, changed and revoked keys, and each time that its copy was found current. Keys
/// revoked while PostgreSQL does not answer are heard of through the ``RevocationFeed``. Give it a store with a pool of its
/// own: a lease that waits behind other work would delay revocations.
package final class DirectoryCache: Service {
    /// How it works; the defaults satisfy blueprint §12, invariant 8.
    package struct Configuration: Sendable {
        /// The pause between two questions.
        package var pollInterval: Duration = .milliseconds(500)
        /// The pause between two writings of `last used`.
        package var flushInterval: Duration = .seconds(5)
        /// The least time between two refreshes that requests ask for.
        package var refreshInterval: Duration = .milliseconds(50)

        package init() {}
    }

    private struct State {
        var snapshot = DirectorySnapshot()
        var unhidden: [String]?
        var refreshedAt: Duration?
        var isRefreshing = false
        var refreshesBegun = 0
        var refreshesEnded = 0
        var isFailing = false
    }

    private let store: any DirectoryStore
    private let revocations: (any RevocationFeed)?
    /// Checks the sessions of people; nil where only keys are known.
    package let sessions: SessionVerifier?
    private let configuration: Configuration
    private let uptimeClock: any UptimeClock
    private let clock: any Clock<Duration>
    private let logger: Logger
    private let state = Mutex(State())
    private let isRunning = Atomic(false)

    /// Checks keys against this copy.
    package let verifier: KeyVerifier

    package init(
        store: any DirectoryStore,
        revocations: (any RevocationFeed)? = nil,
        verifier: KeyVerifier,
        sessions: SessionVerifier? = nil,
        logger: Logger,
        configuration: Configuration = Configuration(),
        uptimeClock: any UptimeClock = SystemUptimeClock(),
        clock: any Clock<Duration> = ContinuousClock()
    ) {
        self.store = store
        self.revocations = revocations
        self.verifier = verifier
        self.sessions = sessions
        self.logger = logger
        self.configuration = configuration
        self.uptimeClock = uptimeClock
        self.clock = clock
    }

    /// The copy as it is now.
    package var snapshot: DirectorySnapshot {
        state.withLock { $0.snapshot }
    }

    /// The workspace with an id, when the copy has it.
    package func workspace(_ id: String) -> Workspace? {
        state.withLock { $0.snapshot.workspaces[id] }
    }

    /// The workspace with an id; asks the store when the copy does not have it, since it may have been made a moment ago.
    package func findWorkspace(_ id: String) async -> Workspace? {
        if let known = workspace(id) { return known }
        await refresh()
        return workspace(id)
    }

    /// An authenticator that asks the store about keys the copy does not have.
    package var authenticator: Authenticator {
        Authenticator(verifier: verifier, sessions: sessions) { [self] in
            await refresh()
        } unhidden: { [self] in
            state.withLock { $0.unhidden }
        }
    }

    /// Ready while the copy can be trusted.
    package var readiness: ReadinessCheck {
        ReadinessCheck("directory") { [verifier] in
            verifier.isFresh ? .ready : .notReady("workspaces and API keys are not loaded")
        }
    }

    /// Polls until it is cancelled or asked to stop.
    ///
    /// A stop writes the last uses down.
    package func run() async throws {
        precondition(!isRunning.exchange(true, ordering: .relaxed), "DirectoryCache.run() was called twice")
        await withDiscardingTaskGroup { group in
            group.addTask { await self.clock.repeating(every: self.configuration.pollInterval) { await self.poll() } }
            if let revocations {
                group.addTask {
                    await self.clock.repeating(every: self.configuration.pollInterval) { await self.poll(revocations) }
                }
            }
            group.addTask {
                await self.clock.repeating(every: self.configuration.flushInterval) { await self.flushUses() }
                await self.flushUses()
            }
        }
    }

    /// Brings the copy up to date: afterwards it shows what was stored when this was called.
    ///
    /// Anyone can ask for it with unknown keys, so that the store is asked at most once in `refreshInterval`; callers of
    /// one interval share the answer.
    package func refresh() async {
        let wanted = state.withLock { $0.refreshesBegun + 1 }
        while !Task.isCancelled {
            switch nextStep(of: wanted) {
            case .done: return
            case .wait(let pause):
                try? await clock.sleep(for: pause)
            case .poll(let number):
                await poll()
                state.withLock { state in
                    state.refreshesEnded = number
                    state.isRefreshing = false
                }
            }
        }
    }

    private enum RefreshStep {
        case done
        case wait(Duration)
        case poll(number: Int)
    }

    /// What a caller does who wants the refresh with a number, or a later one, to have ended.
    private func nextStep(of wanted: Int) -> RefreshStep {
        let now = uptimeClock.uptime
        return state.withLock { state in
            if state.refreshesEnded >= wanted { return .done }
            if state.isRefreshing { return .wait(.milliseconds(2)) }
            if let last = state.refreshedAt, now - last < configuration.refreshInterval {
                return .wait(configuration.refreshInterval - (now - last))
            }
            state.isRefreshing = true
            state.refreshedAt = now
            state.refreshesBegun += 1
            return .poll(number: state.refreshesBegun)
        }
    }

    /// Asks the store once.
    ///
    /// A failure is logged when it begins and when it ends, not each time.
    func poll() async {
        do {
            try await load()
            if noteFailing(false) {
                logger.notice("the directory's store answers again")
            }
        } catch is CancellationError {
            return
        } catch {
            if noteFailing(true) {
                logger.warning("the directory cannot be read, its copy is used", error: error)
            }
        }
    }

    /// Loads what has changed.
    ///
    /// - Throws: ``DirectoryError``; the copy stays as it was.
    package func load() async throws {
        let asked = uptimeClock.uptime
        let version = try await store.version()
        let known = snapshot.version
        if version != known {
            // A version that went back means another database: all is loaded anew.
            let isContinued = known.map { version > $0 } ?? false
            let changes = try await store.changes(after: isContinued ? known : nil)
            guard apply(changes, after: known, isWhole: !isContinued) else {
                // Another load was faster, and it began no earlier than this one could have seen.
                return
            }
        }
        verifier.confirm(asOf: asked)
    }

    /// Applies changes to the version they were asked for; says no when the copy has moved on meanwhile.
    private func apply(_ changes: DirectoryChanges, after known: Int64?, isWhole: Bool) -> Bool {
        state.withLock { state in
            guard state.snapshot.version == known else { return false }
            if isWhole {
                state.snapshot.workspaces = [:]
                verifier.replace(changes.keys)
            } else {
                verifier.update(changes.keys)
            }
            for workspace in changes.workspaces {
                state.snapshot.workspaces[workspace.id] = workspace
            }
            state.snapshot.version = changes.version
            state.unhidden = state.snapshot.unhidden
            return true
        }
    }

    /// Asks the feed once; its answer proves the copy current as far as revocations go.
    private func poll(_ revocations: any RevocationFeed) async {
        let asked = uptimeClock.uptime
        guard let ids = try? await revocations.revokedKeyIDs() else { return }
        verifier.setRevoked(ids)
        if snapshot.version != nil {
            verifier.confirm(asOf: asked)
        }
    }

    private func flushUses() async {
        let uses = verifier.takeUses()
        guard !uses.isEmpty else { return }
        do {
            try await store.touch(uses)
        } catch {
            verifier.returnUses(uses)
            logger.debug("last uses of API keys were not written", error: error)
        }
    }

    private func noteFailing(_ isFailing: Bool) -> Bool {
        state.withLock { state in
            defer { state.isFailing = isFailing }
            return state.isFailing != isFailing
        }
    }
}
