import Access
import Testing

@Suite struct `Who manages people` {
    private let acme = GrantAuthority([Grant(role: .admin, workspace: "acme")])
    private let here = Grant(role: .finance, workspace: "acme")
    private let team = Grant(role: .viewer, workspace: "acme", team: "growth")
    private let elsewhere = Grant(role: .owner, workspace: "other")
    private let everywhere = Grant(role: .viewer)

    @Test func `of a workspace sees the grants that reach into it`() {
        for grant in [here, team, everywhere] { #expect(acme.sees(grant)) }
        #expect(!acme.sees(elsewhere) && !acme.isEverywhere)
        #expect(acme.seesWho(has: [elsewhere, team]) && !acme.seesWho(has: [elsewhere]) && !acme.seesWho(has: []))
        #expect(GrantAuthority([Grant(role: .admin)]).seesWho(has: []))
    }

    @Test func `of a workspace changes the grants in it and leaves the others`() throws {
        let present = [elsewhere, here, everywhere]
        #expect(try Set(acme.changing(present, to: [team])) == [elsewhere, everywhere, team])
        #expect(try Set(acme.changing(present, to: [])) == [elsewhere, everywhere])
        // What was read can be sent back.
        #expect(try Set(acme.changing(present, to: [here, everywhere])) == Set(present))
        #expect(throws: AccessRefusal.workspace) { try acme.changing([], to: [elsewhere]) }
        // Else a guess would tell what is hidden.
        #expect(throws: AccessRefusal.workspace) { try acme.changing(present, to: [elsewhere]) }
        #expect(throws: AccessRefusal.everywhere) { try acme.changing([], to: [everywhere]) }
    }

    @Test func `never gives or takes a role above the own one, or touches who has one there`() throws {
        let owner = Grant(role: .owner, workspace: "acme")
        let above = AccessRefusal.role(.owner)
        #expect(throws: above) { try acme.changing([], to: [owner]) }
        #expect(throws: above) { try acme.changing([owner], to: []) }
        #expect(throws: above) { try acme.changing([owner], to: [owner, team]) }
        #expect(throws: above) { try acme.changing([Grant(role: .owner)], to: [here]) }
        // Who owns another workspace may be let into this one.
        #expect(try Set(acme.changing([elsewhere], to: [here])) == [elsewhere, here])
        #expect(try GrantAuthority([owner]).changing([owner], to: []).isEmpty)
        let both = GrantAuthority([Grant(role: .admin), owner])
        #expect(try both.changing([], to: [owner]) == [owner])
        #expect(throws: above) { try both.changing([], to: [elsewhere]) }
    }

    @Test(arguments: [
        [], [Grant(role: .viewer)], [Grant(role: .finance, workspace: "acme")],
        [Grant(role: .owner, workspace: "acme", team: "growth")],
    ])
    func `needs a role for it in a whole workspace`(own: [Grant]) {
        let authority = GrantAuthority(own)
        #expect(![here, team, elsewhere, everywhere].contains { authority.sees($0) })
        #expect(throws: AccessRefusal.self) { try authority.changing([], to: [team]) }
    }

    @Test func `may be a key with all scopes`() {
        let key = { Caller(keyID: "k", scopes: $0, workspace: "acme", sourceApp: "a").authority }
        #expect(key(.admin) == acme)
        #expect(!key(.standard).sees(here))
    }
}
