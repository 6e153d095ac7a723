/// What can be allowed to people and keys.
///
/// Every route needs one of these; what nobody allowed is refused.
package struct Permission: OptionSet, Sendable, Hashable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    package static let record = Permission(rawValue: 1 << 0)
    /// State the cost of an event oneself.
    package static let reportCost = Permission(rawValue: 1 << 1)
    package static let preflight = Permission(rawValue: 1 << 2)
    package static let upsert = Permission(rawValue: 1 << 3)
    /// See reports, usage, prices, budgets and alerts.
    package static let read = Permission(rawValue: 1 << 4)
    package static let budgets = Permission(rawValue: 1 << 5)
    /// Set prices, approve changes, sync, reprice and adjust.
    package static let prices = Permission(rawValue: 1 << 6)
    package static let channels = Permission(rawValue: 1 << 7)
    /// Manage teams, projects, users and memberships.
    package static let directory = Permission(rawValue: 1 << 8)
    package static let keys = Permission(rawValue: 1 << 9)
    /// Manage who signs in and their roles.
    package static let people = Permission(rawValue: 1 << 10)
    /// Make, edit and archive workspaces.
    package static let workspaces = Permission(rawValue: 1 << 11)
    /// Read the audit log.
    package static let audit = Permission(rawValue: 1 << 12)
    /// See and mend the inside: dead letters, reconciliation, queues.
    package static let operate = Permission(rawValue: 1 << 13)

    /// All permissions with their names on the wire, in the order they are shown.
    package static let named: [(name: String, permission: Permission)] = [
        ("record", .record), ("report_cost", .reportCost), ("preflight", .preflight), ("upsert", .upsert),
        ("read", .read), ("budgets", .budgets), ("prices", .prices), ("channels", .channels),
        ("directory", .directory), ("keys", .keys), ("people", .people), ("workspaces", .workspaces),
        ("audit", .audit), ("operate", .operate),
    ]

    /// Everything.
    package static let all = Permission(named.map(\.permission))

    /// The names on the wire, in a fixed order.
    package var names: [String] {
        Permission.named.filter { contains($0.permission) }.map(\.name)
    }
}
