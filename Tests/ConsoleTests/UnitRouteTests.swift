import Directory
import Domain
import HTTPTypes
import ServiceRuntime
import Testing

@Suite(.timeLimit(.minutes(2))) struct UnitRouteTests {
    @Test(arguments: UnitKind.allCases)
    func `a team, a project and a user are made, edited, archived and restored`(_ kind: UnitKind) async throws {
        try await AdminRig.with { rig in
            let list = "/v1/\(kind.rawValue)s"
            let made = try await rig.send(
                .post,
                list,
                body: #"{"id":"a b/ü","workspace":"acme","name":"First"}"#
            )
            #expect(made.status == 201)
            let path = try #require(made.location)
            #expect(path == "\(list)/a%20b%2F%C3%BC?workspace=acme")
            let read = try await rig.send(.get, path)
            #expect(read.body == made.body && read.eTag == made.eTag)
            #expect(try await rig.send(.patch, path, body: #"{"name":"x"}"#).status == 428)
            let edited = try await rig.send(.patch, path, ifMatch: made.eTag, body: #"{"name":"Second"}"#)
            #expect(edited.status == 200 && edited["name"] == "Second")
            #expect(try await rig.send(.patch, path, ifMatch: made.eTag, body: #"{"name":"x"}"#).status == 412)
            let cleared = try await rig.send(.patch, path, ifMatch: edited.eTag, body: #"{"name":null}"#)
            #expect(cleared["name"] == nil)
            let archive = path.replacing("?", with: "/archive?")
            let archived = try await rig.send(.post, archive)
            #expect(archived.status == 200 && archived["archived_at"] != nil)
            #expect(try await rig.send(.get, "\(list)?workspace=acme&archived=false").ids == [])
            #expect(try await rig.send(.post, path.replacing("?", with: "/restore?"))["archived_at"] == nil)
            #expect(try await rig.send(.post, list, body: #"{"id":"a b/ü","workspace":"acme"}"#).status == 409)
            #expect(try await rig.send(.patch, path, as: "other", ifMatch: "*", body: "{}").status == 403)
            #expect(try await rig.send(.get, path.replacing("acme", with: "other")).status == 404)
            let actions = try await rig.audited().filter { $0.targetKind == kind.rawValue }
            #expect(
                actions.map { $0.action.split(separator: ".").last } == [
                    "create", "update", "update", "archive", "restore",
                ]
            )
            #expect(actions.allSatisfy { $0.targetID == "a b/ü" })
            #expect(try await AuditLog(pool: rig.pool).verify("acme").flaw == nil)
        }
    }

    @Test func `what events made is completed, not made again`() async throws {
        try await AdminRig.with { rig in
            var mirrors = Mirrors()
            mirrors.add(workspace: "acme", team: "growth", project: "chatbot", user: "u-1")
            try await PostgresDirectoryStore(pool: rig.pool).ensure(mirrors, at: AdminRig.now)
            let path = "/v1/users/u-1?workspace=acme"
            #expect(try await rig.send(.get, path)["mirrored"] == "bool(true)")
            let body = #"{"id":"u-1","workspace":"acme","email":"ann@example.com"}"#
            let made = try await rig.send(.post, "/v1/users", body: body)
            #expect(made.status == 201 && made["team"] == "growth" && made["mirrored"] == "bool(false)")
            #expect(try await rig.send(.post, "/v1/users", body: body).status == 409)
            #expect(try await rig.send(.get, "/v1/users?workspace=acme").ids == ["u-1"])
        }
    }

    @Test func `lists are searched by the beginning of id, name and address, filtered and paged`() async throws {
        try await AdminRig.with { rig in
            let users = [
                #"{"id":"u-1","workspace":"acme","name":"Ann_x","team":"growth"}"#,
                #"{"id":"u-2","workspace":"acme","name":"Bob","email":"annie@example.com"}"#,
                #"{"id":"ann%","workspace":"acme"}"#, #"{"id":"u-1","workspace":"other","name":"Ann"}"#,
            ]
            for user in users { #expect(try await rig.send(.post, "/v1/users", body: user).status == 201) }
            #expect(try await rig.send(.get, "/v1/users?workspace=acme&q=ANN").ids == ["ann%", "u-1", "u-2"])
            #expect(try await rig.send(.get, "/v1/users?workspace=acme&q=ann%25").ids == ["ann%"])
            #expect(try await rig.send(.get, "/v1/users?workspace=acme&q=ann_").ids == ["u-1"])
            #expect(try await rig.send(.get, "/v1/users?workspace=acme&team=growth").ids == ["u-1"])
            #expect(try await rig.send(.get, "/v1/users", as: "other").ids == ["u-1"])
            var found: [String?] = []
            var after = ""
            while true {
                let page = try await rig.send(.get, "/v1/users?limit=1\(after)")
                found += page.ids
                guard let next = page.next else { break }
                after = "&after=\(next.replacing("%", with: "%25").replacing(" ", with: "%20"))"
            }
            #expect(found == ["ann%", "u-1", "u-2", "u-1"])
            #expect(try await rig.send(.get, "/v1/users?after=nonsense").status == 422)
        }
    }

    @Test func `memberships are put, changed, listed and removed`() async throws {
        try await AdminRig.with { rig in
            _ = try await rig.send(.post, "/v1/teams", body: #"{"id":"growth","workspace":"acme","name":"Growth"}"#)
            let ann = #"{"id":"u-1","workspace":"acme","name":"Ann","email":"ann@example.com"}"#
            _ = try await rig.send(.post, "/v1/users", body: ann)
            _ = try await rig.send(.post, "/v1/users", body: #"{"id":"u-2","workspace":"acme"}"#)
            let body = #"{"workspace":"acme","team":"growth","user":"u-1"}"#
            #expect(try await rig.send(.put, "/v1/memberships", body: body).status == 201)
            #expect(try await rig.send(.put, "/v1/memberships", body: body).status == 200)
            let lead = #"{"workspace":"acme","team":"growth","user":"u-1","role":"lead"}"#
            let put = try await rig.send(.put, "/v1/memberships", body: lead)
            #expect(put["role"] == "lead" && put["team_name"] == "Growth" && put["user_name"] == "Ann")
            let unknown = #"{"workspace":"acme","team":"growth","user":"u-9"}"#
            #expect(try await rig.send(.put, "/v1/memberships", body: unknown).status == 404)
            _ = try await rig.send(.put, "/v1/memberships", body: body.replacing("u-1", with: "u-2"))
            let first = try await rig.send(.get, "/v1/memberships?workspace=acme&limit=1")
            #expect(first.body["items"]?.list?.first == put.body)
            #expect(put["user"] == "u-1" && put["user_email"] == "ann@example.com" && put["workspace_name"] != nil)
            let next = try #require(first.next).replacing(" ", with: "%20")
            let second = try await rig.send(.get, "/v1/memberships?workspace=acme&limit=1&after=\(next)")
            #expect(second.body["items"]?.list?.first?["user"]?.text == "u-2" && second.next == nil)
            let path = "/v1/memberships?workspace=acme&team=growth&user=u-1"
            #expect(try await rig.send(.delete, path, as: "reader").status == 403)
            #expect(try await rig.send(.delete, path).status == 204)
            #expect(try await rig.send(.delete, path).status == 404)
        }
    }
}
