import Directory
import Domain
import Testing

/// What every store of an organisation must do.
///
/// Run by the suites of both implementations. There are the workspaces `acme` and `beta`, and nothing in them.
struct OrganisationStoreContract {
    let store: any OrganisationStore
    /// Makes a unit as an event does.
    let mirror: @Sendable (OrgUnit) async throws -> Void
    let audited: @Sendable () async throws -> [String]
    let now = Timestamp(seconds: 1_800_000_000)

    private func make(
        _ kind: UnitKind,
        _ id: String,
        in workspace: String = "acme",
        name: String? = nil,
        team: String? = nil,
        email: String? = nil
    ) async throws -> OrgUnit {
        let unit = OrgUnit(
            kind,
            id: id,
            workspace: workspace,
            name: name,
            team: team,
            email: email,
            createdAt: now
        )
        return try await store.create(unit, by: "test")
    }

    private func edit(_ action: String, expecting version: Int64? = nil) -> DirectoryEdit {
        DirectoryEdit(action, by: "test", at: now, expecting: version)
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

    func keepsUnits() async throws {
        for kind in UnitKind.allCases {
            let made = try await make(kind, "one", name: "One", team: kind == .team ? nil : "growth")
            #expect(try await store.unit(kind, "one", in: "acme") == made)
            #expect(made.version == 1 && !made.isMirrored)
            #expect(try await store.unit(kind, "one", in: "beta") == nil)
            await expect(.conflict) { _ = try await make(kind, "one") }
            await expect(.notFound) { _ = try await make(kind, "one", in: "none") }
        }
        #expect(try await audited() == ["team.create", "project.create", "user.create"])
    }

    func completesMirrors() async throws {
        for kind in UnitKind.allCases {
            let team = kind == .team ? nil : "growth"
            try await mirror(OrgUnit(kind, id: "m", workspace: "acme", team: team, createdAt: now))
            let completed = try await make(kind, "m", name: "Mirror")
            #expect(completed.name == "Mirror" && completed.team == team && completed.version == 2)
            #expect(try await store.unit(kind, "m", in: "acme") == completed)
        }
    }

    func changesUnits() async throws {
        for kind in UnitKind.allCases {
            _ = try await make(kind, "one", name: "One")
            let changed = try await store.change(kind, "one", in: "acme", edit("\(kind).update", expecting: 1)) {
                $0.name = nil
            }
            #expect(changed.version == 2 && changed.name == nil)
            let archived = try await store.change(kind, "one", in: "acme", edit("\(kind).archive")) {
                $0.archivedAt = now
            }
            #expect(try await store.unit(kind, "one", in: "acme") == archived)
            await expect(.outdated) {
                _ = try await store.change(kind, "one", in: "acme", edit("\(kind).update", expecting: 1)) { _ in }
            }
            await expect(.notFound) { _ = try await store.change(kind, "none", in: "acme", edit("x.update")) { _ in } }
            let before = try await audited().count
            let same = try await store.change(kind, "one", in: "acme", edit("\(kind).archive")) { $0.archivedAt = now }
            #expect(same.version == 3)
            #expect(try await audited().count == before)
        }
    }

    func listsUnits() async throws {
        for (id, workspace) in [("b", "acme"), ("a", "beta"), ("a", "acme"), ("c_%", "acme")] {
            let email = "\(id)@example.com"
            _ = try await make(.user, id, in: workspace, name: "Name \(id)", team: "t-\(id)", email: email)
        }
        _ = try await store.change(.user, "b", in: "acme", edit("user.archive")) { $0.archivedAt = now }
        func ids(_ query: UnitQuery, after cursor: UnitCursor? = nil, limit: Int = 10) async throws -> [String] {
            try await store.units(.user, query, after: cursor, limit: limit).map { "\($0.workspace) \($0.id)" }
        }
        let all = UnitQuery(workspaces: nil)
        #expect(try await ids(all) == ["acme a", "acme b", "acme c_%", "beta a"])
        #expect(try await ids(all, limit: 2) == ["acme a", "acme b"])
        #expect(try await ids(all, after: UnitCursor("acme b")) == ["acme c_%", "beta a"])
        #expect(try await ids(UnitQuery(workspaces: ["beta"])) == ["beta a"])
        #expect(try await ids(UnitQuery(workspaces: [])).isEmpty)
        #expect(try await ids(UnitQuery(workspaces: nil, search: "NAME B")) == ["acme b"])
        #expect(try await ids(UnitQuery(workspaces: nil, search: "C_%")) == ["acme c_%"])
        #expect(try await ids(UnitQuery(workspaces: nil, search: "_")).isEmpty)
        #expect(try await ids(UnitQuery(workspaces: nil, search: "a@ex")) == ["acme a", "beta a"])
        #expect(try await ids(UnitQuery(workspaces: nil, team: "t-b")) == ["acme b"])
        #expect(try await ids(UnitQuery(workspaces: nil, isArchived: true)) == ["acme b"])
        #expect(try await ids(UnitQuery(workspaces: ["acme"], isArchived: false)) == ["acme a", "acme c_%"])
        #expect(try await store.units(.team, all, after: nil, limit: 10).isEmpty)
    }

    func keepsMemberships() async throws {
        _ = try await make(.team, "t1", name: "Growth")
        _ = try await make(.team, "t2")
        _ = try await make(.user, "u1", name: "Ann", email: "ann@example.com")
        _ = try await make(.user, "u2")
        func member(_ user: String, _ team: String, _ role: Membership.Role = .member) -> Membership {
            Membership(workspace: "acme", team: team, user: user, role: role, createdAt: now)
        }
        func list(_ team: String? = nil, _ user: String? = nil, after: (team: String, user: String)? = nil)
            async throws -> [String]
        {
            let query = MembershipQuery(workspace: "acme", team: team, user: user)
            return try await store.memberships(query, after: after, limit: 2).map(\.membership).map {
                "\($0.team) \($0.user) \($0.role)"
            }
        }
        for (user, team) in [("u2", "t1"), ("u1", "t1"), ("u1", "t2")] {
            let (kept, isNew) = try await store.put(member(user, team), by: "test")
            #expect(kept.membership == member(user, team) && isNew)
        }
        let named = NamedMembership(
            member("u1", "t1"),
            workspaceName: "acme",
            teamName: "Growth",
            userName: "Ann",
            userEmail: "ann@example.com"
        )
        let again = try await store.put(member("u1", "t1"), by: "test")
        #expect(again.0 == named && !again.isNew)
        let first = try await store.memberships(MembershipQuery(workspace: "acme"), after: nil, limit: 2)
        let other = NamedMembership(
            member("u2", "t1"),
            workspaceName: "acme",
            teamName: "Growth",
            userName: nil,
            userEmail: nil
        )
        #expect(first == [named, other])
        let (lead, isNew) = try await store.put(member("u1", "t2", .lead), by: "test")
        #expect(lead.membership.role == .lead && !isNew)
        #expect(try await list() == ["t1 u1 member", "t1 u2 member"])
        #expect(try await list(after: ("t1", "u2")) == ["t2 u1 lead"])
        #expect(try await list("t2") == ["t2 u1 lead"])
        #expect(try await list(nil, "u2") == ["t1 u2 member"])
        await expect(.notFound) { _ = try await store.put(member("u1", "none"), by: "test") }
        await expect(.notFound) { _ = try await store.put(member("none", "t1"), by: "test") }
        func remove() async throws -> Bool {
            try await store.removeMembership(of: "u2", in: "t1", of: "acme", by: "test", at: now)
        }
        #expect(try await remove())
        #expect(try await !remove())
        #expect(try await list(nil, "u2").isEmpty)
        let actions = try await audited().filter { $0.hasPrefix("membership") }
        #expect(actions == Array(repeating: "membership.put", count: 4) + ["membership.remove"])
    }

    func linksUsersToPeople() async throws {
        _ = try await make(.user, "u1", email: "Ada@Example.com")
        _ = try await make(.user, "u2", in: "beta", email: "ada@example.com")
        let other = try await make(.user, "u3", email: "bob@example.com")
        _ = try await make(.user, "u4")
        // A Kelvin sign, which Unicode's lower case makes a k.
        _ = try await make(.user, "u5", email: "\u{212A}ate@example.com")
        func link(_ email: String, _ person: String) async throws -> Int {
            try await store.linkUsers(withVerifiedEmail: email, toPerson: person, by: "test", at: now)
        }
        #expect(try await link("ADA@example.com", "per_ada") == 2)
        #expect(try await link("ada@example.com", "per_other") == 0)
        #expect(try await link("kate@example.com", "per_kate") == 0)
        #expect(try await store.unit(.user, "u3", in: "acme") == other)
        let linked = try #require(try await store.unit(.user, "u1", in: "acme"))
        #expect(linked.personID == "per_ada" && linked.version == 2 && !linked.isMirrored)
        let users = [
            LinkedUser(person: "per_ada", workspace: "acme", id: "u1"),
            LinkedUser(person: "per_ada", workspace: "beta", id: "u2"),
        ]
        #expect(try await store.users(of: ["per_none", "per_ada"], in: nil) == users)
        #expect(try await store.users(of: ["per_ada"], in: ["beta"]) == [users[1]])
        #expect(try await store.users(of: ["per_ada"], in: []).isEmpty)
        #expect(try await audited().filter { $0 == "user.link" }.count == 2)
        // Another address is not known to be theirs; another name changes nothing.
        func edited(_ change: (inout OrgUnit) -> Void) async throws -> String? {
            try await store.change(.user, "u1", in: "acme", edit("user.update"), change).personID
        }
        #expect(try await edited { $0.name = "Ada" } == "per_ada")
        #expect(try await edited { $0.email = "ada@EXAMPLE.com" } == "per_ada")
        #expect(try await edited { $0.email = "eve@example.com" } == nil)
    }
}
