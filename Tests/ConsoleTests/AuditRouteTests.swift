import Directory
import Domain
import HTTPTypes
import ServiceRuntime
import Testing

@Suite(.timeLimit(.minutes(2))) struct AuditRouteTests {
    @Test func `who did what is listed, filtered, exported and checked`() async throws {
        try await AdminRig.with { rig in
            _ = try await rig.send(.post, "/v1/teams", body: #"{"id":"growth","workspace":"acme"}"#)
            _ = try await rig.send(.post, "/v1/users", body: #"{"id":"u-1","workspace":"acme","name":"Ann"}"#)
            let list = try await rig.send(.get, "/v1/audit?workspace=acme&limit=1")
            let entry = try #require(list.body["items"]?.list?.first)
            #expect(entry["action"]?.text == "user.create")
            #expect(entry["target"]?["id"]?.text == "u-1")
            #expect(entry["actor"]?["name"]?.text == "admin")
            #expect(entry["after"]?["name"]?.text == "Ann")
            let next = try #require(list.next)
            let older = try await rig.send(.get, "/v1/audit?workspace=acme&limit=1&after=\(next)")
            #expect(older.body["items"]?.list?.first?["action"]?.text == "team.create")
            let found = try await rig.send(.get, "/v1/audit?target=u-1&action=user")
            #expect(found.body["items"]?.list?.count == 1)
            let export = try await rig.send(.get, "/v1/audit/export?workspace=acme")
            let lines = export.text.split(separator: "\n")
            #expect(lines.count == 3)
            let last = try JSONValue(parsing: Array(try #require(lines.last).utf8))
            #expect(last == entry)
            let check = try await rig.send(.get, "/v1/audit/verify?workspace=acme")
            #expect(check["valid"] == "bool(true)" && check["entries"] == "3")
            let hash = try #require(check.body["head"]?["hash"]?.text)
            let expected = "/v1/audit/verify?workspace=acme&sequence=3&hash="
            #expect(try await rig.send(.get, expected + hash)["valid"] == "bool(true)")
            #expect(try await rig.send(.get, expected + "00")["valid"] == "bool(false)")
        }
    }

    @Test func `a caller sees only its own workspaces' entries`() async throws {
        try await AdminRig.with { rig in
            let own = try await rig.send(.get, "/v1/audit", as: "acme")
            #expect(own.body["items"]?.list?.map { $0["workspace"]?.text } == ["acme"])
            #expect(try await rig.send(.get, "/v1/audit?workspace=other", as: "acme").status == 403)
            #expect(try await rig.send(.get, "/v1/audit/export?workspace=other", as: "acme").status == 403)
            #expect(try await rig.send(.get, "/v1/audit/verify?workspace=other", as: "acme").status == 403)
            #expect(try await rig.send(.get, "/v1/audit", as: "reader").status == 403)
        }
    }

    @Test(arguments: ["from=yesterday", "colour=red", "limit=0", "after=x"])
    func `a parameter that is wrong is named`(_ query: String) async throws {
        try await AdminRig.with { rig in
            let answer = try await rig.send(.get, "/v1/audit?\(query)")
            #expect(answer.status == 422)
            #expect(answer.faults == [query.split(separator: "=").first.map(String.init)])
        }
    }
}
