import Access
import Directory
import Domain
import HTTPTypes
import Postgres
import ServiceRuntime
import Testing

@Suite(.timeLimit(.minutes(2))) struct KeyRouteTests {
    private let body = #"{"name":"bot","source_app":"app","workspace":"acme","scopes":["record","read"]}"#

    @Test func `a key is shown once and kept without its secret`() async throws {
        try await AdminRig.with { rig in
            let made = try await rig.send(.post, "/v1/api-keys", body: body)
            #expect(made.status == 201)
            let secret = try #require(made["key"])
            #expect(RawKey(secret) != nil)
            let id = try #require(made["id"])
            #expect(made.location == "/v1/api-keys/\(id)")
            #expect(made.body["scopes"]?.list?.compactMap(\.text) == ["record", "read"])
            let read = try await rig.send(.get, "/v1/api-keys/\(id)")
            #expect(read.eTag == made.eTag && read["key"] == nil && read["prefix"] == String(secret.prefix(10)))
            for path in ["/v1/api-keys", "/v1/api-keys/\(id)"] {
                #expect(try await rig.send(.get, path).text.contains(secret.dropFirst(10)) == false)
            }
            let tables = try await rig.pool.query(
                "SELECT (SELECT count(*) FROM audit_log AS t WHERE t::text LIKE '%' || $1 || '%') AS n",
                [.text(String(secret.dropFirst(10)))]
            )
            #expect(try tables.first?.value("n", as: Int.self) == 0)
        }
    }

    @Test func `a key is renamed, rotated and revoked under one id`() async throws {
        try await AdminRig.with { rig in
            let made = try await rig.send(.post, "/v1/api-keys", body: body)
            let path = "/v1/api-keys/\(made["id"] ?? "")"
            #expect(try await rig.send(.patch, path, body: #"{"name":"x"}"#).status == 428)
            let renamed = try await rig.send(.patch, path, ifMatch: made.eTag, body: #"{"name":"other"}"#)
            #expect(renamed.status == 200 && renamed["name"] == "other")
            #expect(try await rig.send(.patch, path, ifMatch: made.eTag, body: #"{"name":"x"}"#).status == 412)
            #expect(try await rig.send(.patch, path, ifMatch: "*", body: #"{"scopes":["admin"]}"#).status == 422)
            let rotated = try await rig.send(.post, path + "/rotate", body: #"{"grace_seconds":60}"#)
            #expect(rotated.status == 200 && rotated["id"] == made["id"])
            #expect(rotated["key"] != nil && rotated["key"] != made["key"] && rotated["grace_until"] != nil)
            #expect(try await rig.send(.post, path + "/rotate", body: #"{"grace_seconds":-1}"#).status == 422)
            let revoked = try await rig.send(.post, path + "/revoke")
            #expect(revoked.status == 200 && revoked["revoked_at"] != nil)
            #expect(try await rig.send(.post, path + "/rotate").status == 409)
            #expect(try await rig.send(.get, "/v1/api-keys?state=revoked").ids == [made["id"]])
            #expect(try await rig.send(.get, "/v1/api-keys?state=active").ids == [])
            let actions = try await rig.audited().filter { $0.targetID == made["id"] }
            #expect(
                actions.map(\.action) == ["api_key.create", "api_key.update", "api_key.rotate", "api_key.revoke"]
            )
            #expect(actions.allSatisfy { $0.author.kind == .key && $0.author.name == "admin" })
            #expect(actions.allSatisfy { $0.author.requestID != nil })
        }
    }

    @Test func `a key gives no more than its maker may do, and in no other place`() async throws {
        try await AdminRig.with { rig in
            let everywhere = #"{"name":"bot","source_app":"app","scopes":["read"]}"#
            #expect(try await rig.send(.post, "/v1/api-keys", as: "reader", body: everywhere).status == 403)
            // Who reaches one workspace makes keys for that one.
            let bound = try await rig.send(.post, "/v1/api-keys", as: "acme", body: everywhere)
            #expect(bound.status == 201 && bound["workspace"] == "acme")
            let foreign = #"{"name":"bot","source_app":"app","workspace":"other"}"#
            #expect(try await rig.send(.post, "/v1/api-keys", as: "acme", body: foreign).status == 403)
            let path = "/v1/api-keys/\(bound["id"] ?? "")"
            for verb in ["rotate", "revoke"] {
                #expect(try await rig.send(.post, "\(path)/\(verb)", as: "other").status == 404)
            }
            #expect(try await rig.send(.get, path, as: "other").status == 404)
            #expect(try await rig.send(.get, "/v1/api-keys", as: "other").ids == [])
            #expect(try await rig.send(.get, "/v1/api-keys?workspace=acme", as: "other").status == 403)
        }
    }

    @Test(arguments: [
        (#"{"source_app":"a"}"#, "name"), (#"{"name":"a"}"#, "source_app"),
        (#"{"name":"a","source_app":"a","scopes":[]}"#, "scopes"),
        (#"{"name":"a","source_app":"a","scopes":["all"]}"#, "scopes"),
        (#"{"name":"a","source_app":"a","expires_at":"2001-01-01T00:00:00Z"}"#, "expires_at"),
        (#"{"name":"a","source_app":"a","workspace":"none"}"#, "workspace"),
    ])
    func `a field that is wrong is named`(_ body: String, _ field: String) async throws {
        try await AdminRig.with { rig in
            let answer = try await rig.send(.post, "/v1/api-keys", body: body)
            #expect(answer.status == 422)
            #expect(answer.faults == [field])
        }
    }

    @Test func `keys are listed newest first, page by page`() async throws {
        try await AdminRig.with { rig in
            var made: [String?] = []
            for _ in 0..<5 { made.append(try await rig.send(.post, "/v1/api-keys", body: body)["id"]) }
            var found: [String?] = []
            var after = ""
            while true {
                let page = try await rig.send(.get, "/v1/api-keys?limit=2\(after)")
                found += page.ids
                guard let next = page.next else { break }
                after = "&after=\(next)"
            }
            #expect(found.count == 5)
            #expect(Set(found) == Set(made))
        }
    }
}
