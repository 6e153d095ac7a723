import Domain
import HTTPTypes
import Hummingbird
import PriceBook
import ServiceRuntime
import TestSupport
import Testing

import PriceDesk
@testable import Pricing

@Suite(.timeLimit(.minutes(1))) struct RouteTests {
    let override = """
        {"provider": "openai", "model": "org/gpt-4o", "rates": {"input_cost_per_token": 0.00000213,
        "output_cost_per_second": "0.22/3600", "custom": {"minutes": "0.08"}}, "reason": "contract 7", "author": "Ann"}
        """

    @Test func `prices are listed with filters and a cursor`() async throws {
        let rig = try await RouteRig()
        _ = try await rig.rig.sync.importShipped(SampleMap().bytes)
        var seen: [String] = []
        var next: String? = ""
        while let cursor = next {
            let path = "/v1/prices?limit=70" + (cursor.isEmpty ? "" : "&after=\(cursor)")
            let page = try await rig.send(.get, path, as: "reader")
            seen += (page["items"]?.elements ?? []).compactMap { $0["key"]?.text }
            next = page["next"]?.text
        }
        #expect(seen.count == 200 && Set(seen).count == 200 && seen == seen.sorted())
        let found = try await rig.send(.get, "/v1/prices?search=MODEL-19&provider=acme&source=litellm&mode=chat")
        #expect(found["items"]?.elements.count == 11)
        let rates = found["items"]?.elements.first?["rates"]
        #expect(rates?["input_cost_per_token"]?.text == "0.00000119")
        #expect(try await rig.send(.get, "/v1/prices?provider=other")["items"]?.elements.isEmpty == true)
        #expect(try await rig.send(.get, "/v1/prices?source=override")["items"]?.elements.isEmpty == true)
        for (query, field) in [
            ("limit=0", "limit"), ("after=zz", "after"), ("colour=red", "colour"), ("source=x", "source"),
        ] {
            let problem = try await rig.send(.get, "/v1/prices?\(query)", expecting: .unprocessableContent)
            #expect(problem.faults == [field])
        }
    }

    @Test func `what a search names comes first, page by page`() async throws {
        let keys = [
            "gpt-4o", "azure/gpt-4o", "gpt-4o-mini", "azure/gpt-4o-mini", "chatgpt-4o-latest", "ft:gpt-4o-2024-08-06",
        ]
        var map = SampleMap()
        for key in keys { map.models[key] = ["litellm_provider": "\"acme\"", "input_cost_per_token": "1e-6"] }
        let rig = try await RouteRig()
        _ = try await rig.rig.sync.importShipped(map.bytes)
        var seen: [String] = []
        var next: String? = ""
        while let cursor = next, seen.count <= keys.count {
            let path = "/v1/prices?search=GPT-4o&limit=1" + (cursor.isEmpty ? "" : "&after=\(cursor)")
            let page = try await rig.send(.get, path, as: "reader")
            seen += (page["items"]?.elements ?? []).compactMap { $0["key"]?.text }
            next = page["next"]?.text
        }
        #expect(seen == keys)
    }

    @Test func `a model's history shows every version and its source`() async throws {
        try await MapServer.with { server in
            let rig = try await RouteRig(url: server.url)
            var map = SampleMap()
            map.models["deep/er/model"] = ["litellm_provider": "\"acme\"", "input_cost_per_token": "1e-6"]
            _ = try await rig.rig.sync.importShipped(map.bytes)
            rig.rig.clock.advance(by: .seconds(60))
            map.models["deep/er/model"]?["input_cost_per_token"] = "2e-6"
            server.answer(MapServer.body(map.json))
            #expect(try await rig.send(.post, "/v1/prices/sync")["outcome"]?.text == "applied")
            let body =
                #"{"provider":"acme","model":"deep/er/model","rates":{"input_cost_per_token":"3e-6"},"reason":"r"}"#
            _ = try await rig.send(.post, "/v1/prices/overrides", body, expecting: .created)
            for path in ["/v1/prices/acme/deep/er/model", "/v1/prices/acme/deep%2Fer%2fmodel"] {
                let history = try await rig.send(.get, path, as: "reader")
                #expect(history["model"]?.text == "deep/er/model" && history["key"]?.text == "deep/er/model")
                let versions = history["versions"]?.elements ?? []
                #expect(versions.compactMap { $0["source"]?.text } == ["override", "litellm", "litellm"])
                let rates = versions.compactMap { $0["rates"]?["input_cost_per_token"]?.text }
                #expect(rates == ["0.000003", "0.000002", "0.000001"])
                #expect(versions[2]["valid_to"]?.text == versions[1]["valid_from"]?.text)
                #expect(versions[0]["reason"]?.text == "r")
            }
            _ = try await rig.send(.get, "/v1/prices/acme/unknown", expecting: .notFound)
            _ = try await rig.send(.get, "/v1/prices/acme", expecting: .notFound)
            _ = try await rig.send(.get, "/v1/prices/acme/%ff", expecting: .notFound)
            _ = try await rig.send(.post, "/v1/prices/acme/x", "{}", expecting: .methodNotAllowed)
        }
    }

    @Test func `overrides are made, listed, shown and ended`() async throws {
        let rig = try await RouteRig()
        let made = try await rig.send(.post, "/v1/prices/overrides", override, expecting: .created)
        let id = try #require(made["id"]?.text)
        #expect(made["key"]?.text == "openai/org/gpt-4o")
        #expect(made["rates"]?["input_cost_per_token"]?.text == "0.00000213")
        #expect(made["rates"]?["output_cost_per_second"]?.text == "0.22/3600")
        #expect(made["rates"]?["custom.minutes"]?.text == "0.08")
        #expect(made["author"]?.text?.hasPrefix("Ann (key_") == true && made["reason"]?.text == "contract 7")
        #expect(made["valid_from"]?.text == rig.rig.clock.now.rfc3339 && made["valid_to"] == nil)
        #expect(try await rig.send(.get, "/v1/prices/overrides/\(id)", as: "reader") == made)
        _ = try await rig.send(.post, "/v1/prices/overrides", override, expecting: .conflict)
        #expect(try await rig.send(.get, "/v1/prices/overrides?state=active")["items"]?.elements == [made])
        #expect(try await rig.send(.get, "/v1/prices/overrides?state=scheduled")["items"]?.elements == [])
        rig.rig.clock.advance(by: .seconds(60))
        let ended = try await rig.send(.delete, "/v1/prices/overrides/\(id)")
        #expect(ended["valid_to"]?.text == rig.rig.clock.now.rfc3339)
        #expect(try await rig.send(.delete, "/v1/prices/overrides/\(id)") == ended)
        #expect(try await rig.send(.get, "/v1/prices/overrides?state=ended&search=GPT")["items"]?.elements == [ended])
        _ = try await rig.send(.get, "/v1/prices/overrides/999", expecting: .notFound)
        _ = try await rig.send(.delete, "/v1/prices/overrides/x", expecting: .notFound)
    }

    @Test func `every field at fault is named`() async throws {
        let rig = try await RouteRig()
        let body = """
            {"provider": 7, "model": "", "rates": {"input_cost_per_token": "-1", "output_cost_per_token": "abc",
            "input_cost_per_tokken": 1, "custom": {"a": "x"}, "mode": "chat"}, "valid_from": "yesterday",
            "valid_to": "2020-01-01T00:00:00Z", "colour": 1}
            """
        let problem = try await rig.send(.post, "/v1/prices/overrides", body, expecting: .unprocessableContent)
        #expect(
            problem.faults.sorted() == [
                "colour", "model", "provider", "rates.custom", "rates.input_cost_per_token",
                "rates.input_cost_per_tokken", "rates.mode", "rates.output_cost_per_token", "reason", "valid_from",
                "valid_to",
            ]
        )
        for (body, field) in [
            (#"{"provider":"p","model":"m","reason":"r"}"#, "rates"),
            (#"{"provider":"p","model":"m","reason":"r","rates":{}}"#, "rates"),
            // It would be kept as 0, and all of it be free.
            (
                #"{"provider":"p","model":"m","reason":"r","rates":{"input_cost_per_token":"4e-28"}}"#,
                "rates.input_cost_per_token"
            ),
            (#"{"provider":"p","model":"m","reason":"r","rates":{"custom":{"a":"1e-30"}}}"#, "rates.custom"),
            (
                #"{"provider":"p","model":"m","reason":"r","rates":{"input_cost_per_token":null}}"#,
                "rates.input_cost_per_token"
            ),
            (
                #"{"provider":"p","model":"m","reason":"r","workspace":"no","rates":{"input_cost_per_token":1}}"#,
                "workspace"
            ),
        ] {
            let problem = try await rig.send(.post, "/v1/prices/overrides", body, expecting: .unprocessableContent)
            #expect(problem.faults == [field], "\(body)")
        }
        _ = try await rig.send(.post, "/v1/prices/overrides", "{", expecting: .badRequest)
        _ = try await rig.send(.post, "/v1/prices/overrides", "[]", expecting: .unprocessableContent)
    }

    @Test func `a key does what its scope and workspace allow`() async throws {
        let rig = try await RouteRig()
        _ = try await rig.rig.sync.importShipped(SampleMap().bytes)
        _ = try await rig.send(.post, "/v1/prices/overrides", override, as: "reader", expecting: .forbidden)
        _ = try await rig.send(.get, "/v1/prices", as: "recorder", expecting: .forbidden)
        _ = try await rig.send(.get, "/v1/prices", as: "nobody", expecting: .unauthorized)
        for path in ["/v1/prices/sync", "/v1/prices/changes/1/approve", "/v1/prices/changes/1/reject"] {
            _ = try await rig.send(.post, path, as: "reader", expecting: .forbidden)
            _ = try await rig.send(.post, path, as: "acme", expecting: .forbidden)
        }
        let all = try await rig.send(.post, "/v1/prices/overrides", override, expecting: .created)
        let own = try await rig.send(.post, "/v1/prices/overrides", override, as: "acme", expecting: .created)
        #expect(own["workspace"]?.text == "acme" && all["workspace"] == nil)
        let foreign = #"{"workspace":"b","provider":"p","model":"m","reason":"r","rates":{"input_cost_per_token":1}}"#
        _ = try await rig.send(.post, "/v1/prices/overrides", foreign, as: "acme", expecting: .forbidden)
        _ = try await rig.send(
            .delete,
            "/v1/prices/overrides/\(all["id"]?.text ?? "")",
            as: "acme",
            expecting: .forbidden
        )
        // Another tenant does not learn of it.
        let hidden = "/v1/prices/overrides/\(own["id"]?.text ?? "")"
        _ = try await rig.send(.get, hidden, as: "reader-b", expecting: .notFound)
        let history = try await rig.send(.get, "/v1/prices/openai/org/gpt-4o", as: "reader-b")
        #expect(history["versions"]?.elements.count == 1)
        #expect(try await rig.send(.get, "/v1/prices?source=override", as: "reader-b")["items"]?.elements.count == 1)
        #expect(try await rig.send(.get, "/v1/prices/overrides", as: "reader-b")["items"]?.elements.count == 1)
        _ = try await rig.send(.get, "/v1/prices/overrides?workspace=acme", as: "reader-b", expecting: .forbidden)
    }

    @Test func `a sync is asked for, listed, and its changes are decided`() async throws {
        try await MapServer.with { server in
            let rig = try await RouteRig(url: server.url)
            var map = SampleMap()
            _ = try await rig.rig.sync.importShipped(map.bytes)
            map[1, "input_cost_per_token"] = "0.000101"
            map[2, "input_cost_per_token"] = "0"
            server.answer(MapServer.body(map.json))
            let sync = try await rig.send(.post, "/v1/prices/sync")
            #expect(sync["outcome"]?.text == "applied" && sync["counts"]?["quarantined"]?.integer == 2)
            #expect(sync["summary"]?["quarantined"]?.elements.count == 2)
            let syncs = try await rig.send(.get, "/v1/prices/syncs?limit=1", as: "reader")
            #expect(syncs["items"]?.elements == [sync] && syncs["next"]?.text == sync["id"]?.text)
            let changes = try await rig.send(.get, "/v1/prices/changes?state=pending", as: "reader")
            let first = try #require(changes["items"]?.elements.last)
            #expect(first["key"]?.text == "model-1" && first["kind"]?.text == "changed")
            let rates = first["rates"]?.elements ?? []
            #expect(rates.count == 1 && rates.first?["old"]?.text == "0.00000101")
            #expect(rates.first?["new"]?.text == "0.000101")
            rig.rig.clock.advance(by: .seconds(60))
            let path = "/v1/prices/changes/\(first["id"]?.text ?? "")"
            let approved = try await rig.send(.post, "\(path)/approve", #"{"by":"Ann","note":"announced"}"#)
            #expect(approved["state"]?.text == "approved")
            #expect(approved["decided_by"]?.text?.hasPrefix("Ann (key_") == true)
            #expect(try await rig.send(.post, "\(path)/approve") == approved)
            _ = try await rig.send(.post, "\(path)/reject", expecting: .conflict)
            #expect(try await rig.rig.rate(1) == "0.000101")
            let other = "/v1/prices/changes/\(changes["items"]?.elements.first?["id"]?.text ?? "")"
            #expect(try await rig.send(.post, "\(other)/reject", "{}")["state"]?.text == "rejected")
            _ = try await rig.send(.post, "\(other)/reject", #"{"who":1}"#, expecting: .unprocessableContent)
            _ = try await rig.send(.post, "/v1/prices/changes/99/approve", expecting: .notFound)
            _ = try await rig.send(.get, "/v1/prices/changes?state=x", expecting: .unprocessableContent)
            #expect(try await rig.send(.get, "/v1/prices/changes?state=pending")["items"]?.elements == [])
        }
    }

    @Test func `a sync that is switched off or under way is a conflict`() async throws {
        let off = try await RouteRig()
        _ = try await off.send(.post, "/v1/prices/sync", expecting: .conflict)
        try await MapServer.with { server in
            let rig = try await RouteRig(url: server.url)
            _ = try await rig.rig.sync.importShipped(SampleMap().bytes)
            server.answer { _ in
                try await Task.sleep(for: .milliseconds(500))
                return Response(status: .notFound)
            }
            async let first = rig.send(.post, "/v1/prices/sync")
            while server.requests == 0 { try await Task.sleep(for: .milliseconds(5)) }
            _ = try await rig.send(.post, "/v1/prices/sync", expecting: .conflict)
            #expect(try await first["outcome"]?.text == "failed")
        }
    }
}
