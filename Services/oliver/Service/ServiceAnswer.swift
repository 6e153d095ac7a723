internal import FoundationEssentials

/// What the HTTP API answered: JSON.
struct ServiceAnswer: Sendable {
    let bytes: [UInt8]
    /// Who answered, for errors.
    let base: String

    /// The answer as it came.
    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Reads the answer.
    ///
    /// Members that nobody asks for are ignored: newer installations may say more.
    ///
    /// - Throws: ``ServiceError`` `unreadable`, which names the member.
    func read<Value: Decodable>(as type: Value.Type = Value.self) throws(ServiceError) -> Value {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .custom { path in MemberName(path.last?.stringValue ?? "") }
        do {
            return try decoder.decode(type, from: Data(bytes))
        } catch let error as DecodingError {
            throw .unreadable(Self.reason(of: error), base: base)
        } catch {
            throw .unreadable("\(error)", base: base)
        }
    }

    private static func reason(of error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, let context): "\(path(context.codingPath + [key])) is missing"
        case .valueNotFound(_, let context): "\(path(context.codingPath)) is null"
        case .typeMismatch(_, let context): "\(path(context.codingPath)) has another type"
        case .dataCorrupted(let context):
            context.codingPath.isEmpty ? "it is no JSON" : "\(path(context.codingPath)) \(context.debugDescription)"
        @unknown default: "\(error)"
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        keys.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
    }
}

/// The Swift name of a JSON member: `cost_usd` is `costUSD`, `event_id` is `eventID`.
private struct MemberName: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(_ name: String) {
        let words = name.split(separator: "_")
        let rest = words.dropFirst().map { word -> String in
            switch word {
            case "usd", "id": word.uppercased()
            default: word.prefix(1).uppercased() + word.dropFirst()
            }
        }
        stringValue = (words.first.map(String.init) ?? "") + rest.joined()
    }

    init?(stringValue: String) {
        self.stringValue = stringValue
    }

    init?(intValue: Int) {
        nil
    }
}
