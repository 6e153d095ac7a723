import Domain
import FoundationEssentials
import HTTPTypes
import ServiceRuntime
import Testing

/// The lines of `vectors.jsonl` beside what must come out.
private struct Vector: Decodable {
    var id: String
    var provider: String
    var model: String
    var status: String
    var expectedCostUsd: String?
    var resolvedKey: String?
    var occurredAt: String?
    var line = ""

    private enum CodingKeys: String, CodingKey {
        case id, provider, model, status, expectedCostUsd, resolvedKey, occurredAt
    }

    static func all() throws -> [Vector] {
        let path = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
        let text = try String(contentsOfFile: "/\(path)/Fixtures/vectors.jsonl", encoding: .utf8)
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try text.split(separator: "\n").map { line in
            var vector = try decoder.decode(Vector.self, from: Data(line.utf8))
            vector.line = String(line)
            return vector
        }
    }

    /// The expected cost, rounded once, half to even, to 12 decimals.
    var cost: String? {
        guard let text = expectedCostUsd, let exact = DecimalText.parse(text.utf8, scale: 12, rounding: true) else {
            return nil
        }
        return DecimalText.format(exact, scale: 12)
    }

    /// The line as an event: the fields that say what is expected are none of an event's and are ignored.
    var event: String {
        #"{"event_id":"\#(id)","workspace":"acme","# + line.dropFirst()
    }
}

private struct EstimateAnswer: Decodable {
    struct Item: Decodable {
        struct Provenance: Decodable { var key: String? }
        var status: String
        var costUsd: String?
        var exactCostUsd: String?
        var provenance: Provenance?
    }
    var items: [Item]
}

private struct UsagePage: Decodable {
    struct Item: Decodable {
        var eventId: String
        var costUsd: String?
    }
    var items: [Item]
    var next: String?
}

@Suite(.timeLimit(.minutes(3))) struct `Every public vector` {
    @Test func `is estimated as expected over HTTP`() async throws {
        try await Pipeline.run { pipeline in
            for batch in try Vector.all().chunked(1_000) {
                let body = #"{"items":["# + batch.map(\.line).joined(separator: ",") + "]}"
                let answer = try decode(EstimateAnswer.self, try await pipeline.post("/v1/estimate", body))
                #expect(answer.items.count == batch.count)
                for (vector, item) in zip(batch, answer.items) {
                    #expect(item.costUsd == vector.cost, "\(vector.id)")
                    #expect(item.exactCostUsd == vector.expectedCostUsd, "\(vector.id)")
                    #expect(item.provenance?.key == vector.resolvedKey, "\(vector.id)")
                    #expect(item.status == vector.status || item.status == "free" && vector.status == "priced")
                }
            }
        }
    }

    @Test func `costs in the ledger what it must`() async throws {
        try await Pipeline.run { pipeline in
            let vectors = try Vector.all()
            for batch in vectors.chunked(1_000) {
                let body = "[" + batch.map(\.event).joined(separator: ",") + "]"
                let answer = try decode(RecordAnswer.self, try await pipeline.post("/v1/record", body))
                #expect(
                    answer.accepted == batch.count,
                    "\(answer.items.first { $0.status != "accepted" }.debugDescription)"
                )
            }
            try await pipeline.settle()
            var costs: [String: String?] = [:]
            var after: String?
            repeat {
                let range = "from=2025-12-01T00:00:00Z&to=2026-12-01T00:00:00Z"
                let cursor = after.map { "&after=\($0)" } ?? ""
                let page = try decode(UsagePage.self, try await pipeline.get("/v1/usage?limit=1000&\(range)\(cursor)"))
                for item in page.items { costs[item.eventId] = .some(item.costUsd) }
                after = page.next
            } while after != nil
            #expect(costs.count == vectors.count)
            for vector in vectors {
                #expect(costs[vector.id] == .some(vector.cost), "\(vector.id)")
            }
        }
    }
}

extension Array {
    fileprivate func chunked(_ size: Int) -> [[Element]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
    }
}
