import Access
import Directory
import Domain
import ServiceRuntime
import Testing

extension DirectoryStoreContract {
    func rotatesKeys() async throws {
        let key = try await store.create(makeKey())
        let administration = KeyAdministration(store: store, clock: FixedWallClock(now: now))
        let first = try await administration.rotate(id: key.id, grace: .seconds(60), by: "test")
        #expect(first.key.id == key.id)
        #expect(first.key.hash == first.raw.hash && first.key.prefix == first.raw.shownPrefix)
        #expect(first.key.previousHash == key.hash)
        #expect(first.key.graceUntil == now.adding(.seconds(60)))
        #expect(first.key.rotatedAt == now)
        #expect(try await store.key(key.id) == first.key)
        #expect(try await store.changes(after: key.version).keys == [first.key])
        let second = try await administration.rotate(id: key.id, grace: .zero, by: "test")
        #expect(second.key.previousHash == nil && second.key.graceUntil == nil)
        await expect(.outdated) {
            _ = try await administration.rotate(id: key.id, grace: .zero, by: "test", expecting: key.version)
        }
        await expect(.invalid) {
            _ = try await administration.rotate(id: key.id, grace: .seconds(31 * 86_400), by: "test")
        }
        _ = try await administration.revoke(id: key.id, by: "test")
        await expect(.conflict) { _ = try await administration.rotate(id: key.id, grace: .zero, by: "test") }
        await expect(.notFound) { _ = try await administration.rotate(id: "key_none", grace: .zero, by: "test") }
    }

    func editsFromAVersion() async throws {
        let made = try await store.create(Workspace(id: "acme", createdAt: now))
        let author = Author(.person, id: "p-1", name: "Ann")
        func edit(_ expected: Int64?) -> DirectoryEdit {
            DirectoryEdit("workspace.archive", by: author, at: now, expecting: expected)
        }
        let archived = try await store.change(workspace: "acme", edit(made.version)) { $0.archivedAt = now }
        #expect(archived.archivedAt == now)
        await expect(.outdated) {
            try await store.change(workspace: "acme", edit(made.version)) { $0.archivedAt = nil }
        }
        #expect(!archived.isHidden)
        let hidden = try await store.change(workspace: "acme", edit(nil)) { $0.isHidden = true }
        #expect(try await store.changes(after: archived.version).workspaces == [hidden])
        #expect(hidden.isHidden)
        let shown = try await store.change(workspace: "acme", edit(nil)) { $0.isHidden = false }
        // What changes nothing makes no version, whatever was expected to be there is there.
        let again = try await store.change(workspace: "acme", edit(shown.version)) { $0.archivedAt = now }
        #expect(again == shown)
        #expect(try await store.version() == shown.version)
        struct Refused: Error {}
        await #expect(throws: Refused.self) {
            try await store.change(workspace: "acme", edit(nil)) { _ in throw Refused() }
        }
        #expect(try await store.workspace("acme") == shown)
    }

    /// What each change leaves in the audit log.
    func audits(_ actions: () async throws -> [String]) async throws {
        let now = now
        try await store.create(Workspace(id: "acme", createdAt: now), by: "test")
        let edit = DirectoryEdit("workspace.update", by: "test", at: now)
        for _ in 1...2 { try await store.change(workspace: "acme", edit) { $0.name = "Acme" } }
        let key = try await store.create(makeKey(workspace: "acme"), by: "test")
        let administration = KeyAdministration(store: store, clock: FixedWallClock(now: now))
        _ = try await administration.rename(id: key.id, to: "other", by: "test")
        _ = try await administration.rotate(id: key.id, grace: .zero, by: "test")
        _ = try await administration.revoke(id: key.id, by: "test")
        _ = try await administration.revoke(id: key.id, by: "test")
        let upsert = Upsert(workspace: "acme", sourceApp: "app", teams: [.init(id: "growth")])
        _ = try await store.upsert(upsert, by: "test", at: now)
        _ = try await store.upsert(upsert, by: "test", at: now)
        #expect(
            try await actions() == [
                "workspace.create", "workspace.update", "api_key.create", "api_key.update", "api_key.rotate",
                "api_key.revoke", "directory.upsert",
            ]
        )
    }
}

/// A clock that stands still.
struct FixedWallClock: WallClock {
    let now: Timestamp
}
