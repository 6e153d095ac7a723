import Access
import Directory
import Domain
import Testing

/// What every store of accounts must do.
///
/// Run by the suites of both implementations. There is a workspace `acme`.
struct AccountStoreContract {
    let store: any AccountStore
    let now = Timestamp(seconds: 1_800_000_000)

    @discardableResult private func make(
        _ email: String? = "ada@example.com",
        _ grants: [Grant] = [],
        identity: Person.Identity? = nil
    ) async throws -> Person {
        let person = Person(email: email, name: "Ada", identity: identity, createdAt: now, createdBy: "test")
        try await store.create(person, grants: grants, audit: [.person("create", person, by: "test")])
        return person
    }

    private func expect(_ code: DirectoryError.Code, _ body: () async throws -> Void) async {
        do {
            try await body()
            Issue.record("did not fail")
        } catch let error as DirectoryError {
            #expect(error.code == code, "\(error)")
        } catch {
            Issue.record("\(error)")
        }
    }

    private func setGrants(_ grants: [Grant], of id: String, expecting version: Int64? = nil) async throws {
        let entries = [AuditEntry].grants(of: id, before: [], after: grants, by: "test")
        try await store.setGrants(grants, of: id, expecting: version, audit: entries, at: now)
    }

    private func update(_ person: Person) async throws -> Person {
        try await store.update(person, audit: .person("edit", person, by: "test"), at: now)
    }

    func keepsPeople() async throws {
        let identity = Person.Identity(provider: "test", subject: "s")
        let ada = try await make("Ada@Example.com", identity: identity)
        #expect(ada.email == "ada@example.com")
        let none = try await make(nil)
        #expect(try await store.person(id: ada.id) == ada)
        #expect(try await store.person(email: "ada@example.com") == ada)
        #expect(try await store.person(identity) == ada)
        #expect(try await store.person(email: "bob@example.com") == nil)
        try await make(nil)
        await expect(.conflict) { try await make("ada@example.com") }
        await expect(.conflict) { try await make("bob@example.com", identity: identity) }
        await expect(.invalid) { try await make("bob") }
        let all = try await store.people(matching: nil, reaching: nil, after: nil, limit: 10)
        #expect(all.count == 3 && all.map(\.id) == all.map(\.id).sorted())
        #expect(try await store.people(matching: nil, reaching: nil, after: all[0].id, limit: 1) == [all[1]])
        #expect(try await store.people(matching: "EXAMPLE", reaching: nil, after: nil, limit: 10) == [ada])
        #expect(try await store.people(matching: "ada", reaching: nil, after: nil, limit: 10).count == 3)
        _ = none
    }

    func editsPeople() async throws {
        let ada = try await make()
        try await make("bob@example.com")
        var changed = ada
        changed.name = "Ada Lovelace"
        changed.passwordHash = "h"
        changed.identity = .init(provider: "test", subject: "s")
        let kept = try await update(changed)
        changed.version = 2
        #expect(kept == changed)
        #expect(try await store.person(id: ada.id) == changed)
        await expect(.outdated) { _ = try await update(ada) }
        var taken = kept
        taken.email = "bob@example.com"
        await expect(.conflict) { _ = try await update(taken) }
        await expect(.notFound) {
            _ = try await update(Person(id: "per_none", email: nil, name: "n", createdAt: now, createdBy: "t"))
        }
    }

    func keepsGrants() async throws {
        let grants = [
            Grant(role: .viewer), Grant(role: .finance, workspace: "acme"),
            Grant(role: .admin, workspace: "acme", team: "growth"),
        ]
        let ada = try await make("ada@example.com", grants)
        #expect(try await Set(store.grants(of: ada.id)) == Set(grants))
        try await setGrants([grants[1]], of: ada.id, expecting: 1)
        #expect(try await store.grants(of: ada.id) == [grants[1]])
        #expect(try await store.person(id: ada.id)?.version == 2)
        await expect(.outdated) { try await setGrants([], of: ada.id, expecting: 1) }
        await expect(.notFound) { try await setGrants([], of: "per_none") }
        let bob = try await make("bob@example.com", [Grant(role: .viewer)])
        let eve = try await make("eve@example.com", [Grant(role: .viewer, workspace: "acme", team: "growth")])
        try await make("none@example.com")
        let reaching = { (workspaces: [String]) in
            try await Set(store.people(matching: nil, reaching: workspaces, after: nil, limit: 10).map(\.id))
        }
        #expect(try await reaching(["acme", "other"]) == [ada.id, bob.id, eve.id])
        #expect(try await reaching(["other"]) == [bob.id])
        #expect(try await reaching([]) == [bob.id])
    }

    func keepsAnOwner() async throws {
        let ada = try await make("ada@example.com", [Grant(role: .owner)])
        let bob = try await make("bob@example.com", [Grant(role: .owner)])
        #expect(try await store.owners() == [ada.id, bob.id].sorted())
        try await setGrants([Grant(role: .owner, workspace: "acme")], of: bob.id)
        await expect(.lastOwner) { try await setGrants([Grant(role: .admin)], of: ada.id) }
        var disabled = ada
        disabled.disabledAt = now
        await expect(.lastOwner) { _ = try await update(disabled) }
        #expect(try await store.owners() == [ada.id])
        #expect(try await store.grants(of: ada.id) == [Grant(role: .owner)])
        try await setGrants([Grant(role: .owner)], of: bob.id)
        _ = try await update(disabled)
        #expect(try await store.owners() == [bob.id])
    }

    private func open(_ person: Person, replacing old: KeyHash? = nil, until end: Timestamp? = nil) async throws
        -> KeyHash
    {
        let hash = SessionToken.generate().hash
        let session = NewSession(
            hash: hash,
            personID: person.id,
            method: "test",
            isSecure: true,
            createdAt: now,
            expiresAt: end ?? now.adding(.seconds(100))
        )
        try await store.open(session, replacing: old, audit: .person("test", person, by: "test"))
        return hash
    }

    func keepsSessions() async throws {
        let grants = [Grant(role: .viewer, workspace: "acme", team: "growth"), Grant(role: .viewer)]
        let ada = try await make("ada@example.com", grants)
        let first = try await open(ada)
        let signedIn = try #require(try await store.session(first))
        #expect(signedIn.personID == ada.id && signedIn.email == ada.email && signedIn.isSecure)
        #expect(Set(signedIn.grants) == Set(grants) && signedIn.seenAt == now)
        #expect(signedIn.expiresAt == now.adding(.seconds(100)))
        #expect(try await store.person(id: ada.id)?.lastSignInAt == now)
        try await store.touch(first, at: now.adding(.seconds(5)))
        try await store.touch(first, at: now.adding(.seconds(3)))
        #expect(try await store.session(first)?.seenAt == now.adding(.seconds(5)))
        let second = try await open(ada, replacing: first)
        #expect(try await store.session(first) == nil)
        let third = try await open(ada)
        let entry = AuditEntry.person("test", ada, by: "test")
        try await store.close(second, audit: entry, at: now)
        #expect(try await store.session(second) == nil)
        #expect(try await store.session(third) != nil)
        try await store.closeSessions(of: ada.id, audit: entry, at: now)
        #expect(try await store.session(third) == nil)
        let late = try await open(ada)
        try await store.sweep(at: now.adding(.seconds(99)))
        #expect(try await store.session(late) != nil)
        try await store.sweep(at: now.adding(.seconds(100)))
        #expect(try await store.session(late) == nil)
        let last = try await open(ada)
        var disabled = try #require(try await store.person(id: ada.id))
        disabled.disabledAt = now
        _ = try await update(disabled)
        #expect(try await store.session(last) == nil)
    }

    func keepsLinksAndStates() async throws {
        let ada = try await make()
        let tokens = (0..<4).map { _ in SessionToken.generate().hash }
        let end = now.adding(.seconds(10))
        let entry = AuditEntry.person("link", ada, by: "test")
        try await store.keepLink(tokens[0], of: ada.id, until: end, audit: entry, at: now)
        try await store.keepLink(tokens[1], of: ada.id, until: end, audit: entry, at: now)
        #expect(try await store.takeLink(tokens[0], at: now) == nil)
        #expect(try await store.takeLink(tokens[1], at: now) == ada.id)
        #expect(try await store.takeLink(tokens[1], at: now) == nil)
        try await store.keepLink(tokens[2], of: ada.id, until: end, audit: entry, at: now)
        #expect(try await store.takeLink(tokens[2], at: end) == nil)
        let state = SignInState(provider: "p", nonce: "n", verifier: "v", returnPath: "/", expiresAt: end)
        try await store.keep(state, tokens[0])
        try await store.keep(state, tokens[1])
        #expect(try await store.takeState(tokens[0], at: now) == state)
        #expect(try await store.takeState(tokens[0], at: now) == nil)
        #expect(try await store.takeState(tokens[1], at: end) == nil)
        #expect(try await store.takeState(tokens[3], at: now) == nil)
    }
}
