import Access
import Directory
import Domain
import ServiceRuntime
import Testing

/// What every directory store must do.
///
/// Run by the suites of both implementations.
struct DirectoryStoreContract {
    let store: any DirectoryStore
    let now = Timestamp(seconds: 1_800_000_000)

    func makeKey(
        _ name: String = "key",
        scopes: Scopes = .standard,
        workspace: String? = nil,
        expiresAt: Timestamp? = nil
    ) -> APIKey {
        APIKey.make(
            name: name,
            scopes: scopes,
            workspace: workspace,
            sourceApp: "app",
            createdAt: now,
            createdBy: "test",
            expiresAt: expiresAt
        ).key
    }

    func expect(_ code: DirectoryError.Code, _ body: () async throws -> Void) async {
        do {
            try await body()
            Issue.record("did not fail")
        } catch let error as DirectoryError {
            #expect(error.code == code)
        } catch {
            Issue.record("\(error)")
        }
    }

    func keepsWorkspaces() async throws {
        var acme = Workspace(
            id: "acme",
            name: "Acme “AG”",
            timeZone: "Asia/Kathmandu",
            weekStart: 7,
            fiscalYearStart: 4,
            currency: "EUR",
            failMode: .closed,
            unpricedMode: .estimate,
            createdAt: now
        )
        acme = try await store.create(acme)
        #expect(try await store.workspaces() == [acme])
        #expect(try await store.workspace("acme") == acme)
        #expect(try await store.workspace("none") == nil)
        let same = acme
        await expect(.conflict) { try await store.create(same) }
        acme.name = "Acme Inc"
        acme.failMode = .open
        acme.unpricedMode = .allow
        acme.retentionMonths = 13
        let edit = DirectoryEdit("workspace.update", by: "test", at: now)
        let updated = try await store.change(workspace: "acme", edit) { $0 = acme }
        #expect(updated.version > acme.version)
        acme.version = updated.version
        #expect(try await store.workspaces() == [acme])
        await expect(.notFound) { try await store.change(workspace: "none", edit) { $0.name = "None" } }
        await expect(.invalid) { try await store.change(workspace: "acme", edit) { $0.currency = "euro" } }
        await expect(.invalid) { try await store.create(Workspace(id: "no slug", createdAt: now)) }
        await expect(.invalid) { try await store.create(Workspace(id: "a", weekStart: 8, createdAt: now)) }
    }

    func keepsKeys() async throws {
        try await store.create(Workspace(id: "acme", createdAt: now))
        var first = makeKey(
            "first",
            scopes: [.record, .reportCost],
            workspace: "acme",
            expiresAt: now.adding(.seconds(5))
        )
        first.createdAt = now.adding(.seconds(-1))
        let second = makeKey("second")
        first = try await store.create(first)
        let kept = try await store.create(second)
        #expect(try await store.keys() == [kept, first])
        #expect(try await store.key(first.id) == first)
        #expect(try await store.key("key_none") == nil)
        await expect(.conflict) { try await store.create(second) }
        await expect(.notFound) { try await store.create(makeKey(workspace: "nowhere")) }
        let revoked = try await store.revokeKey(id: first.id, at: now)
        #expect(revoked.revokedAt == now)
        #expect(!revoked.isActive(at: now))
        let again = try await store.revokeKey(id: first.id, at: now.adding(.seconds(9)))
        #expect(again.revokedAt == now)
        await expect(.notFound) { _ = try await store.revokeKey(id: "key_none", at: now) }
    }

    func countsChanges() async throws {
        let empty = try await store.changes(after: nil)
        #expect(empty.workspaces.isEmpty && empty.keys.isEmpty)
        #expect(try await store.version() == empty.version)
        try await store.create(Workspace(id: "acme", createdAt: now))
        try await store.create(Workspace(id: "other", createdAt: now))
        let withWorkspaces = try await store.version()
        let key = try await store.create(makeKey())
        let added = try await store.changes(after: withWorkspaces)
        #expect(added.workspaces.isEmpty)
        #expect(added.keys == [key])
        #expect(added.version > withWorkspaces)
        let revoked = try await store.revokeKey(id: key.id, at: now)
        #expect(try await store.changes(after: added.version).keys == [revoked])
        let all = try await store.changes(after: nil)
        #expect(all.workspaces.count == 2)
        #expect(all.keys.count == 1)
        #expect(try await store.changes(after: all.version).keys.isEmpty)
    }

    func writesUses() async throws {
        let key = makeKey()
        try await store.create(key)
        let version = try await store.version()
        try await store.touch([KeyUse(keyID: key.id, at: now), KeyUse(keyID: "key_none", at: now)])
        #expect(try await store.keys().first?.lastUsedAt == now)
        try await store.touch([KeyUse(keyID: key.id, at: now.adding(.seconds(-60)))])
        #expect(try await store.keys().first?.lastUsedAt == now)
        try await store.touch([])
        #expect(try await store.version() == version)
    }

    func upserts() async throws {
        try await store.create(Workspace(id: "acme", createdAt: now))
        var upsert = Upsert(
            workspace: "acme",
            sourceApp: "app",
            teams: [.init(id: "growth", name: "Growth"), .init(id: "core")],
            projects: [.init(id: "chatbot", team: "growth", name: "Chatbot")],
            users: [.init(id: "u-42", email: "a@example.com", name: "Ann", team: "growth")]
        )
        #expect(
            try await store.upsert(upsert, at: now)
                == UpsertResult(teams: [.created, .created], projects: [.created], users: [.created])
        )
        #expect(
            try await store.upsert(upsert, at: now)
                == UpsertResult(teams: [.unchanged, .unchanged], projects: [.unchanged], users: [.unchanged])
        )
        upsert.teams = [.init(id: "core", name: "Core"), .init(id: "growth")]
        upsert.projects = [.init(id: "chatbot", team: "core")]
        upsert.users = [.init(id: "u-42"), .init(id: "u-43")]
        #expect(
            try await store.upsert(upsert, at: now)
                == UpsertResult(teams: [.updated, .unchanged], projects: [.updated], users: [.unchanged, .created])
        )
        await expect(.notFound) {
            _ = try await store.upsert(Upsert(workspace: "none", sourceApp: "app"), at: now)
        }
    }

    func mirrors() async throws {
        try await store.create(Workspace(id: "acme", createdAt: now))
        let named = Upsert(workspace: "acme", sourceApp: "app", teams: [.init(id: "growth", name: "Growth")])
        _ = try await store.upsert(named, at: now)
        var mirrors = Mirrors()
        mirrors.add(workspace: "acme", team: "growth", project: "chatbot", user: "u-1")
        mirrors.add(workspace: "acme", team: "core", project: "chatbot", user: nil)
        mirrors.add(workspace: "unknown workspace", team: "t", project: nil, user: nil)
        try await store.ensure(mirrors, at: now)
        try await store.ensure(mirrors, at: now)
        try await store.ensure(Mirrors(), at: now)
        // What a mirror made is known: naming it later is a change, not a creation.
        let later = Upsert(
            workspace: "acme",
            sourceApp: "app",
            teams: [.init(id: "growth", name: "Growth"), .init(id: "core", name: "Core"), .init(id: "new")],
            projects: [.init(id: "chatbot", name: "Chatbot")],
            users: [.init(id: "u-1", team: "growth")]
        )
        #expect(
            try await store.upsert(later, at: now)
                == UpsertResult(
                    teams: [.unchanged, .updated, .created],
                    projects: [.updated],
                    users: [.unchanged]
                )
        )
    }

    func bootstraps() async throws {
        let workspace = Workspace(id: "default", name: "Default", createdAt: now)
        let admin = makeKey("admin", scopes: [.admin])
        #expect(
            try await store.bootstrap(workspace: workspace, adminKey: admin)
                == Bootstrap(madeWorkspace: true, madeKey: true)
        )
        #expect(
            try await store.bootstrap(workspace: workspace, adminKey: makeKey("admin", scopes: [.admin]))
                == Bootstrap(madeWorkspace: false, madeKey: false)
        )
        #expect(try await store.keys().map(\.hash) == [admin.hash])
        #expect(try await store.changes(after: 0).keys.map(\.id) == [admin.id])
        _ = try await store.revokeKey(id: admin.id, at: now)
        let second = makeKey("admin", scopes: [.admin])
        #expect(
            try await store.bootstrap(workspace: workspace, adminKey: second)
                == Bootstrap(madeWorkspace: false, madeKey: true)
        )
    }

    func hasOneVersionPerChangeAtAnyConcurrency() async throws {
        let before = try await store.version()
        try await withThrowingDiscardingTaskGroup { group in
            for index in 0..<20 {
                let key = makeKey("key-\(index)")
                group.addTask { try await store.create(key) }
            }
        }
        #expect(try await store.version() == before + 20)
        #expect(try await store.changes(after: before).keys.count == 20)
    }
}
