/// What an API key may do (`api.md`, Starting).
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

extension Scopes {
    /// What a key with these scopes may do: scopes are what keys had before there were permissions, and `admin` is all.
    package var permissions: Permission {
        if contains(.admin) { return .all }
        return Permission.ofScopes.reduce(into: []) { permissions, pair in
            if contains(pair.scope) { permissions.formUnion(pair.permission) }
        }
    }
}

extension Permission {
    /// The scopes that give a permission of the same name.
    fileprivate static let ofScopes: [(scope: Scopes, permission: Permission)] = [
        (.record, .record), (.reportCost, .reportCost), (.preflight, .preflight), (.upsert, .upsert), (.read, .read),
    ]

    /// The scope that a key needs for this.
    package var scope: Scopes {
        var scopes: Scopes = []
        for pair in Permission.ofScopes where contains(pair.permission) { scopes.insert(pair.scope) }
        return scopes.permissions == self ? scopes : .admin
    }
}
