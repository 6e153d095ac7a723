import ArgumentParser
import Domain
import HTTPTypes
import LocalServers
import ServiceRuntime
import TestSupport
import Testing

@testable import OliverCommands

private let failedSync = """
    {"id":"4","cause":"manual","outcome":"failed","detail":"The price map's server answered 500.","url":"https://x/map.json",
    "requested_by":"key_1","started_at":"2026-11-23T10:00:00Z","finished_at":"2026-11-23T10:00:01Z","counts":{"models":0,
    "opened":0,"changed":0,"closed":0,"unchanged":0,"quarantined":0,"held":0,"warnings":0},"summary":{}}
    """

@Suite(.timeLimit(.minutes(1))) struct `Commands that ask the HTTP API` {
    @Test func `list prices of the installation in a folder, with the folder's key`() async throws {
        try await APIServer.withHome({ _, _ in APIServer.json(#"{"items":[],"next":null}"#) }) { server, home in
            let arguments = ["gpt", "--provider", "openai", "--limit", "7"]
            let text = try await output(PricesCommand.Show.self, arguments, home: home).text
            #expect(text == "There are no such prices.")
            let seen = try #require(server.requests.first)
            #expect(seen.target == "/v1/prices?search=gpt&provider=openai&limit=7")
            #expect(seen.headers[.authorization] == "Bearer \(testKey)")
            let json = try await output(PricesCommand.Show.self, ["--json"], home: home).text
            #expect(json == #"{"items":[],"next":null}"#)
        }
    }

    @Test func `end with 1 when a sync fails, after saying why`() async throws {
        try await APIServer.withHome({ _, _ in APIServer.json(failedSync) }) { server, home in
            let output = try await output(PricesCommand.Sync.self, [], home: home)
            #expect(output.text.hasPrefix("The sync 4 ended: failed. The price map's server answered 500."))
            #expect(output.exitCode == .failure)
            // The whole command, as the program runs it.
            var command: any AsyncParsableCommand = try PricesCommand.Sync.parse(["--home", home])
            await #expect(throws: ExitCode.failure) { try await command.run() }
            #expect(server.requests.map(\.method) == ["POST", "POST"])
        }
    }

    @Test func `are refused with the problem's words`() async throws {
        let answer: APIServer.Answer = { _, _ in throw Problem.forbidden("It needs the scope admin.") }
        try await APIServer.withHome(answer) { _, home in
            var command: any AsyncParsableCommand = try PricesCommand.Changes.Approve.parse(["7", "--home", home])
            do {
                try await command.run()
                Issue.record("the command did not fail")
            } catch {
                #expect(PricesCommand.exitCode(for: error) == .failure)
                #expect(
                    PricesCommand.message(for: error)
                        == "The API key does not allow this. It needs the scope admin."
                )
            }
        }
    }

    @Test func `decide about changes`() async throws {
        let change = """
            {"id":"7","state":"approved","key":"m","kind":"changed","guards":["tenfold"],"detail":"d","created_at":"t",
            "decided_at":null,"decided_by":null,"note":null,"rates":[]}
            """
        try await APIServer.withHome({ _, _ in APIServer.json(change) }) { server, home in
            _ = try await output(PricesCommand.Changes.Approve.self, ["7", "--note", "checked"], home: home)
            _ = try await output(PricesCommand.Changes.Reject.self, ["8", "--by", "kim"], home: home)
            #expect(server.requests.map(\.target) == ["/v1/prices/changes/7/approve", "/v1/prices/changes/8/reject"])
            #expect(server.requests.map(\.body) == [#"{"note":"checked"}"#, #"{"by":"kim"}"#])
        }
    }

    @Test func `preview a repricing, and apply it only when told to`() async throws {
        let preview = """
            {"applied":false,"complete":true,"events":0,"changed":0,"cost_before_usd":"0","cost_after_usd":"0",
            "difference_usd":"0","unpriced_before":0,"unpriced_after":0,"rows":[]}
            """
        let answer: APIServer.Answer = { _, seen in
            switch seen.method {
            case "GET": APIServer.json(jobJSON(state: "failed", failure: "disk full"))
            default:
                seen.body.contains(#""apply":true"#)
                    ? APIServer.json(jobJSON(state: "pending"), status: .accepted) : APIServer.json(preview)
            }
        }
        let arguments = [
            "--workspace", "acme", "--from", "2026-11-01", "--to", "2026-12-01", "--model", "a", "--model", "b",
        ]
        try await APIServer.withHome(answer) { server, home in
            let shown = try await output(PricesCommand.Reprice.self, arguments + ["--reason", "r"], home: home)
            #expect(shown.text.hasSuffix("Nothing was changed. --apply with --reason does it."))
            let applying = arguments + ["--reason", "r", "--apply"]
            let made = try await output(PricesCommand.Reprice.self, applying + ["--no-wait"], home: home)
            #expect(made.text.hasPrefix("job 5 pending: 10 read, 1 changed, -0.50 USD"))
            #expect(made.exitCode == .success)
            let ended = try await output(PricesCommand.Reprice.self, applying + ["--wait"], home: home)
            #expect(ended.text.contains("disk full"))
            #expect(ended.exitCode == .failure)
            #expect(server.requests.map(\.target) == ["/v1/reprice", "/v1/reprice", "/v1/reprice", "/v1/reprice/5"])
            #expect(
                server.requests[1].body
                    == #"{"workspace":"acme","from":"2026-11-01T00:00:00Z","to":"2026-12-01T00:00:00Z","#
                    + #""filters":{"model":["a","b"]},"reason":"r","apply":true}"#
            )
        }
    }

    @Test func `explain a usage, and print the problem of one that is none`() async throws {
        let answer: APIServer.Answer = { number, _ in
            let item =
                number == 1
                ? #"{"status":"unpriced","cost_usd":null,"exact_cost_usd":null,"components":[],"#
                    + #""unpriced_quantities":[{"quantity":"input_tokens","reason":"unknown_model"}],"#
                    + #""provenance":{"source":"litellm","price_version":null,"key":null,"rules":[],"flags":[]}}"#
                : #"{"status":"invalid","cost_usd":null,"problem":{"type":"urn:x","title":"Some fields are not valid","#
                    + #""status":422,"invalid_parameters":[{"name":"model","code":"out_of_range","detail":"is too long"}]}}"#
            return APIServer.json(#"{"items":[\#(item)]}"#)
        }
        let arguments = [
            "--provider", "p", "--model", "m", "--usage", #"{"input_tokens":1}"#, "--attribute", "router_fee=true",
            "--attribute", "size=1x1", "--at", "2026-11-01",
        ]
        try await APIServer.withHome(answer) { server, home in
            let shown = try await output(PricesCommand.Explain.self, arguments, home: home).text
            #expect(shown.contains("input_tokens: unknown_model"))
            #expect(
                server.requests.first?.body
                    == #"{"items":[{"provider":"p","model":"m","occurred_at":"2026-11-01T00:00:00Z","#
                    + #""usage":{"input_tokens":1},"router_fee":true,"size":"1x1"}]}"#
            )
            await #expect { try await output(PricesCommand.Explain.self, arguments, home: home) } throws: {
                "\($0)" == "Some fields are not valid.\n  model: is too long (out_of_range)"
            }
        }
    }
}

@Suite struct `Arguments of commands` {
    @Test(arguments: [
        [], ["e-1", "--model", "m"], ["--provider", "p", "--model", "m"], ["e-1", "--at", "2026-11-01"],
        ["--provider", "p", "--model", "m", "--usage", "[1]"], ["--provider", "p", "--model", "m", "--usage", "{"],
    ]) func `of explain are an event or a usage`(arguments: [String]) {
        #expect(throws: (any Error).self) { try PricesCommand.Explain.parse(arguments) }
    }

    @Test(arguments: [
        ["--from", "2026-11-01", "--to", "2026-12-01"],
        ["--workspace", "a", "--from", "2026-12-01", "--to", "2026-11-01"],
        ["--workspace", "a", "--all-workspaces", "--from", "2026-11-01", "--to", "2026-12-01"],
        ["--workspace", "a", "--from", "2026-11-01", "--to", "2026-12-01", "--apply"],
        ["--workspace", "a", "--from", "yesterday", "--to", "2026-12-01"],
    ]) func `of reprice name workspace, range and reason`(arguments: [String]) {
        #expect(throws: (any Error).self) { try PricesCommand.Reprice.parse(arguments) }
    }

    @Test func `of an override make its rates`() throws {
        let set = try PricesCommand.Override.Set.parse([
            "openai", "gpt-4o", "--rate", "input_cost_per_token=0.000002", "--rate", "custom.minutes=0.22/60",
            "--reason",
            "Contract", "--workspace", "acme", "--from", "2026-11-01",
        ])
        #expect(
            String(decoding: set.body, as: UTF8.self)
                == #"{"workspace":"acme","provider":"openai","model":"gpt-4o","valid_from":"2026-11-01T00:00:00Z","#
                + #""reason":"Contract","rates":{"input_cost_per_token":"0.000002","custom":{"minutes":"0.22/60"}}}"#
        )
        let whole = try PricesCommand.Override.Set.parse([
            "openai", "gpt-4o", "--rates", #"{"input_cost_per_token":2e-6}"#, "--reason", "r",
        ])
        #expect(String(decoding: whole.body, as: UTF8.self).hasSuffix(#""rates":{"input_cost_per_token":2e-6}}"#))
        #expect(throws: (any Error).self) {
            try PricesCommand.Override.Set.parse(["openai", "gpt-4o", "--reason", "r"])
        }
    }
}
