/// What people may do, in four steps.
package enum Role: String, Sendable, Hashable, CaseIterable, Comparable {
    case viewer, finance, admin, owner

    /// What the role allows.
    package var permissions: Permission {
        switch self {
        case .viewer: [.read]
        case .finance: [.read, .budgets, .prices, .channels, .audit]
        case .admin, .owner: .all
        }
    }

    /// Whether who has this role may give or take another: nobody hands out more than they have.
    package func mayGrant(_ other: Role) -> Bool {
        permissions.contains(.people) && other <= self
    }

    package static func < (left: Role, right: Role) -> Bool {
        left.rank < right.rank
    }

    private var rank: Int {
        switch self {
        case .viewer: 0
        case .finance: 1
        case .admin: 2
        case .owner: 3
        }
    }
}

/// A role in a place: everywhere, in one workspace, or in one team of it.
package struct Grant: Sendable, Hashable {
    package var role: Role
    /// The only workspace it holds in; nil for all.
    package var workspace: String?
    /// The only team of the workspace it holds for; nil for all.
    package var team: String?

    /// Makes a grant; a team without a workspace is a programmer's error, because teams are a workspace's own.
    package init(role: Role, workspace: String? = nil, team: String? = nil) {
        precondition(team == nil || workspace != nil, "a grant for a team names its workspace")
        self.role = role
        self.workspace = workspace
        self.team = team
    }

    /// What it comes to.
    package var allowance: Allowance {
        Allowance(role.permissions, reach: Reach(workspace: workspace, team: team))
    }

    /// Whether its place holds another's.
    package func encloses(_ other: Grant) -> Bool {
        guard let workspace else { return true }
        guard workspace == other.workspace else { return false }
        return team == nil || team == other.team
    }
}
