internal import ServiceRuntime

/// The body of `POST /v1/channels` and `PATCH /v1/channels/{id}`.
struct ChannelBody: Decodable {
    var workspace: String?
    var name: String?
    var kind: String?
    var target: String?
    var events: [String]?

    private enum Key: String, CodingKey, CaseIterable {
        case workspace, name, kind, target, events
    }

    private struct AnyKey: CodingKey {
        let stringValue: String
        let intValue: Int? = nil

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
        let all = try decoder.container(keyedBy: AnyKey.self)
        if let unknown = all.allKeys.first(where: { Key(rawValue: $0.stringValue) == nil }) {
            throw DecodingError.dataCorruptedError(forKey: unknown, in: all, debugDescription: "is no field")
        }
        let values = try decoder.container(keyedBy: Key.self)
        workspace = try values.decodeIfPresent(String.self, forKey: .workspace)
        name = try values.decodeIfPresent(String.self, forKey: .name)
        kind = try values.decodeIfPresent(String.self, forKey: .kind)
        target = try values.decodeIfPresent(String.self, forKey: .target)
        events = try values.decodeIfPresent([String].self, forKey: .events)
    }

    /// The kinds of alerts that are named.
    ///
    /// - Throws: A 422 problem.
    func alertKinds() throws(Problem) -> [AlertKind]? {
        guard let events else { return nil }
        let words = AlertKind.allCases.map(\.rawValue).joined(separator: ", ")
        var kinds: [AlertKind] = []
        for (index, event) in events.prefix(100).enumerated() {
            guard let kind = AlertKind(rawValue: event) else {
                throw .invalid("events[\(index)]", code: "unknown_value", detail: "must be one of \(words)")
            }
            if !kinds.contains(kind) { kinds.append(kind) }
        }
        return kinds
    }
}
