import Access
import ServiceRuntime
import Testing

@Suite struct `What callers reach` {
    private func person(_ grants: Grant...) -> Caller {
        Caller(personID: "p1", name: "Ada", grants: grants)
    }

    @Test func `every role allows just what the design says`() {
        let reading: Set = ["read"]
        let finance: Set = ["read", "budgets", "prices", "channels", "audit"]
        #expect(Set(Role.viewer.permissions.names) == reading)
        #expect(Set(Role.finance.permissions.names) == finance)
        #expect(Role.admin.permissions == .all && Role.owner.permissions == .all)
        #expect(Permission.all.names.count == 14 && Set(Permission.all.names).count == 14)
    }

    @Test func `every scope of a key allows what it is named after, and admin all`() {
        for (name, scope) in Scopes.named where scope != .admin {
            #expect(scope.permissions.names == [name])
            #expect(scope.permissions.scope == scope)
        }
        #expect(Scopes.admin.permissions == .all)
        #expect(Permission.budgets.scope == .admin && Permission([.read, .keys]).scope == .admin)
    }

    /// Each role in each place, asked for each permission in each place.
    @Test func `a grant allows its role's permissions in its place and nothing anywhere else`() throws {
        let places: [(workspace: String?, team: String?)] = [(nil, nil), ("acme", nil), ("acme", "growth")]
        for role in Role.allCases {
            for place in places {
                let caller = person(Grant(role: role, workspace: place.workspace, team: place.team))
                for (name, permission) in Permission.named {
                    let isAllowed = role.permissions.contains(permission)
                    let narrowed = try? caller.narrowed(to: permission, limitedToTeams: true)
                    #expect((narrowed != nil) == isAllowed, "\(role) \(name)")
                    #expect((narrowed?.reaches(nil) ?? false) == (isAllowed && place.workspace == nil))
                    #expect((narrowed?.reaches("acme") ?? false) == isAllowed)
                    #expect((narrowed?.reaches("other") ?? false) == (isAllowed && place.workspace == nil))
                    let whole = try? caller.narrowed(to: permission)
                    #expect((whole != nil) == (isAllowed && place.team == nil), "\(role) \(name)")
                }
            }
        }
    }

    @Test func `nothing is allowed without a grant`() {
        for (_, permission) in Permission.named {
            #expect(throws: AccessRefusal.self) { try person().narrowed(to: permission) }
        }
        #expect(throws: AccessRefusal.self) { try person().narrowed(to: []) }
    }

    @Test func `a person with roles in several places does in each what its role allows`() throws {
        let ada = person(
            Grant(role: .viewer, workspace: "acme"),
            Grant(role: .finance, workspace: "beta"),
            Grant(role: .viewer, workspace: "gamma", team: "growth")
        )
        let reader = try ada.narrowed(to: .read, limitedToTeams: true)
        #expect(try reader.workspaces(naming: []) == ["acme", "beta", "gamma"])
        #expect(reader.reach.teams(of: "gamma") == .only(["growth"]))
        #expect(try ada.narrowed(to: .read).workspaces(naming: []) == ["acme", "beta"])
        let financier = try ada.narrowed(to: .budgets)
        #expect(try financier.workspace(naming: nil) == "beta")
        #expect(throws: AccessRefusal.workspace) { try financier.workspace(naming: "acme") }
        #expect(throws: AccessRefusal.ambiguous) { try reader.workspace(naming: nil) }
        #expect(throws: AccessRefusal.permission("keys")) { try ada.narrowed(to: .keys) }
        #expect(throws: Problem.self) { try reader.requireEverywhere() }
    }

    @Test func `a role in a whole workspace is not narrowed by one in a team of it`() throws {
        let ada = person(
            Grant(role: .viewer, workspace: "acme", team: "growth"),
            Grant(role: .viewer, workspace: "acme", team: "ops")
        )
        #expect(try ada.narrowed(to: .read, limitedToTeams: true).reach.teams(of: "acme") == .only(["growth", "ops"]))
        #expect(throws: AccessRefusal.team) { try ada.narrowed(to: .read) }
        let both = person(
            Grant(role: .viewer, workspace: "acme", team: "growth"),
            Grant(role: .finance, workspace: "acme")
        )
        #expect(try both.narrowed(to: .read).reach.teams(of: "acme") == .all)
    }

    @Test func `nobody hands out more than they have`() {
        let allowed: [Role: [Role]] = [
            .viewer: [], .finance: [], .admin: [.viewer, .finance, .admin], .owner: Role.allCases,
        ]
        for role in Role.allCases {
            #expect(Role.allCases.filter { role.mayGrant($0) } == allowed[role])
        }
        let everywhere = Grant(role: .admin)
        let acme = Grant(role: .admin, workspace: "acme")
        let growth = Grant(role: .admin, workspace: "acme", team: "growth")
        #expect(everywhere.encloses(acme) && acme.encloses(growth) && acme.encloses(acme))
        #expect(!acme.encloses(everywhere) && !growth.encloses(acme))
        #expect(!acme.encloses(Grant(role: .viewer, workspace: "beta")))
    }
}
