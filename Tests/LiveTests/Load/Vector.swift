import FoundationEssentials

/// A case of `vectors.jsonl`: an event and what it must cost.
struct Vector: Sendable {
    let id: String
    /// The members of the event that say what was used, without braces.
    let members: String
    /// When it must have happened, for prices that depend on the time of day.
    let occurredAt: String?
    /// Pico-dollars; `nil` when it must be unpriced.
    let cost: Int64?

    /// The cases that meter tokens.
    static func tokenCases() throws -> [Vector] {
        let root = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
        let data = try Data(contentsOf: URL(filePath: "/\(root)/Tests/Fixtures/vectors.jsonl"))
        let lines = data.split(separator: UInt8(ascii: "\n"))
        return try lines.map { try JSONDecoder().decode(Line.self, from: $0) }
            .filter(\.metersTokens)
            .map(\.vector)
    }
}

/// A line of the file.
private struct Line: Decodable {
    let vector: Vector
    let metersTokens: Bool

    private enum Key: String, CodingKey, CaseIterable {
        case provider, model, mode, operation, usage, service_tier, size, quality, resolution, search_context_size
        case router_fee, data_residency, vertex_location, inference_geo, speed
        case id, occurred_at, expected_cost_usd

        /// Whether it is a member of the event that the service reads.
        var isReported: Bool { self != .id && self != .occurred_at && self != .expected_cost_usd }
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let usage = try container.decode(JSONNode.self, forKey: .usage)
        metersTokens = usage.names.contains { $0.hasSuffix("_tokens") }
        let members = try Key.allCases.filter(\.isReported).compactMap { key in
            try container.decodeIfPresent(JSONNode.self, forKey: key).map { "\"\(key.rawValue)\":\($0.text)" }
        }
        let cost = try container.decode(String?.self, forKey: .expected_cost_usd)
        vector = Vector(
            id: try container.decode(String.self, forKey: .id),
            members: members.joined(separator: ","),
            occurredAt: try container.decodeIfPresent(String.self, forKey: .occurred_at),
            cost: cost.flatMap(picoDollars)
        )
    }
}

/// A JSON value that is passed on.
private enum JSONNode: Decodable {
    case string(String)
    case number(Decimal)
    case flag(Bool)
    case object([String: JSONNode])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let flag = try? container.decode(Bool.self) {
            self = .flag(flag)
        } else if let number = try? container.decode(Decimal.self) {
            self = .number(number)
        } else if let string = try? container.decode(String.self) {
            self = .string(string)
        } else {
            self = .object(try container.decode([String: JSONNode].self))
        }
    }

    var names: [String] {
        if case .object(let members) = self { Array(members.keys) } else { [] }
    }

    var text: String {
        switch self {
        case .string(let string): quoted(string)
        case .number(let number): number.description
        case .flag(let flag): flag ? "true" : "false"
        case .object(let members):
            "{" + members.sorted { $0.key < $1.key }.map { "\(quoted($0)):\($1.text)" }.joined(separator: ",") + "}"
        }
    }
}

/// A JSON string.
func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": result += "\\\""
        case "\\": result += "\\\\"
        case _ where scalar.value < 0x20:
            result += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result + "\""
}
