package import ServiceRuntime
internal import Yams

extension JSONValue {
    /// Reads YAML as the JSON that it stands for, members in their order.
    ///
    /// By YAML 1.2: a plain scalar is a number, a truth value or null where JSON has it so, else a text.
    package init(yaml text: String) throws {
        self = try Yams.compose(yaml: text).map(Self.init(node:)) ?? .null
    }

    private init(node: Node) {
        switch node {
        case .scalar(let scalar): self = Self.scalar(scalar)
        case .sequence(let elements): self = .array(elements.map(Self.init(node:)))
        case .mapping(let members):
            self = .object(members.map { Member($0.key.scalar?.string ?? "", JSONValue(node: $0.value)) })
        case .alias: self = .null
        }
    }

    private static func scalar(_ scalar: Node.Scalar) -> JSONValue {
        guard scalar.style == .plain else { return .string(scalar.string) }
        if scalar.string.isEmpty { return .null }
        switch try? JSONValue(parsing: Array(scalar.string.utf8)) {
        case .some(let value) where value.text == nil && value.list == nil: return value
        default: return .string(scalar.string)
        }
    }
}

extension JSONValue {
    /// The members of an object; none for anything else.
    package var members: [Member] {
        if case .object(let members) = self { members } else { [] }
    }
}
