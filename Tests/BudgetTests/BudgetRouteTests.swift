import BudgetBook
import Domain
import HTTPTypes
import Hummingbird
import ServiceRuntime
import Testing

@testable import Budgets

@Suite(.timeLimit(.minutes(1))) struct `The routes of budgets` {
    @Test func `a budget made in the middle of a period shows what was spent before, and after`() async throws {
        try await BudgetRig.with { rig in
            try await rig.price([("e1", "growth", 300), ("e2", "ops", 50), ("e3", "growth", 7)])
            try await rig.count()
            try await rig.keep()
            let body = """
                {"name":"Growth monthly","workspace":"acme","scope":{"type":"team","id":"growth"},"period":"month",
                "limit_usd":"0.0000000005","action":"block","thresholds":[50,80,100],"recipients":["lead@example.com"]}
                """
            let (made, headers) = try await rig.send(.post, "/v1/budgets", body, expecting: .created)
            let id = try #require(made["id"]?.text)
            #expect(headers[.location] == "/v1/budgets/\(id)" && headers[.eTag] == "\"1\"")
            #expect(made["state"]?.text == "ready")
            #expect(made["spent_usd"]?.picoDollars == 307 && made["held_usd"]?.picoDollars == 0)
            #expect(made["remaining_usd"]?.picoDollars == 193)
            #expect(made["crossings"]?.list?.count == 1)
            #expect(made["period_start"]?.text == "2026-10-31T18:15:00Z")
            #expect(made["period_end"]?.text == "2026-11-30T18:15:00Z")
            // 307 in 22 days, 15 hours and 45 minutes of 30 days.
            #expect(made["forecast_usd"]?.picoDollars == 406)
            try await rig.spend("e4", 193)
            let shown = try await rig.send(.get, "/v1/budgets/\(id)", as: "reader").json
            #expect(shown["spent_usd"]?.picoDollars == 500 && shown["remaining_usd"]?.picoDollars == 0)
            #expect(shown["crossings"]?.list?.count == 3)
            #expect(try await rig.send(.get, "/v1/budgets", as: "reader").json.items("spent_usd").count == 1)
        }
    }

    @Test func `an edit keeps the spend and needs the version that was read`() async throws {
        try await BudgetRig.with { rig in
            let id = try await rig.make()
            try await rig.spend("e1", 300)
            let path = "/v1/budgets/\(id)"
            let tag = try #require(try await rig.send(.get, path).headers[.eTag])
            let (edited, headers) = try await rig.send(
                .patch,
                path,
                #"{"limit_usd":"0.000000002","thresholds":[10],"name":"More"}"#,
                ifMatch: tag
            )
            #expect(edited["spent_usd"]?.picoDollars == 300 && edited["limit_usd"]?.picoDollars == 2_000)
            #expect(edited["name"]?.text == "More" && edited["limit_version"]?.numberText == "2")
            #expect(headers[.eTag] != tag)
            let history = edited["limit_history"]?.list ?? []
            #expect(history.compactMap { $0["change"]?.text } == ["limit", "created"])
            let stale = try await rig.send(
                .patch,
                path,
                #"{"name":"x"}"#,
                ifMatch: tag,
                expecting: .preconditionFailed
            )
            #expect(stale.json["type"]?.text == "urn:oliver:problem:precondition-failed")
            try await rig.send(.patch, path, #"{"name":"x"}"#, ifMatch: "W/abc", expecting: .unprocessableContent)
            for field in ["scope", "period", "workspace"] {
                let problem = try await rig.send(.patch, path, #"{"\#(field)":"x"}"#, expecting: .unprocessableContent)
                #expect(problem.json.faults == [field])
            }
        }
    }

    @Test func `a raise holds for its time and is ended`() async throws {
        try await BudgetRig.with { rig in
            let id = try await rig.make()
            let path = "/v1/budgets/\(id)/raise"
            let until = rig.clock.now.adding(.seconds(3_600)).rfc3339
            let raised = try await rig.send(.put, path, #"{"limit_usd":"0.00000001","until":"\#(until)"}"#).json
            #expect(raised["effective_limit_usd"]?.picoDollars == 10_000)
            #expect(raised["limit_usd"]?.picoDollars == 1_000 && raised["raise"]?["until"]?.text == until)
            rig.clock.advance(by: .seconds(3_600))
            let over = try await rig.send(.get, "/v1/budgets/\(id)").json
            #expect(over["effective_limit_usd"]?.picoDollars == 1_000)
            #expect(try await rig.send(.delete, path).json["raise"] == nil)
            for (body, field) in [
                (#"{"limit_usd":"0.0000000001","until":"2027-01-01T00:00:00Z"}"#, "limit_usd"),
                (#"{"limit_usd":"1","until":"2026-01-01T00:00:00Z"}"#, "until"),
                (#"{"limit_usd":"1","until":"2029-01-01T00:00:00Z"}"#, "until"), (#"{"limit_usd":"1"}"#, "until"),
                (#"{"until":"2027-01-01T00:00:00Z"}"#, "limit_usd"), (#"{"limit_usd":"1","until":"soon"}"#, "until"),
            ] {
                #expect(try await rig.send(.put, path, body, expecting: .unprocessableContent).json.faults == [field])
            }
        }
    }

    @Test func `a budget that ends leaves the list and can be made anew, right again`() async throws {
        try await BudgetRig.with { rig in
            let first = try await rig.make()
            try await rig.spend("e1", 300)
            let ended = try await rig.send(.delete, "/v1/budgets/\(first)").json
            #expect(ended["archived_at"]?.text == rig.clock.now.rfc3339)
            #expect(try await rig.send(.get, "/v1/budgets/\(first)").json["archived_at"]?.text != nil)
            try await rig.send(.patch, "/v1/budgets/\(first)", #"{"name":"x"}"#, expecting: .notFound)
            // Nobody asks for the team's counter now.
            try await rig.spend("e2", 11)
            let second = try await rig.make()
            #expect(try await rig.send(.get, "/v1/budgets").json.items("id") == [second])
            #expect(try await rig.send(.get, "/v1/budgets/\(second)").json["spent_usd"]?.picoDollars == 311)
        }
    }

    @Test func `nothing is half made when the spend so far cannot be counted`() async throws {
        try await BudgetRig.with(patience: .seconds(3)) { rig in
            // The ledger is behind: it has not kept what was counted.
            try await rig.price([("e1", "growth", 300)])
            try await rig.count()
            let body = """
                {"name":"n","workspace":"acme","scope":{"type":"team","id":"growth"},"period":"day","limit_usd":"1"}
                """
            let problem = try await rig.send(.post, "/v1/budgets", body, expecting: .serviceUnavailable)
            #expect(problem.headers[.retryAfter] != nil)
            #expect(try await rig.send(.get, "/v1/budgets").json["items"]?.list?.isEmpty == true)
            try await rig.keep()
            let made = try await rig.send(.post, "/v1/budgets", body, expecting: .created).json
            #expect(made["spent_usd"]?.picoDollars == 300 && made["action"]?.text == "notify")
        }
    }

    @Test func `a budget of every value shows the figures of one value`() async throws {
        try await BudgetRig.with { rig in
            let body = """
                {"name":"Each team","workspace":"acme","scope":{"type":"team","id":"*"},"period":"month","limit_usd":"1"}
                """
            let made = try await rig.send(.post, "/v1/budgets", body, expecting: .created).json
            let path = "/v1/budgets/\(try #require(made["id"]?.text))"
            #expect(made["state"]?.text == "per_value" && made["spent_usd"] == nil)
            #expect(try await rig.send(.get, path + "?value=growth").json["state"]?.text == "rebuilding")
            _ = try await rig.make()
            try await rig.spend("e1", 300)
            #expect(try await rig.send(.get, path + "?value=growth").json["spent_usd"]?.picoDollars == 300)
            let id = try await rig.make(team: "ops")
            try await rig.send(.get, "/v1/budgets/\(id)?value=ops", expecting: .unprocessableContent)
        }
    }

    @Test func `the list has filters and a cursor`() async throws {
        try await BudgetRig.with { rig in
            var ids: [String] = []
            for index in 0..<5 {
                ids.append(try await rig.make(team: "t\(index)"))
                rig.clock.advance(by: .seconds(1))
            }
            let other = """
                {"name":"n","workspace":"b","scope":{"type":"workspace"},"period":"total","limit_usd":1,"action":"notify"}
                """
            let made = try await rig.send(.post, "/v1/budgets", other, expecting: .created).json
            #expect(made["scope"]?["id"]?.text == "b" && made["period_end"] == nil && made["forecast_usd"] == nil)
            ids.append(try #require(made["id"]?.text))
            var seen: [String] = []
            var next: String? = ""
            while let cursor = next {
                let query = cursor.isEmpty ? "" : "&after=\(cursor)"
                let page = try await rig.send(.get, "/v1/budgets?limit=4\(query)", as: "reader").json
                seen += page.items("id")
                next = page["next"]?.text
            }
            #expect(seen == ids)
            for (query, count) in [
                ("workspace=b", 1), ("scope=team", 5), ("period=total", 1), ("action=block", 5), ("workspace=c", 0),
            ] {
                #expect(try await rig.send(.get, "/v1/budgets?\(query)").json.items("id").count == count)
            }
            for query in ["scope=x", "period=x", "action=x", "colour=x", "limit=0", "after=x"] {
                try await rig.send(.get, "/v1/budgets?\(query)", expecting: .unprocessableContent)
            }
        }
    }

    @Test func `a key sees and changes what its scopes and its workspace allow`() async throws {
        try await BudgetRig.with { rig in
            let id = try await rig.make()
            try await rig.send(.get, "/v1/budgets?workspace=acme", as: "reader-b", expecting: .forbidden)
            #expect(try await rig.send(.get, "/v1/budgets", as: "reader-b").json.items("id").isEmpty)
            try await rig.send(.get, "/v1/budgets/\(id)", as: "admin-acme")
            try await rig.send(.get, "/v1/budgets/\(id)", as: "reader-b", expecting: .notFound)
            #expect(try await rig.send(.get, "/v1/budgets", as: "reader-b").json.items("id").isEmpty)
            try await rig.send(.get, "/v1/budgets", as: "recorder", expecting: .forbidden)
            try await rig.send(.get, "/v1/budgets", as: "nobody", expecting: .unauthorized)
            for (method, path, body) in [
                (HTTPRequest.Method.post, "/v1/budgets", "{}"), (.patch, "/v1/budgets/\(id)", "{}"),
                (.put, "/v1/budgets/\(id)/raise", "{}"), (.delete, "/v1/budgets/\(id)/raise", ""),
                (.delete, "/v1/budgets/\(id)", ""),
            ] {
                try await rig.send(method, path, body, as: "reader", expecting: .forbidden)
            }
            let foreign = """
                {"name":"n","workspace":"b","scope":{"type":"workspace"},"period":"day","limit_usd":"1"}
                """
            try await rig.send(.post, "/v1/budgets", foreign, as: "admin-acme", expecting: .forbidden)
            let own = #"{"name":"n","scope":{"type":"workspace"},"period":"day","limit_usd":"1"}"#
            let made = try await rig.send(.post, "/v1/budgets", own, as: "admin-acme", expecting: .created).json
            #expect(made["workspace"]?.text == "acme")
            try await rig.send(.post, "/v1/budgets", own, expecting: .unprocessableContent)
            try await rig.send(.get, "/v1/budgets/none", expecting: .notFound)
        }
    }

    /// Each body, as changes to a good one, and the field that its problem names.
    static let badBodies: [(String, String)] = [
        (#""limit_usd":"-1""#, "limit_usd"), (#""limit_usd":"0""#, "limit_usd"), (#""limit_usd":0"#, "limit_usd"),
        (#""limit_usd":"1e30""#, "limit_usd"), (#""limit_usd":"1000000001""#, "limit_usd"),
        (#""limit_usd":"ten""#, "limit_usd"), (#""limit_usd":"0.0000000000001""#, "limit_usd"),
        (#""limit_usd":[1]"#, "limit_usd"), (#""limit_usd":null"#, "limit_usd"), (#""limit_usd":"NaN""#, "limit_usd"),
        (#""scope":{"type":"galaxy","id":"x"}"#, "scope.type"), (#""scope":{"id":"x"}"#, "scope.type"),
        (#""scope":{"type":"team"}"#, "scope.id"), (#""scope":{"type":"team","id":""}"#, "scope.id"),
        (#""scope":{"type":"team","id":"a\nb"}"#, "scope.id"), (#""scope":{"type":"team","id":7}"#, "scope.id"),
        (#""scope":{"type":"tag","id":"feature"}"#, "scope.id"), (#""scope":"team""#, "scope"),
        (#""scope":{"type":"workspace","id":"other"}"#, "scope.id"),
        (#""scope":{"type":"team","id":"x","more":1}"#, "scope.more"), (#""scope":null"#, "scope"),
        (#""period":"fortnight""#, "period"), (#""period":null"#, "period"), (#""action":"shout""#, "action"),
        (#""thresholds":[100,50]"#, "thresholds"), (#""thresholds":[50,50]"#, "thresholds"),
        (#""thresholds":[0]"#, "thresholds[0]"), (#""thresholds":[1,1001]"#, "thresholds[1]"),
        (#""thresholds":["50"]"#, "thresholds"), (#""thresholds":[0.5]"#, "thresholds"),
        (#""thresholds":[1,2,3,4,5,6,7,8,9,10,11]"#, "thresholds"),
        (#""recipients":["lead"]"#, "recipients[0]"), (#""recipients":"a@example.com""#, "recipients"),
        (#""recipients":["a@example.com","b@example.com\r\nBcc: c@example.com"]"#, "recipients[1]"),
        (#""recipients":["Lead <a@example.com>"]"#, "recipients[0]"),
        (#""name":"a\r\nBcc: b@example.com""#, "name"), (#""name":"""#, "name"), (#""name":null"#, "name"),
        (#""name":"a\u0000b""#, "name"), (#""name":"a\u2028b""#, "name"), (#""workspace":"nowhere""#, "workspace"),
        (#""colour":"red""#, "colour"),
    ]

    @Test func `bad input is refused with the field's name, and nothing is stored`() async throws {
        try await BudgetRig.with { rig in
            let good = [
                "name": #""n""#, "workspace": #""acme""#, "scope": #"{"type":"team","id":"x"}"#, "period": #""day""#,
                "limit_usd": #""1""#,
            ]
            for (change, field) in Self.badBodies {
                let name = String(change.dropFirst().prefix { $0 != "\"" })
                let rest = good.filter { $0.key != name }.map { #""\#($0.key)":\#($0.value)"# }
                let body = "{\((rest + [change]).joined(separator: ","))}"
                let problem = try await rig.send(.post, "/v1/budgets", body, expecting: .unprocessableContent).json
                #expect(problem.faults == [field], "\(change)")
            }
            try await rig.send(.post, "/v1/budgets", "{", expecting: .badRequest)
            #expect(try await rig.store.version() == 0)
        }
    }
}
