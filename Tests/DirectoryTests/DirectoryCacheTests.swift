import Access
import Directory
import Domain
import Logging
import ServiceLifecycle
import ServiceRuntime
import Synchronization
import TestSupport
import Testing

/// Counts what tasks have done.
private final class Tally: Sendable {
    private let value = Atomic(0)

    var count: Int { value.load(ordering: .relaxed) }

    func add() { value.wrappingAdd(1, ordering: .relaxed) }
}

/// A store that can be made to fail, over one in memory.
private final class FailingStore: DirectoryStore {
    let base = InMemoryDirectoryStore()
    private let failing = Atomic(false)
    private let asked = Atomic(0)

    var isFailing: Bool {
        get { failing.load(ordering: .relaxed) }
        set { failing.store(newValue, ordering: .relaxed) }
    }

    var versionQuestions: Int {
        asked.load(ordering: .relaxed)
    }

    private func check() throws {
        if isFailing { throw DirectoryError(.unavailable, "down") }
    }

    func version() async throws -> Int64 {
        asked.add(1, ordering: .relaxed)
        try check()
        return try await base.version()
    }

    func changes(after version: Int64?) async throws -> DirectoryChanges {
        try check()
        return try await base.changes(after: version)
    }

    func touch(_ uses: [KeyUse]) async throws {
        try check()
        try await base.touch(uses)
    }

    func workspaces() async throws -> [Workspace] { try await base.workspaces() }
    func workspace(_ id: String) async throws -> Workspace? { try await base.workspace(id) }
    func create(_ workspace: Workspace, by author: Author) async throws -> Workspace {
        try await base.create(workspace, by: author)
    }
    func change(
        workspace id: String,
        _ edit: DirectoryEdit,
        _ change: (inout Workspace) throws -> Void
    ) async throws -> Workspace {
        try await base.change(workspace: id, edit, change)
    }
    func keys() async throws -> [APIKey] { try await base.keys() }
    func key(_ id: String) async throws -> APIKey? { try await base.key(id) }
    func create(_ key: APIKey, by author: Author) async throws -> APIKey { try await base.create(key, by: author) }
    func change(
        key id: String,
        _ edit: DirectoryEdit,
        _ change: (inout APIKey) throws -> Void
    ) async throws -> APIKey {
        try await base.change(key: id, edit, change)
    }
    func ensure(_ mirrors: Mirrors, at time: Timestamp) async throws { try await base.ensure(mirrors, at: time) }
    func upsert(_ upsert: Upsert, by author: Author, at time: Timestamp) async throws -> UpsertResult {
        try await base.upsert(upsert, by: author, at: time)
    }
    func bootstrap(workspace: Workspace, adminKey: APIKey) async throws -> Bootstrap {
        try await base.bootstrap(workspace: workspace, adminKey: adminKey)
    }
}

/// A feed that can be made to fail.
private final class FailingFeed: RevocationFeed {
    private let base = InMemoryRevocationFeed()
    private let failing = Atomic(false)

    var isFailing: Bool {
        get { failing.load(ordering: .relaxed) }
        set { failing.store(newValue, ordering: .relaxed) }
    }

    func revokedKeyIDs() async throws -> Set<String> {
        if isFailing { throw DirectoryError(.unavailable, "down") }
        return try await base.revokedKeyIDs()
    }

    func add(keyID: String) async throws {
        try await base.add(keyID: keyID)
    }
}

/// The clocks of the verifier and the uptime clock, driven by one manual clock.
private struct Clocks: WallClock, UptimeClock {
    let clock: ManualClock

    var now: Timestamp { clock.timestamp }
    var uptime: Duration { .nanoseconds(clock.timestamp.microseconds * 1000) }
}

@Suite(.timeLimit(.minutes(1))) struct DirectoryCacheTests {
    private let store = FailingStore()
    private let feed = FailingFeed()
    private let clock = ManualClock()
    private let cache: DirectoryCache
    private let administration: KeyAdministration

    init() {
        let clocks = Clocks(clock: clock)
        cache = DirectoryCache(
            store: store,
            revocations: feed,
            verifier: KeyVerifier(wallClock: clocks, uptimeClock: clocks),
            logger: .quiet,
            uptimeClock: clocks,
            clock: clock
        )
        administration = KeyAdministration(store: store, revocations: feed, clock: clocks)
    }

    @Test func `says which workspaces are not hidden, when some are`() async throws {
        for id in ["b", "a", "probe"] { try await store.create(Workspace(id: id, createdAt: clock.timestamp)) }
        try await cache.load()
        #expect(cache.snapshot.unhidden == nil)
        let edit = DirectoryEdit("workspace.update", by: "test", at: clock.timestamp)
        _ = try await store.change(workspace: "probe", edit) { $0.isHidden = true }
        try await cache.load()
        #expect(cache.snapshot.unhidden == ["a", "b"])
    }

    /// Runs the cache beside a body; its three loops are asleep whenever the body goes on after `pass`.
    private func whileRunning(_ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            let cache = cache
            group.addTask { try await cache.run() }
            await clock.waitForSleepers(3)
            try await body()
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    private func pass(_ duration: Duration) async {
        clock.advance(by: duration)
        await clock.waitForSleepers(3)
    }

    private func makeKey() async throws -> (id: String, header: String) {
        let made = try await administration.create(name: "k", sourceApp: "app", createdBy: "test")
        return (made.key.id, "Bearer \(made.raw.text)")
    }

    private func refusal(_ header: String) -> AccessRefusal? {
        do throws(AccessRefusal) {
            _ = try cache.verifier.verify(authorization: header, needing: .record)
            return nil
        } catch {
            return error
        }
    }

    @Test func `knows a key made elsewhere after half a second and refuses it as fast when revoked`() async throws {
        try await whileRunning {
            let key = try await makeKey()
            await pass(.milliseconds(500))
            #expect(refusal(key.header) == nil)
            _ = try await administration.revoke(id: key.id, by: "test")
            await pass(.milliseconds(500))
            #expect(refusal(key.header) == .revoked)
        }
    }

    @Test func `hears of a revocation through the feed while the store does not answer`() async throws {
        try await whileRunning {
            let key = try await makeKey()
            await pass(.milliseconds(500))
            store.isFailing = true
            _ = try await administration.revoke(id: key.id, by: "test")
            await pass(.milliseconds(500))
            #expect(refusal(key.header) == .revoked)
        }
    }

    @Test func `trusts its copy while one of both answers and a minute when none does`() async throws {
        try await whileRunning {
            let key = try await makeKey()
            await pass(.milliseconds(500))
            store.isFailing = true
            for _ in 0..<200 { await pass(.seconds(1)) }
            #expect(refusal(key.header) == nil)
            feed.isFailing = true
            for _ in 0..<59 { await pass(.seconds(1)) }
            #expect(refusal(key.header) == nil)
            for _ in 0..<2 { await pass(.seconds(1)) }
            #expect(refusal(key.header) == .stale)
            #expect(await cache.readiness.check() != .ready)
            store.isFailing = false
            await pass(.milliseconds(500))
            #expect(refusal(key.header) == nil)
        }
    }

    @Test func `a feed alone does not make an empty copy trusted`() async throws {
        store.isFailing = true
        try await whileRunning {
            await pass(.seconds(1))
            #expect(refusal("Bearer \(RawKey.generate().text)") == .stale)
            try await Task.sleep(for: .zero)
        }
    }

    @Test func `finds a workspace made a moment ago and does not ask for each unknown one`() async throws {
        try await cache.load()
        try await store.create(Workspace(id: "acme", createdAt: clock.timestamp))
        #expect(cache.workspace("acme") == nil)
        #expect(await cache.findWorkspace("acme")?.id == "acme")
    }

    @Test func `asks once for all who look for something unknown in one interval`() async throws {
        try await cache.load()
        _ = await cache.findWorkspace("none")
        let asked = store.versionQuestions
        let (cache, clock, store) = (cache, clock, store)
        let answered = Tally()
        await withDiscardingTaskGroup { group in
            for index in 0..<100 {
                group.addTask {
                    #expect(await cache.findWorkspace("none-\(index)") == nil)
                    answered.add()
                }
            }
            await clock.waitForSleepers(100)
            #expect(store.versionQuestions == asked)
            clock.advance(by: .milliseconds(50))
            // One asks; the others look again every two milliseconds.
            while answered.count < 100 {
                clock.advance(by: .milliseconds(2))
                await Task.yield()
            }
        }
        #expect(store.versionQuestions == asked + 1)
    }

    @Test func `what was made a moment ago is found by all who look for it at once`() async throws {
        try await cache.load()
        try await store.create(Workspace(id: "acme", createdAt: clock.timestamp))
        let (cache, clock) = (cache, clock)
        let found = Tally()
        await withDiscardingTaskGroup { group in
            for _ in 0..<20 {
                group.addTask {
                    #expect(await cache.findWorkspace("acme") != nil)
                    found.add()
                }
            }
            while found.count < 20 {
                clock.advance(by: .milliseconds(2))
                await Task.yield()
            }
        }
    }

    @Test func `writes last uses every few seconds and when it stops, also after a failure`() async throws {
        let key = try await makeKey()
        try await whileRunning {
            #expect(refusal(key.header) == nil)
            store.isFailing = true
            await pass(.seconds(5))
            let missed = try await store.keys().first?.lastUsedAt
            #expect(missed == nil)
            store.isFailing = false
            await pass(.seconds(5))
            let written = try await store.keys().first?.lastUsedAt
            #expect(written != nil)
            clock.advance(by: .seconds(70))
            await clock.waitForSleepers(3)
            #expect(refusal(key.header) == nil)
        }
        #expect(try await store.keys().first?.lastUsedAt == clock.timestamp)
    }
}
