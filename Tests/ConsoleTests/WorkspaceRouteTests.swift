import Directory
import Domain
import HTTPTypes
import ServiceRuntime
import Testing

@Suite(.timeLimit(.minutes(2))) struct WorkspaceRouteTests {
    @Test func `a workspace is made, read, edited, archived and restored`() async throws {
        try await AdminRig.with { rig in
            let settings = """
                {"id":"new","name":"New","time_zone":"Asia/Kathmandu","week_start":7,"fiscal_year_start":4,"currency":"EUR",\
                "fail_mode":"closed","unpriced_mode":"allow","retention_months":24}
                """
            let made = try await rig.send(.post, "/v1/workspaces", body: settings)
            #expect(made.status == 201)
            #expect(made.location == "/v1/workspaces/new")
            #expect(made["time_zone"] == "Asia/Kathmandu" && made["retention_months"] == "24")
            let read = try await rig.send(.get, "/v1/workspaces/new")
            #expect(read.body == made.body && read.eTag == made.eTag)
            let edited = try await rig.send(
                .patch,
                "/v1/workspaces/new",
                ifMatch: read.eTag,
                body: #"{"name":"Newer","retention_months":null}"#
            )
            #expect(edited.status == 200)
            #expect(edited["name"] == "Newer" && edited["retention_months"] == nil && edited["currency"] == "EUR")
            #expect(edited.eTag != read.eTag)
            let archived = try await rig.send(.post, "/v1/workspaces/new/archive")
            #expect(archived.status == 200 && archived["archived_at"] != nil)
            #expect(try await rig.send(.get, "/v1/workspaces?archived=true").ids == ["new"])
            let restored = try await rig.send(.post, "/v1/workspaces/new/restore", ifMatch: archived.eTag)
            #expect(restored.status == 200 && restored["archived_at"] == nil)
            let actions = try await rig.audited().filter { $0.workspace == "new" }
            #expect(
                actions.map(\.action) == [
                    "workspace.create", "workspace.update", "workspace.archive", "workspace.restore",
                ]
            )
            #expect(actions[1].before?["name"]?.text == "New" && actions[1].after?["name"]?.text == "Newer")
        }
    }

    @Test func `an edit says what it was made from, and loses against a newer one`() async throws {
        try await AdminRig.with { rig in
            let read = try await rig.send(.get, "/v1/workspaces/acme")
            let missing = try await rig.send(.patch, "/v1/workspaces/acme", body: #"{"name":"A"}"#)
            #expect(missing.status == 428)
            let first = try await rig.send(.patch, "/v1/workspaces/acme", ifMatch: read.eTag, body: #"{"name":"A"}"#)
            #expect(first.status == 200)
            let second = try await rig.send(.patch, "/v1/workspaces/acme", ifMatch: read.eTag, body: #"{"name":"B"}"#)
            #expect(second.status == 412)
            #expect(try await rig.send(.get, "/v1/workspaces/acme")["name"] == "A")
            let any = try await rig.send(.patch, "/v1/workspaces/acme", ifMatch: "*", body: #"{"name":"C"}"#)
            #expect(any.status == 200)
            let stale = try await rig.send(.post, "/v1/workspaces/acme/archive", ifMatch: read.eTag)
            #expect(stale.status == 412)
        }
    }

    @Test(arguments: [
        (#"{"name":"x"}"#, "id"), (#"{"id":"a b"}"#, "id"), (#"{"id":"n","time_zone":"Mars/Olympus"}"#, "time_zone"),
        (#"{"id":"n","week_start":"monday"}"#, "week_start"), (#"{"id":"n","fail_mode":"ajar"}"#, "fail_mode"),
        (#"{"id":"n","colour":"red"}"#, "colour"), (#"{"id":"n","name":""}"#, "name"),
        (#"{"id":"n","week_start":8}"#, "week_start"), (#"{"id":"n","currency":"euro"}"#, "currency"),
        (#"{"id":"n","retention_months":0}"#, "retention_months"),
    ])
    func `a field that is wrong is named`(_ body: String, _ field: String) async throws {
        try await AdminRig.with { rig in
            let answer = try await rig.send(.post, "/v1/workspaces", body: body)
            #expect(answer.status == 422)
            #expect(answer.faults == [field])
        }
    }

    @Test func `taken ids and what cannot change are refused`() async throws {
        try await AdminRig.with { rig in
            #expect(try await rig.send(.post, "/v1/workspaces", body: #"{"id":"acme"}"#).status == 409)
            let moved = try await rig.send(.patch, "/v1/workspaces/acme", ifMatch: "*", body: #"{"id":"b"}"#)
            #expect(moved.status == 422 && moved.faults == ["id"])
            #expect(try await rig.send(.patch, "/v1/workspaces/none", ifMatch: "*", body: "{}").status == 404)
        }
    }

    @Test func `lists are cut to what the caller reaches, searched and paged`() async throws {
        try await AdminRig.with { rig in
            #expect(try await rig.send(.get, "/v1/workspaces").ids == ["acme", "other"])
            #expect(try await rig.send(.get, "/v1/workspaces", as: "acme").ids == ["acme"])
            #expect(try await rig.send(.get, "/v1/workspaces?q=OTH").ids == ["other"])
            let first = try await rig.send(.get, "/v1/workspaces?limit=1")
            #expect(first.ids == ["acme"] && first.next == "acme")
            let second = try await rig.send(.get, "/v1/workspaces?limit=1&after=acme")
            #expect(second.ids == ["other"] && second.next == nil)
        }
    }

    @Test func `a hidden one is in no list but the operators', and hidden only by who administers all`() async throws {
        try await AdminRig.with { rig in
            let made = try await rig.send(.post, "/v1/workspaces", body: #"{"id":"probe","hidden":true}"#)
            #expect(made.status == 201 && made.body["hidden"] == .bool(true))
            #expect(try await rig.send(.get, "/v1/workspaces").ids.contains("probe") == false)
            #expect(try await rig.send(.get, "/v1/workspaces?q=probe").ids.isEmpty)
            #expect(try await rig.send(.get, "/v1/workspaces?hidden=true").ids == ["probe"])
            #expect(try await rig.send(.get, "/v1/workspaces?hidden=true", as: "reader").status == 403)
            #expect(try await rig.send(.get, "/v1/workspaces/probe")["name"] == "probe")
            let own = try await rig.send(
                .patch,
                "/v1/workspaces/acme",
                as: "acme",
                ifMatch: "*",
                body: #"{"hidden":true}"#
            )
            #expect(own.status == 403)
            let shown = try await rig.send(.patch, "/v1/workspaces/probe", ifMatch: "*", body: #"{"hidden":false}"#)
            #expect(shown.status == 200 && shown.body["hidden"] == .bool(false))
            #expect(try await rig.send(.get, "/v1/workspaces").ids.contains("probe"))
        }
    }

    @Test func `nobody touches a foreign workspace or edits without the permission`() async throws {
        let cases: [(HTTPRequest.Method, String, caller: String, status: Int)] = [
            (.get, "/v1/workspaces/other", "acme", 404), (.patch, "/v1/workspaces/other", "acme", 404),
            (.post, "/v1/workspaces/other/archive", "acme", 404), (.post, "/v1/workspaces/other/restore", "acme", 404),
            (.post, "/v1/workspaces", "acme", 403), (.post, "/v1/workspaces/acme/archive", "reader", 403),
            (.get, "/v1/workspaces", "recorder", 403), (.get, "/v1/workspaces", "nobody", 401),
        ]
        try await AdminRig.with { rig in
            for (method, path, caller, status) in cases {
                let body = method == .get ? "" : #"{"id":"new"}"#
                let answer = try await rig.send(method, path, as: caller, ifMatch: "*", body: body)
                #expect(answer.status == status, "\(method) \(path) as \(caller)")
            }
        }
    }
}
