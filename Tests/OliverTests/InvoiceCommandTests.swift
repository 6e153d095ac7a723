import ArgumentParser
import HTTPTypes
import LocalServers
import Testing

@testable import OliverCommands

@Suite(.timeLimit(.minutes(1))) struct `The command that adjusts by a bill` {
    @Test func `says that the ledger differs, and adjusts it when told to`() async throws {
        let report =
            #"{"rows":[{"key":"m","cost_usd":"10.000000000000"}],"other":null,"total":{"cost_usd":"10.000000000000"}}"#
        let answer: APIServer.Answer = { _, seen in
            seen.method == "GET" ? APIServer.json(report) : APIServer.json(jobJSON(state: "done"), status: .created)
        }
        try await APIServer.withHome(answer) { server, home in
            let file = "\(home)/bill.csv"
            try Files.write("model,amount_usd\nm,9.50\n", to: file)
            let common = [file, "--workspace", "acme", "--provider", "openai", "--month", "2024-11"]
            let differs = try await output(InvoiceCommand.Compare.self, common, home: home)
            #expect(differs.exitCode == ExitCode(2))
            #expect(differs.text.contains("differs"))
            let close = try await output(
                InvoiceCommand.Compare.self,
                common + ["--tolerance", "0.5", "--json"],
                home: home
            )
            #expect(close.exitCode == .success)
            #expect(close.text.contains(#""equal":true,"tolerance_usd":"0.500000000000""#))
            let adjusting = common + ["--adjust", "--reason", "Bill 7", "--key", "b7", "--reference", "INV-7"]
            let adjusted = try await output(InvoiceCommand.Compare.self, adjusting, home: home)
            #expect(adjusted.exitCode == .success)
            #expect(adjusted.text.contains("The ledger was adjusted to say what the invoice says.\njob 5 done"))
            #expect(server.requests.map(\.method) == ["GET", "GET", "GET", "POST"])
            #expect(
                server.requests.last?.body
                    == #"{"workspace":"acme","reason":"Bill 7","key":"b7","items":[{"occurred_at":"2024-11-30T09:00:00Z","#
                    + #""amount_usd":"-0.500000000000","provider":"openai","model":"m","reference":"INV-7"}]}"#
            )
        }
    }
}
