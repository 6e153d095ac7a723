/// What a caller may do (`api.md`, Starting).
package struct Scopes: OptionSet, Sendable, Hashable {
    package let rawValue: UInt16

    package init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    package static let preflight = Scopes(rawValue: 1 << 0)
    package static let record = Scopes(rawValue: 1 << 1)
    package static let upsert = Scopes(rawValue: 1 << 2)
    /// May state the cost of an event itself.
    package static let reportCost = Scopes(rawValue: 1 << 3)
    package static let read = Scopes(rawValue: 1 << 4)
    /// May do what a person who administers may do.
    package static let admin = Scopes(rawValue: 1 << 5)

    /// What a new key may do unless told otherwise.
    package static let standard: Scopes = [.preflight, .record, .upsert]

    /// All scopes with their names on the wire, in the order they are shown.
    package static let named: [(name: String, scope: Scopes)] = [
        ("preflight", .preflight), ("record", .record), ("upsert", .upsert), ("report_cost", .reportCost),
        ("read", .read), ("admin", .admin),
    ]

    /// Makes the set of some names; nil when one is unknown.
    package init?(names: some Sequence<String>) {
        var scopes: Scopes = []
        for name in names {
            guard let known = Scopes.named.first(where: { $0.name == name }) else { return nil }
            scopes.insert(known.scope)
        }
        self = scopes
    }

    /// The names on the wire, in a fixed order.
    package var names: [String] {
        Scopes.named.filter { contains($0.scope) }.map(\.name)
    }
}

/// Who sent a request, once its key has been verified.
package struct Caller: Sendable, Hashable {
    /// The id of the API key; never the key.
    package let keyID: String
    package let scopes: Scopes
    /// The only workspace the caller may touch; nil for all.
    package let workspace: String?
    /// The program the key belongs to.
    package let sourceApp: String

    package init(keyID: String, scopes: Scopes, workspace: String?, sourceApp: String) {
        self.keyID = keyID
        self.scopes = scopes
        self.workspace = workspace
        self.sourceApp = sourceApp
    }

    /// Who does something: the person that the request names, with the key that vouches for them.
    package func author(naming person: String?) -> String {
        person.map { "\($0) (\(keyID))" } ?? keyID
    }
}
