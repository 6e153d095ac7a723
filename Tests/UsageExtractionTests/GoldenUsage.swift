import Domain
import FoundationEssentials
import Testing
import Wire

/// A line of `Tests/Fixtures/usage.jsonl`, which the Python package's tests read as well.
struct GoldenUsage: CustomTestStringConvertible {
    let name: String
    let provider: String
    let rawUsage: [UInt8]
    /// By the quantity's name, as decimal text.
    let usage: [String: String]
    let fields: [String: String]

    var testDescription: String { name }

    private struct Line: Decodable {
        var name: String
        var provider: String
        var usage: [String: Decimal]
        var fields: [String: String]?
    }

    static func all() throws -> [GoldenUsage] {
        let path = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
        let text = try String(contentsOfFile: "/\(path)/Fixtures/usage.jsonl", encoding: .utf8)
        return try text.split(separator: "\n").map { text in
            let line = try JSONDecoder().decode(Line.self, from: Data(text.utf8))
            return GoldenUsage(
                name: line.name,
                provider: line.provider,
                rawUsage: try rawUsage(in: Array(text.utf8)),
                usage: line.usage.mapValues { $0.description },
                fields: line.fields ?? [:]
            )
        }
    }

    /// The bytes of the member, as they stand in the line.
    private static func rawUsage(in line: [UInt8]) throws -> [UInt8] {
        let opening = Array(#""raw_usage": "#.utf8)
        let closing = Array(#", "usage": {"#.utf8)
        guard let start = line.firstRange(of: opening)?.upperBound,
            let end = line.indices.last(where: { line[$0...].starts(with: closing) })
        else { throw WireError("the line has no raw usage") }
        return Array(line[start..<end])
    }
}

extension ExtractedUsage {
    /// The quantities by name, as decimal text.
    var texts: [String: String] {
        Dictionary(usage.items.map { ($0.quantity.rawValue, $0.amount.text) }) { first, _ in first }
    }

    /// What is known beside the quantities and the model, by the names of an event's fields.
    var fields: [String: String] {
        let known = [
            "operation": operation, "service_tier": attributes.serviceTier, "size": attributes.size,
            "quality": attributes.quality, "inference_geo": attributes.inferenceGeo, "speed": attributes.speed,
        ]
        return known.compactMapValues(\.self)
    }
}
