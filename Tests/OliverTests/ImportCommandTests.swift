import ArgumentParser
import HTTPTypes
import LocalServers
import ServiceRuntime
import Synchronization
import Testing

@testable import OliverCommands

private let lines = (1...1_200).map { number in
    #"{"event_id":"e\#(number)","occurred_at":"2021-01-02T00:00:00Z","provider":"p","model":"m","usage":{"input_tokens":1}}"#
}

/// Answers as ingest does; `e7` is rejected.
private func accept(_ seen: APIServer.Seen) throws -> String {
    let events = try JSONValue(parsing: Array(seen.body.utf8))["events"]?.list ?? []
    let items = events.enumerated().map { index, event -> JSONValue in
        event["event_id"]?.text == "e7"
            ? ["index": .int(Int64(index)), "status": "rejected", "problem": ["detail": "no"]]
            : ["index": .int(Int64(index)), "status": "accepted"]
    }
    return String(decoding: JSONValue.object([.init("items", .array(items))]).bytes, as: UTF8.self)
}

@Suite(.timeLimit(.minutes(1))) struct `The command that imports` {
    @Test func `sends everything once, goes on where it was broken off, and lists what was rejected`() async throws {
        // The second batch finds the installation gone for good: the import stops there.
        let isBroken = Mutex(true)
        let answer: APIServer.Answer = { number, seen in
            #expect(seen.target == "/v1/record")
            if number == 2, isBroken.withLock({ $0 }) { return APIServer.json("{}", status: .unauthorized) }
            return APIServer.json(try accept(seen), status: .accepted)
        }
        try await APIServer.withHome(answer) { server, home in
            let file = "\(home)/usage.jsonl"
            try Files.write(lines.joined(separator: "\n"), to: file)
            await #expect(throws: ServiceError.self) { try await output(ImportCommand.self, [file], home: home) }
            isBroken.withLock { $0 = false }
            let done = try await output(ImportCommand.self, [file], home: home)
            #expect(done.exitCode == ExitCode(2))
            #expect(done.text.hasPrefix("Went on behind 500 records that were done before.\n1200 records: 1199 events"))
            #expect(server.requests.count == 4)
            #expect(server.requests.map { $0.body.contains(#""event_id":"e500""#) } == [true, false, false, false])
            let header = try #require(HTTPField.Name("oliver-import"))
            #expect(server.requests.allSatisfy { $0.headers[header] == "true" })
            let report = try #require(Files.read("\(file).rejected.jsonl"))
            #expect(report.hasPrefix(#"{"record":7,"event":{"event_id":"e7","#))
            #expect(report.hasSuffix(#""problem":{"detail":"no"}}"# + "\n"))
            #expect(report.split(separator: "\n").count == 1)
        }
    }

    @Test func `asks what it would cost when it is a dry run`() async throws {
        let answer: APIServer.Answer = { _, seen in
            #expect(seen.target == "/v1/estimate")
            let items = try JSONValue(parsing: Array(seen.body.utf8))["items"]?.list ?? []
            let estimate: JSONValue = ["status": "priced", "cost_usd": "0.000001000000"]
            let answers = JSONValue.object([.init("items", .array(items.map { _ in estimate }))])
            return APIServer.json(String(decoding: answers.bytes, as: UTF8.self))
        }
        try await APIServer.withHome(answer) { server, home in
            let file = "\(home)/usage.jsonl"
            try Files.write(lines.joined(separator: "\n") + "\n{", to: file)
            let asked = try await output(ImportCommand.self, [file, "--dry-run"], home: home)
            #expect(asked.exitCode == ExitCode(2))
            #expect(
                asked.text.hasPrefix(
                    "1201 records: 1200 events would cost 0.001200000000 USD, 0 have no price, 1 would be rejected."
                )
            )
            #expect(server.requests.count == 3)
            #expect(!Files.exists("\(file).oliver-import"))
        }
    }
}
