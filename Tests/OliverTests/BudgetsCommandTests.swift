import ArgumentParser
import Domain
import HTTPTypes
import ServiceRuntime
import TestSupport
import Testing

@testable import OliverCommands

private let growth = """
    {"id":"b-1","name":"Growth","workspace":"acme","scope":{"type":"team","id":"growth"},"period":"month",
    "limit_usd":"100.000000000000","action":"block","thresholds":[50,80],"recipients":["lead@example.com"],
    "raise":{"limit_usd":"150","from":"2026-11-01T00:00:00Z","until":"2026-12-01T00:00:00Z"},"state":"ready",
    "effective_limit_usd":"150","period_start":"2026-11-01T00:00:00Z","period_end":"2026-12-01T00:00:00Z",
    "spent_usd":"61.2","held_usd":"0.05","remaining_usd":"88.75","forecast_usd":"79","crossings":[],"archived_at":null}
    """
private let perUser = """
    {"id":"b-2","name":"Each user","workspace":"acme","scope":{"type":"user","id":"*"},"period":"total",
    "limit_usd":"1","action":"notify","thresholds":[],"recipients":[],"raise":null,"state":"per_value",
    "effective_limit_usd":"1","period_start":null,"period_end":null,"spent_usd":null,"held_usd":null,
    "remaining_usd":null,"forecast_usd":null,"crossings":[],"archived_at":null}
    """

@Suite(.timeLimit(.minutes(1))) struct `Commands about budgets` {
    @Test func `list budgets with where they stand`() async throws {
        let page = #"{"items":[\#(growth),\#(perUser)],"next":"7_b-2"}"#
        try await APIServer.withHome({ _, _ in APIServer.json(page) }) { server, home in
            let arguments = ["--workspace", "acme", "--scope", "team", "--period", "month", "--action", "block"]
            let text = try await output(BudgetsCommand.List.self, arguments, home: home).text
            let words = text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
            #expect(
                words[1] == [
                    "b-1", "Growth", "acme", "team:growth", "month", "block", "150.00", "61.20", "0.05", "88.75",
                    "ready",
                ]
            )
            #expect(words[2] == ["b-2", "Each", "user", "acme", "user:*", "total", "notify", "1.00", "per_value"])
            #expect(text.hasSuffix("More: --after 7_b-2"))
            #expect(
                server.requests.first?.target
                    == "/v1/budgets?workspace=acme&scope=team&period=month&action=block&limit=100"
            )
        }
    }

    @Test func `make a budget`() async throws {
        try await APIServer.withHome({ _, _ in APIServer.json(growth, status: .created) }) { server, home in
            let arguments = [
                "Growth", "--scope", "tag:feature=a:b", "--period", "month", "--limit", "100", "--action", "block",
                "--threshold", "50", "--threshold", "80", "--recipient", "lead@example.com", "--workspace", "acme",
            ]
            let text = try await output(BudgetsCommand.Create.self, arguments, home: home).text
            #expect(text.hasPrefix("Growth (b-1)\n"))
            #expect(text.contains("150.00 USD from 2026-11-01T00:00:00Z until 2026-12-01T00:00:00Z"))
            _ = try await output(
                BudgetsCommand.Create.self,
                ["All", "--scope", "workspace", "--period", "day", "--limit", "2.50"],
                home: home
            )
            #expect(server.requests.map(\.method) == ["POST", "POST"])
            #expect(
                server.requests.map(\.body) == [
                    #"{"name":"Growth","workspace":"acme","scope":{"type":"tag","id":"feature=a:b"},"period":"month","#
                        + #""limit_usd":"100","action":"block","thresholds":[50,80],"recipients":["lead@example.com"]}"#,
                    #"{"name":"All","scope":{"type":"workspace"},"period":"day","limit_usd":"2.50","action":"notify"}"#,
                ]
            )
        }
    }

    @Test func `change, raise and end a budget`() async throws {
        try await APIServer.withHome({ _, _ in APIServer.json(growth) }) { server, home in
            let raise = ["b-1", "--limit", "120", "--raise", "150", "--until", "2026-12-01"]
            _ = try await output(BudgetsCommand.Set.self, raise, home: home)
            _ = try await output(BudgetsCommand.Set.self, ["b-1", "--end-raise"], home: home)
            _ = try await output(BudgetsCommand.Remove.self, ["b-1"], home: home)
            #expect(server.requests.map(\.method) == ["PATCH", "PUT", "DELETE", "DELETE"])
            let raised = "/v1/budgets/b-1/raise"
            #expect(server.requests.map(\.target) == ["/v1/budgets/b-1", raised, raised, "/v1/budgets/b-1"])
            #expect(
                server.requests.prefix(2).map(\.body)
                    == [#"{"limit_usd":"120"}"#, #"{"limit_usd":"150","until":"2026-12-01T00:00:00Z"}"#]
            )
        }
    }

    @Test(arguments: [
        ["b-1"], ["b-1", "--raise", "5"], ["b-1", "--until", "2026-12-01"], ["b-1", "--from", "2026-12-01"],
        ["b-1", "--raise", "5", "--until", "soon"], ["b-1", "--raise", "5", "--until", "2026-12-01", "--end-raise"],
    ]) func `say what of a change cannot be meant`(arguments: [String]) {
        #expect(throws: (any Error).self) { try BudgetsCommand.Set.parse(arguments) }
    }

    @Test(arguments: ["team", "team:", "galaxy:x", "", ":x"]) func `want a scope of a type and a value`(scope: String) {
        #expect(throws: (any Error).self) {
            try BudgetsCommand.Create.parse(["n", "--scope", scope, "--period", "day", "--limit", "1"])
        }
    }
}
