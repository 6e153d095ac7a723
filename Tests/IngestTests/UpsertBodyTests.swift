import Directory
import HTTPTypes
@testable import Ingest
import ServiceRuntime
import Testing

@Suite struct UpsertBodyTests {
    private func unknownMembers(_ count: Int) -> String {
        (0..<count).map { #""unknown-\#($0)":0"# }.joined(separator: ",")
    }

    @Test func `of a body's unknown members no more are told than of an event's faults`() throws {
        let body = try JSONValue(body: Array("{\(unknownMembers(10_000))}".utf8))
        let problem = try #require(throws: Problem.self) { try UpsertBody(body, limit: 10) }
        #expect(problem.status == .unprocessableContent)
        #expect(problem.detail == "unknown-0: is no field of this request")
        #expect(problem.invalidParameters.map(\.name) == (0..<16).map { "unknown-\($0)" })
        #expect(Set(problem.invalidParameters.map(\.code)) == ["unknown_field"])
    }

    @Test func `an item with ever so many faults is refused with few of them`() throws {
        let text = #"{"teams":[{"id":"a"},{"id":"b",\#(unknownMembers(10_000))}]}"#
        let body = try UpsertBody(try JSONValue(body: Array(text.utf8)), limit: 10)
        let upsert = body.upsert(in: "acme", from: "app")
        #expect(upsert.teams.map(\.id) == ["a"])
        let answer = body.answer(UpsertResult(teams: [.created]))
        #expect(answer.bytes.count < 4_096)
        let items = try JSONValue(parsing: answer.bytes)["teams"]?.list
        #expect(items?.last?["problem"]?["invalid_parameters"]?.list?.count == 16)
    }
}
