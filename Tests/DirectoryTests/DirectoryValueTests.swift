import Directory
import Domain
import ServiceRuntime
import Testing

@Suite struct DirectoryValueTests {
    @Test(arguments: ["a", "acme", "Acme-2.eu_west", String(repeating: "a", count: 128)])
    func `takes a slug as a workspace's id`(id: String) {
        #expect(Workspace.isSlug(id))
    }

    @Test(arguments: ["", "-a", "a b", "a/b", "ä", "a\u{0}", String(repeating: "a", count: 129)])
    func `refuses what is no slug`(id: String) {
        #expect(!Workspace.isSlug(id))
        #expect(Workspace(id: id, createdAt: Timestamp(seconds: 0)).flaws.map(\.name).contains("id"))
    }

    @Test func `names each field of an upsert that cannot be stored`() {
        let upsert = Upsert(
            workspace: "w",
            sourceApp: "a",
            teams: [.init(id: "ok"), .init(id: "")],
            projects: [.init(id: "p", team: "\u{0}")],
            users: [.init(id: String(repeating: "x", count: 129)), .init(id: "ok", email: "")]
        )
        #expect(upsert.flaws.map(\.field) == ["teams[1].id", "projects[0].team", "users[0].id", "users[1].email"])
    }

    @Test func `only ASCII letters of a mail address are made small`() {
        func person(_ email: String) -> Person {
            Person(email: email, name: "n", createdAt: Timestamp(seconds: 0), createdBy: "test")
        }
        #expect(person("Kate@EXAMPLE.com").email == "kate@example.com")
        #expect(person("josé@example.com").flaw == nil)
        for foreign in ["\u{212A}ate@example.com", "josÉ@example.com"] {
            #expect(person(foreign).email == foreign)
            #expect(person(foreign).flaw?.contains("small letters") == true)
        }
    }

    @Test func `remembers mirrors within its bound`() {
        var known = KnownMirrors(limit: 4)
        var first = Mirrors()
        first.add(workspace: "w", team: "t", project: "p", user: "u")
        #expect(known.missing(from: first) == first)
        known.remember(first)
        #expect(known.missing(from: first).isEmpty)
        var second = Mirrors()
        second.add(workspace: "w", team: "t2", project: "p2", user: nil)
        known.remember(second)
        #expect(known.missing(from: second).isEmpty)
        #expect(known.missing(from: first) == first)
    }

    @Test func `one user seen in two teams is one mirror`() {
        var mirrors = Mirrors()
        mirrors.add(workspace: "w", team: "a", project: nil, user: "u")
        mirrors.add(workspace: "w", team: "b", project: nil, user: "u")
        #expect(mirrors.users.count == 1)
        #expect(mirrors.teams.count == 2)
    }
}
